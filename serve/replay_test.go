package serve_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/quickfixgo/quickfix"

	"github.com/sluice-sor/sluice/fixgw"
	"github.com/sluice-sor/sluice/fixgw/session"
	"github.com/sluice-sor/sluice/fixgw/wire"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/serve"
	"github.com/sluice-sor/sluice/serve/config"
	"github.com/sluice-sor/sluice/serve/report"
	"github.com/sluice-sor/sluice/serve/venues"
)

// The shipped replay scenarios run as a user runs them, ten recorded seconds a second: parents are worked against the
// recorded day, and every figure of the report exists and agrees with what the venues know.
func TestReplayScenarios(t *testing.T) {
	if testing.Short() {
		t.Skip("takes ten seconds")
	}
	data := recordings(t)
	for _, tt := range []struct {
		scenario, needs string
		parents         []order.Terms
	}{
		{"replay-amzn.toml", "lobster", []order.Terms{
			{Symbol: "AMZN", Side: market.Buy, Qty: 600, Type: order.Market, Strategy: order.POV, MaxPctBps: 3000, TIF: order.Day},
			{Symbol: "AMZN", Side: market.Sell, Qty: 300, Type: order.Market, TIF: order.Day},
		}},
		{"replay-tape.toml", "us-ticks", []order.Terms{
			{Symbol: "AIG", Side: market.Buy, Qty: 4000, Type: order.Market, Strategy: order.VWAP, TIF: order.Day},
			{Symbol: "IBM", Side: market.Sell, Qty: 500, Type: order.Market, TIF: order.Day},
		}},
	} {
		t.Run(strings.TrimSuffix(tt.scenario, ".toml"), func(t *testing.T) {
			t.Parallel()
			if _, err := os.Stat(filepath.Join(data, tt.needs)); err != nil {
				t.Skip(err)
			}
			d := playScenario(t, tt.scenario, data)
			var ids []string
			for _, terms := range tt.parents {
				if terms.Strategy != order.Immediate {
					terms.End = market.Time(time.Now().Add(3 * time.Second).UnixNano())
				}
				id, err := d.ems.Send(terms)
				must(t, err)
				ids = append(ids, id)
			}
			eventually(t, "the parents are done", func() bool { return d.tape.done(ids) })
			d.check(t, ids)
		})
	}
}

// Without recordings the scenarios still load for the router, and the venues name the variable that is missing.
func TestReplayScenariosWithoutRecordings(t *testing.T) {
	for _, name := range []string{"replay-amzn.toml", "replay-tape.toml"} {
		path := filepath.Join("..", "scenarios", name)
		b, err := os.ReadFile(path)
		must(t, err)
		file, err := config.Parse(path, b, nil)
		must(t, err)
		must(t, file.CheckRoute())
		want := "needs the variable SLUICE_DATA, which is not set"
		if _, err := venues.Open(file, venues.Options{Listen: "127.0.0.1:0"}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want it to say %q", name, err, want)
		}
	}
}

// recordings gives the folder of the recordings, or skips: a checkout does not have them.
func recordings(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("SLUICE_DATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "shared", "data")
	}
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("no recordings: %v; set SLUICE_DATA to their folder", err)
	}
	abs, err := filepath.Abs(dir)
	must(t, err)
	return abs
}

// replayDesk is a scenario that runs: venues, router, EMS.
type replayDesk struct {
	exchange *venues.Exchange
	router   *serve.Router
	ems      *fixgw.EMS
	tape     *reportTape
}

func playScenario(t *testing.T, name, data string) *replayDesk {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "scenarios", name))
	must(t, err)
	path := filepath.Join(t.TempDir(), name)
	profiles, err := filepath.Abs(filepath.Join("..", "scenarios", "profiles"))
	must(t, err)
	text := strings.NewReplacer(`"profiles/`, `"`+filepath.ToSlash(profiles)+"/",
		`comp_id = "SLUICE"`, `comp_id = "SLUICE`+nextRun()+`"`, "speed = 1.0", "speed = 10.0", "../replay-data/", "", ":9878", ":0", ":8080", ":0", ":9464", ":0").Replace(string(b))
	read := func() *config.File {
		f, err := config.Parse(path, []byte(text), []string{"SLUICE_DATA=" + data})
		must(t, err)
		return f
	}
	d := &replayDesk{tape: &reportTape{last: map[string]fixgw.ExecutionReport{}}}
	d.exchange, err = venues.Open(read(), venues.Options{Listen: "127.0.0.1:0"})
	must(t, err)
	t.Cleanup(d.exchange.Close)
	if limits := d.exchange.Limits(); len(limits) == 0 {
		t.Error("the exchange does not say what the recording cannot answer")
	}
	text = strings.ReplaceAll(text, "127.0.0.1:9901", d.exchange.Addr().String())
	file := read()
	d.router, err = serve.Open(context.Background(), file, serve.Options{Fast: true, SegmentBytes: 16 << 20})
	must(t, err)
	t.Cleanup(func() { must(t, d.router.Close()) })
	must(t, d.exchange.Start())
	if why := d.router.NotReady(); !strings.Contains(why, "read from its journal") {
		t.Errorf("before its journal is read a router is ready: %q (OPS-01)", why)
	}
	must(t, d.router.Start())
	d.connect(t, file)
	if why := d.router.NotReady(); why != "" {
		t.Errorf("it works and is not ready: %s", why)
	}
	return d
}

