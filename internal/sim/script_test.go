package sim

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

var update = flag.Bool("update", false, "rewrite the golden scripts' answers")

// TestScripts runs testdata/*.txt: lines that start with "> " are commands, the lines after them their answer.
//
//	> venue lit|ecn|inverted|dark|internalizer [slide] [size] [aggregate] [incoming] [round] [hold]
//	> quote Q1 10.00 10.02              an away venue (Q1, Q2, Q3) shows 1,000 a side; 0 for none
//	> new CLIENT ID side type qty [@limit] [min n] [show n] [hidden] [post] [ioc|fok|gtc] [offset p] [beyond p]
//	> cancel CLIENT ID ORIG   > replace CLIENT ID ORIG qty @limit   > status CLIENT ID
//	> halt   > resume   > unsolicited CLIENT ID   > bust EXECID   > reject TEXT   > wait ms   > book   > rests   > truth
func TestScripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no scripts", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := runScript(t, string(text))
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if d := cmp.Diff(string(text), got); d != "" {
				t.Errorf("%s: -want +got\n%s", file, d)
			}
		})
	}
}

func runScript(t *testing.T, text string) string {
	var out strings.Builder
	var s *stage
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		switch {
		case strings.HasPrefix(line, "> venue"):
			s = newStage(t, strings.Fields(line)[2:])
			fmt.Fprintln(&out, line)
		case strings.HasPrefix(line, "> "):
			fmt.Fprintln(&out, line)
			for _, l := range s.do(strings.Fields(line[2:])) {
				fmt.Fprintln(&out, "  "+l)
			}
		case line == "" || line[0] == '#':
			fmt.Fprintln(&out, line)
		}
	}
	return out.String()
}

// stage is a market of one venue under test and three away venues that give the consolidated quote.
type stage struct {
	t     *testing.T
	m     *Market
	lines []string
	n     int
}

var stageTypes = map[string]market.VenueType{"lit": market.Lit, "ecn": market.ECN, "inverted": market.Inverted,
	"dark": market.Dark, "internalizer": market.Internalizer}

func newStage(t *testing.T, words []string) *stage {
	s := &stage{t: t}
	spec := VenueSpec{Prefix: "T"}
	spec.ID, spec.Name, spec.Type, spec.Caps = 0, "T", stageTypes[words[0]], allCaps|market.CapDLimit
	for _, w := range words[1:] {
		switch w {
		case "slide":
			spec.Rules.PostOnlySlide = true
		case "size":
			spec.Rules.SizePriority = true
		case "aggregate":
			spec.Rules.MinQtyAggregate = true
		case "incoming":
			spec.Rules.SelfTrade = CancelIncoming
		case "hold":
			spec.Rules.HoldFor = 10 * market.Millisecond
		case "round":
			spec.Rules.RoundLotsOnly = true
		default:
			t.Fatalf("venue: %q", w)
		}
	}
	cfg := Config{Venues: []VenueSpec{spec}, Symbols: []market.Instrument{{Symbol: "S", Tick: 10_000, Lot: 100, PriorClose: 10 * market.Dollar}}}
	for i := 1; i <= 3; i++ {
		away := VenueSpec{}
		away.ID, away.Name, away.Type, away.Caps = market.VenueID(i), fmt.Sprintf("Q%d", i), market.Lit, allCaps
		cfg.Venues = append(cfg.Venues, away)
	}
	cfg.OnReport = func(r *Report) {
		if r.Client != "away" {
			s.lines = append(s.lines, s.describe(r))
		}
	}
	m, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	s.m = m
	return s
}

func (s *stage) describe(r *Report) string {
	b := fmt.Sprintf("%s %s: %s", r.Client, r.ClOrdID, r.Kind)
	if r.OrigClOrdID != "" {
		b += " orig " + r.OrigClOrdID
	}
	if r.LastQty > 0 {
		b += fmt.Sprintf(" %d@%s", r.LastQty, r.LastPx)
	}
	if r.Liquidity > 0 {
		b += fmt.Sprintf(" %s (%s)", r.Liquidity, r.ExecID)
	}
	if r.Kind == Restated {
		b += " at " + r.Limit.String()
	}
	b += fmt.Sprintf(", cum %d leaves %d %s", r.Cum, r.Leaves, r.State)
	if r.Text != "" {
		b += ": " + r.Text
	} else if r.Reason != 0 {
		b += ": " + r.Reason.String()
	}
	return b
}

