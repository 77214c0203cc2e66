package webpage

import (
	"bytes"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/sluice-sor/sluice/internal/chromium"
	"github.com/sluice-sor/sluice/internal/compare"
	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/sim/scenario"
	"github.com/sluice-sor/sluice/internal/store"
	"github.com/sluice-sor/sluice/internal/tca"
	"github.com/sluice-sor/sluice/serve/report"
)

// hostile is a name that must come out as text.
const hostile = `<script>alert("1")</script>&"'`

// block is the story of the block scenario's parent, as the router works it in the simulated market.
func block(t *testing.T) (*store.Store, *report.Story) {
	t.Helper()
	file, err := os.ReadFile("../../../scenarios/block.toml")
	if err != nil {
		t.Fatal(err)
	}
	world, err := scenario.Parse("block", file)
	if err != nil {
		t.Fatal(err)
	}
	st, err := store.Open(t.Context(), t.TempDir()+"/block.db")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	r := compare.Recording{Scenario: world, Seed: world.Seed, Instance: 1, Policy: compare.Learner, Parents: 1}
	_, err = compare.Record(t.Context(), r, func(batch []event.Event) error {
		records := make([]store.Record, len(batch))
		for i := range batch {
			records[i] = store.Record(batch[i])
		}
		return st.Apply(t.Context(), store.Source{Projection: "main", Instance: 1}, records, records[len(records)-1].Seq)
	})
	if err != nil {
		t.Fatal(err)
	}
	s, err := report.ReadStory(t.Context(), st, 0, "1")
	if err != nil {
		t.Fatal(err)
	}
	return st, s
}

// TestBlock: the page of the block scenario tells its story in sentences: the first wave to three dark pools, more to those that
// filled, the turn to displayed venues as dark liquidity dries up, the end and the cost. Every share of it is the report's.
func TestBlock(t *testing.T) {
	st, s := block(t)
	var page bytes.Buffer
	if err := Parent(&page, s); err != nil {
		t.Fatal(err)
	}
	var told strings.Builder
	for _, said := range s.Tell() {
		told.WriteString(said.Head + ". " + said.Text + "\n")
	}
	text := told.String()
	for _, want := range []string{"DESK asked to sell 300,000 ACME", "5,000 shares went to each of three dark pools (DARKA, DARKB and DARKC)",
		"Those with fills were sent more: at 2:04, 10,000 to DARKA and 7,500 to DARKC", "filled nothing", "% of the order", "Displayed venues. From ", "orders of 49", "The order is filled after ",
		"with 300,000 of 300,000 shares", "Against the arrival mid the order ", "after the last fill the mid was"} {
		if !strings.Contains(text, want) {
			t.Errorf("the story does not say %q:\n%s", want, text)
		}
	}
	var lanes, steps market.Qty
	for _, l := range s.Lanes {
		lanes += l.Filled
	}
	for _, x := range s.Steps {
		steps += x.Qty
	}
	if last := s.Steps[len(s.Steps)-1]; lanes != s.TCA.Filled || steps != s.TCA.Filled || last.Done != s.TCA.Filled || last.Kind != compare.StepEnd {
		t.Errorf("the lanes have %d, the steps %d, at the end %+v; the report %d", lanes, steps, last, s.TCA.Filled)
	}
	period, err := report.ReadPeriod(t.Context(), st, report.Filter{}, tca.ByVenue)
	if err != nil {
		t.Fatal(err)
	}
	var sums bytes.Buffer
	if err := Period(&sums, period); err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{"parent": page.Bytes(), "period": sums.Bytes()} {
		contained(t, name, b)
		if !bytes.Contains(b, []byte("Simulated.")) {
			t.Errorf("%s does not say that it is simulated", name)
		}
	}
	var again bytes.Buffer
	if err := Parent(&again, s); err != nil || !bytes.Equal(again.Bytes(), page.Bytes()) {
		t.Errorf("a second page of the same story differs: %v", err)
	}
	browser(t, page.Bytes(), 3)
	browser(t, sums.Bytes(), 3)
}

// contained holds that a page runs and fetches nothing, and has no figure that is none.
func contained(t *testing.T, name string, page []byte) {
	t.Helper()
	if m := regexp.MustCompile(`(?i)<script|<link|<img|https?:|@import|url\(|ZgotmplZ|NaN|[+-]Inf| on[a-z]+=`).Find(page); m != nil {
		t.Errorf("%s has %q", name, m)
	}
	if len(page) > 1<<19 {
		t.Errorf("%s has %d bytes", name, len(page))
	}
}

// browser holds that a real browser draws the charts in both schemes, fetches nothing, and that no window makes the page wider.
func browser(t *testing.T, page []byte, charts int) {
	t.Helper()
	if testing.Short() {
		return
	}
	type seen struct {
		Charts, Overflow, Fetched int
		Ink, Back                 string
	}
	look := func(width, scheme int) (s seen) {
		chromium.Probe(t, page, width, scheme, `(() => { const of = (q, p) => getComputedStyle(document.querySelector(q))[p];
return { Charts: [...document.querySelectorAll("figure > svg")].filter((s) => s.getBoundingClientRect().width > 200).length,
Overflow: document.documentElement.scrollWidth - innerWidth, Ink: of("figure svg[role] text", "fill"), Back: of("body", "backgroundColor"),
Fetched: performance.getEntriesByType("resource").length } })()`, &s)
		return s
	}
	dark, light := look(1280, chromium.Dark), look(768, chromium.Light) // the width of a tablet
	for name, s := range map[string]seen{"dark": dark, "light": light} {
		if s.Charts != charts || s.Overflow > 0 || s.Fetched != 0 || s.Ink == s.Back {
			t.Errorf("%s: %+v, want %d charts, nothing fetched and no overflow", name, s, charts)
		}
	}
	if dark.Back == light.Back || dark.Ink == light.Ink {
		t.Errorf("dark %+v and light %+v have colors in common", dark, light)
	}
}

// TestHostile: what a client or a venue calls itself stays text, also where nothing was filled.
func TestHostile(t *testing.T) {
	s := &report.Story{TCA: tca.Report{Client: hostile, ClOrdID: hostile, Symbol: hostile, Side: "buy", Qty: 100, Unfilled: 100, State: "canceled", Reason: hostile,
		Venues: []tca.Line{{Name: hostile}}, Breaks: []string{hostile}, Restated: []tca.Restated{{Venue: hostile, ExecID: hostile}}},
		Steps: []compare.Step{{Kind: compare.StepEnd, Of: 100}}}
	var page bytes.Buffer
	if err := Parent(&page, s); err != nil {
		t.Fatal(err)
	}
	contained(t, "a hostile parent", page.Bytes())
	if !bytes.Contains(page.Bytes(), []byte("Does not reconcile.")) || !bytes.Contains(page.Bytes(), []byte("The order is canceled (&lt;script&gt;")) {
		t.Errorf("the page does not tell:\n%.2000s", page.String())
	}
	p := &report.Period{What: hostile, Summary: tca.Summary{Parents: 1}, By: "client", Groups: []tca.Group{{Key: hostile}, {Key: "B"}}, Days: []tca.Group{{Key: "x"}}}
	page.Reset()
	if err := Period(&page, p); err != nil {
		t.Fatal(err)
	}
	contained(t, "a hostile period", page.Bytes())
}