// connect logs the EMS on and waits until the venues are up and every symbol is quoted: a parent far from the market
// makes the router look at its symbol.
func (d *replayDesk) connect(t *testing.T, file *config.File) {
	t.Helper()
	c := &file.Clients[0]
	var err error
	d.ems, err = fixgw.NewEMS(fixgw.EMSConfig{
		Common: fixgw.Common{Store: quickfix.NewMemoryStoreFactory()}, Venues: file.MarketVenues(), Handler: d.tape,
		Session: session.Config{BeginString: c.Version.BeginString(), SenderCompID: c.CompID, TargetCompID: c.OurCompID,
			ResetOnLogon: true, Dial: wire.Dial{Address: d.router.ClientAddr().String()}},
	})
	must(t, err)
	t.Cleanup(d.ems.Close)
	must(t, d.ems.Start())
	eventually(t, "venues and EMS up", func() bool {
		s := d.router.View().Snapshot()
		for i := range s.Venues {
			if !s.Venues[i].Up {
				return false
			}
		}
		return d.tape.up() && len(s.Venues) == len(file.Venues)
	})
	for _, in := range file.Instruments {
		id, err := d.ems.Send(order.Terms{Symbol: in.Symbol, Side: market.Buy, Qty: 100, Type: order.Limit, Limit: market.Dollar, TIF: order.Day})
		must(t, err)
		eventually(t, "quotes of "+string(in.Symbol), func() bool {
			for _, b := range d.router.View().Snapshot().Books {
				if b.Symbol == string(in.Symbol) && b.Bid > 0 && b.Ask > 0 {
					return true
				}
			}
			return false
		})
		_, err = d.ems.Cancel(id)
		must(t, err)
	}
}

// check reads each parent's report from the store, and compares the shares by venue with the venues' own.
func (d *replayDesk) check(t *testing.T, ids []string) {
	t.Helper()
	mine := map[string]market.Qty{}
	for _, id := range ids {
		var r *report.Report
		eventually(t, "the store has "+id, func() bool {
			var err error
			r, err = report.Read(context.Background(), d.router.Store(), 0, id)
			return err == nil && r.TCA.Done
		})
		p, said := &r.TCA, d.tape.of(id)
		if p.Filled != said.Cum || len(p.Breaks) > 0 {
			t.Errorf("%s: the report has %d filled, breaks %v; the client was told %d", id, p.Filled, p.Breaks, said.Cum)
		}
		if p.Filled <= 0 {
			t.Errorf("%s: nothing was filled against the recording: %s %s", id, p.State, p.Reason)
			continue
		}
		if x := p.ArrivalSlippageBps; !x.Known || x.Value < -500 || x.Value > 500 {
			t.Errorf("%s: arrival slippage is %+v; want a figure within 500 bps", id, x)
		}
		if p.Strategy != order.Immediate.String() { // which may end before the market's prints are heard, its own included
			if x := p.VWAPSlippageBps; !x.Known || x.Value < -500 || x.Value > 500 {
				t.Errorf("%s: VWAP slippage is %+v; want a figure within 500 bps", id, x)
			}
			if x := p.Participation; !x.Known || x.Value <= 0 || x.Value > 1 {
				t.Errorf("%s: participation is %+v; want above 0 and at most 1: every venue prints", id, x)
			}
		}
		for _, v := range p.Venues {
			mine[v.Name] += v.Filled
		}
	}
	theirs := map[string]market.Qty{}
	for _, o := range d.exchange.Truth() {
		theirs[o.Venue] += o.Cum
		if !o.State.Done() {
			t.Errorf("%s still works %d of order %s after its parent's end", o.Venue, o.Leaves, o.ClOrdID)
		}
	}
	for name, q := range theirs {
		if mine[name] != q {
			t.Errorf("%s filled %d; the reports say %d", name, q, mine[name])
		}
	}
}

// reportTape keeps the last report of each order.
type reportTape struct {
	mu      sync.Mutex
	logged  bool
	last    map[string]fixgw.ExecutionReport
	refused []string
}

// Report implements fixgw.EMSHandler.
func (r *reportTape) Report(e fixgw.ExecutionReport) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.last[e.ClOrdID] = e
}

// Rejected implements fixgw.EMSHandler.
func (r *reportTape) Rejected(c fixgw.CancelReject) { r.Refused(c.ClOrdID, c.Text) }

// Refused implements fixgw.EMSHandler: done tells of it.
func (r *reportTape) Refused(clOrdID, text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.refused = append(r.refused, clOrdID+": "+text)
}

// State implements fixgw.EMSHandler.
func (r *reportTape) State(up bool, _ string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.logged = up
}

func (r *reportTape) up() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.logged
}

func (r *reportTape) of(id string) fixgw.ExecutionReport {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.last[id]
}

func (r *reportTape) done(ids []string) bool {
	for _, id := range ids {
		if s := r.of(id).OrdStatus; s != '2' && s != '4' && s != 'C' {
			return false
		}
	}
	return true
}