func (s *stage) do(w []string) []string {
	s.lines = nil
	switch w[0] {
	case "quote":
		s.quote(w[1], w[2], w[3])
	case "new":
		s.m.Submit(0, s.order(w[1:]))
	case "cancel":
		s.m.Cancel(0, CancelRequest{w[1], w[2], w[3]})
	case "replace":
		r := ReplaceRequest{Client: w[1], ClOrdID: w[2], OrigClOrdID: w[3], Qty: s.qty(w[4])}
		if len(w) > 5 {
			r.Limit = s.price(w[5][1:])
		}
		s.m.Replace(0, r)
	case "status":
		s.m.Status(0, StatusRequest{Client: w[1], ClOrdID: w[2]})
	case "halt":
		s.m.Halt(0, "S")
	case "resume":
		s.m.Resume(0, "S")
	case "unsolicited":
		s.m.CancelUnsolicited(0, w[1], w[2])
	case "bust":
		s.m.Bust(0, w[1], "clearly erroneous")
	case "reject":
		s.m.RejectAll(0, strings.Join(w[1:], " "))
	case "wait":
		s.m.RunUntil(s.m.Now().Add(int64(s.qty(w[1])) * market.Millisecond))
		return s.lines
	case "book", "rests", "truth":
		s.show(w[0])
	default:
		s.t.Fatalf("command %q", w)
	}
	s.m.RunUntil(s.m.Now().Add(1000)) // a microsecond: what the command set off
	return s.lines
}

func (s *stage) quote(venue, bid, ask string) {
	v := market.VenueID(venue[1] - '0')
	s.m.CancelAll(v, "away")
	for i, p := range []string{bid, ask} {
		if p == "0" {
			continue
		}
		s.n++
		s.m.Submit(v, Order{Client: "away", ClOrdID: strconv.Itoa(s.n), Symbol: "S", Side: market.Side(i + 1), Type: order.Limit, Qty: 1000, Limit: s.price(p)})
	}
}

func (s *stage) order(w []string) Order {
	o := Order{Client: w[0], ClOrdID: w[1], Symbol: "S", Side: map[string]market.Side{"buy": market.Buy, "sell": market.Sell, "short": market.SellShort}[w[2]],
		Type: map[string]order.Type{"market": order.Market, "limit": order.Limit, "mid": order.Midpoint, "primary": order.Primary, "dlimit": order.DLimit}[w[3]],
		Qty:  s.qty(w[4])}
	for i := 5; i < len(w); i++ {
		switch {
		case w[i][0] == '@':
			o.Limit = s.price(w[i][1:])
		case w[i] == "min":
			i++
			o.MinQty = s.qty(w[i])
		case w[i] == "show":
			i++
			o.Display = s.qty(w[i])
		case w[i] == "offset":
			i++
			o.Offset = s.price(w[i])
		case w[i] == "beyond":
			i++
			o.Discretion = s.price(w[i])
		case w[i] == "hidden":
			o.Hidden = true
		case w[i] == "post":
			o.PostOnly = true
		default:
			o.TIF = map[string]order.TIF{"ioc": order.IOC, "fok": order.FOK, "gtc": order.GTC}[w[i]]
		}
	}
	return o
}

func (s *stage) show(what string) {
	switch what {
	case "book":
		b := s.m.Book(0, "S")
		for _, l := range b.Near(market.Sell) {
			s.lines = append(s.lines, fmt.Sprintf("ask %s x %d", l.Price, l.Size))
		}
		for _, l := range b.Near(market.Buy) {
			s.lines = append(s.lines, fmt.Sprintf("bid %s x %d", l.Price, l.Size))
		}
	case "rests":
		s.m.venues[0].books[0].each(func(o *ord) {
			s.lines = append(s.lines, fmt.Sprintf("%s %s %d at %s", o.client.clOrdID, o.side(), o.leaves, o.price))
		})
	case "truth":
		for _, o := range s.m.Truth(0) {
			s.lines = append(s.lines, fmt.Sprintf("%s %s %s qty %d cum %d leaves %d avg %s", o.OrderID, o.ClOrdID, o.State, o.Qty, o.Cum, o.Leaves, o.AvgPx))
		}
	}
}

func (s *stage) qty(w string) market.Qty {
	n, err := strconv.Atoi(w)
	if err != nil {
		s.t.Fatal(err)
	}
	return market.Qty(n)
}

func (s *stage) price(w string) market.Price {
	p, err := market.ParsePrice(w)
	if err != nil {
		s.t.Fatal(err)
	}
	return p
}
