package webpage

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/sluice-sor/sluice/internal/compare"
	"github.com/sluice-sor/sluice/internal/market"
)

// hostile is a name that must come out as text.
const hostile = `<script>alert("1")</script>&"'`

// sample is a report with something of everything; policies differ by rule, not by chance.
func sample(policies ...string) *compare.Report {
	r := &compare.Report{Scenario: "sample", About: hostile, Seed: 3, Seeds: 2, Parents: 100, Over: "seeds", Names: policies,
		Policies: map[string]*compare.Summary{}, GapBps: compare.Interval{Mean: .5, Lo: .25, Hi: .75}, GapClosed: map[string]compare.Interval{},
		Notes: []string{"A simulated market: " + hostile}}
	for v, t := range []string{"lit", "ecn", "inverted", "dark", "dark", "internalizer"} {
		r.Venues = append(r.Venues, compare.VenueName{Name: fmt.Sprintf("V%d%s", v, hostile), Type: t})
	}
	for k, name := range policies {
		x := float64(k)
		s := &compare.Summary{About: hostile, IS: compare.Interval{Mean: 2 - x/4, Lo: 1, Hi: 3}, VsStatic: compare.Interval{Mean: -x / 4, Lo: -x/4 - .1, Hi: -x/4 + .1},
			Spread: 2, Fees: -.5 - x/4, Impact: .5, Timing: -.25, Opportunity: .25, FillRate: .99, Seconds: 12, Markout: -.1,
			Alerts: map[string]float64{"DRF-03": x, "GATE": 1}}
		for v := range r.Venues {
			if v == k {
				s.Venues = append(s.Venues, compare.VenueSummary{Children: 10})
				continue
			}
			s.Venues = append(s.Venues, compare.VenueSummary{Children: 100, Share: .2, FillRate: .5, HitRate: .6, FeesUSD: -1.5, Markout: float64(v) - 2,
				Estimated: compare.Estimate{Fill: .5, Toxicity: 2 - float64(v)}})
		}
		for i := range 10 {
			y := -x * float64(i) / 40
			s.Curve = append(s.Curve, compare.CurvePoint{Parents: 10 * (i + 1), VsStatic: compare.Interval{Mean: y, Lo: y - .2, Hi: y + .2}, GapClosed: &compare.Interval{Mean: -y * 30}})
		}
		s.Curve[4].GapClosed = nil
		r.Policies[name] = s
		r.GapClosed[name] = compare.Interval{Mean: x / 4}
	}
	return r
}

// storied adds the story of a parent to a report.
func storied(r *compare.Report) *compare.Report {
	own := 1.5
	r.Told = &compare.Told{Symbol: hostile, Side: "sell", Qty: 900, Strategy: "block", Objective: "impact"}
	step := func(at int64, kind string, n uint64, stage string, s compare.Step) {
		s.At, s.Kind, s.Decision, s.Stage, s.Of, s.Own = at*market.Second, kind, n, stage, 900, &own
		r.Timeline = append(r.Timeline, s)
	}
	step(0, compare.StepDecision, 1, "dark", compare.Step{Shares: []compare.StepShare{{Venue: hostile, Type: "dark", Qty: 600}}})
	step(3, compare.StepFill, 1, "dark", compare.Step{Venue: hostile, Type: "dark", Qty: 400, Done: 400, Moved: -2})
	step(200, compare.StepDecision, 2, "lit", compare.Step{Done: 400, Shares: []compare.StepShare{{Venue: "L", Type: "lit", Qty: 500}}})
	step(260, compare.StepFill, 2, "post", compare.Step{Venue: "L", Type: "lit", Qty: 500, Done: 900, Moved: 3})
	step(261, compare.StepEnd, 0, "", compare.Step{Why: "filled", Done: 900, Moved: 3})
	return r
}

func all() (out []string) {
	for _, p := range compare.Policies() {
		out = append(out, p.Name)
	}
	return out
}

// written gives the page of a report as bytes and as a tree.
func written(t testing.TB, r *compare.Report) ([]byte, *html.Node) {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, r); err != nil {
		t.Fatal(err)
	}
	n, err := html.Parse(bytes.NewReader(b.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), n
}

// elements gives the elements of a name, all for "".
func elements(n *html.Node, name string) (out []*html.Node) {
	for c := range n.Descendants() {
		if c.Type == html.ElementNode && (name == "" || c.Data == name) {
			out = append(out, c)
		}
	}
	return out
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func text(n *html.Node) string {
	var b strings.Builder
	for c := range n.Descendants() {
		if c.Type == html.TextNode {
			b.WriteString(c.Data)
		}
	}
	return b.String()
}

// TestSameBytes: equal reports give equal pages.
func TestSameBytes(t *testing.T) {
	a, _ := written(t, storied(sample(all()...)))
	for range 3 {
		if b, _ := written(t, storied(sample(all()...))); !bytes.Equal(a, b) {
			t.Fatal("two pages of equal reports differ")
		}
	}
}

// TestSelfContained: the page runs nothing and fetches nothing, and what a scenario calls itself stays text.
func TestSelfContained(t *testing.T) {
	b, n := written(t, storied(sample(all()...)))
	for _, e := range elements(n, "") {
		switch e.Data {
		case "script", "link", "iframe", "object", "embed", "img", "image", "use", "base", "form", "a":
			t.Errorf("the page has a <%s>", e.Data)
		}
		for _, a := range e.Attr {
			if strings.HasPrefix(a.Key, "on") || a.Key == "src" || a.Key == "href" || strings.Contains(a.Val, "url(") {
				t.Errorf("<%s> has %s=%q", e.Data, a.Key, a.Val)
			}
		}
	}
	if m := regexp.MustCompile(`(?i)https?:|@import|url\(|ZgotmplZ|NaN|\+Inf|-Inf`).Find(b); m != nil {
		t.Errorf("the page has %q", m)
	}
	if !strings.Contains(text(n), hostile) {
		t.Error("the scenario's text is not on the page as it is")
	}
	if len(b) > 1<<19 {
		t.Errorf("the page has %d bytes", len(b))
	}
}

// TestChartsHaveWords: every chart is labeled by a title and by what it says, and colors only by name.
func TestChartsHaveWords(t *testing.T) {
	_, n := written(t, storied(sample(all()...)))
	words := map[string]string{}
	for _, e := range elements(n, "") {
		if id := attr(e, "id"); id != "" {
			if _, twice := words[id]; twice {
				t.Errorf("the id %s is there twice", id)
			}
			words[id] = text(e)
		}
	}
	charts := 0
	for _, f := range elements(n, "figure") {
		for _, s := range elements(f, "svg") {
			if attr(s, "role") != "img" {
				continue
			}
			charts++
			for _, id := range strings.Fields(attr(s, "aria-labelledby")) {
				if len(words[id]) < 10 {
					t.Errorf("%s is labeled by %s, which says %q", attr(f, "id"), id, words[id])
				}
			}
			for _, e := range elements(s, "") {
				if style := attr(e, "style"); strings.Contains(style, "#") {
					t.Errorf("%s: <%s> has a color of its own: %s", attr(f, "id"), e.Data, style)
				}
			}
			if len(elements(s, "path")) < 5 || len(elements(s, "text")) < 5 {
				t.Errorf("%s has %d paths and %d texts", attr(f, "id"), len(elements(s, "path")), len(elements(s, "text")))
			}
		}
	}
	if charts != 7 {
		t.Errorf("%d charts, want costs, curves, gaps, shares, markouts, estimates and the story", charts)
	}
}

// TestTables: what the terminal report says in tables is on the page.
func TestTables(t *testing.T) {
	r := storied(sample("static", "linucb", "learner", "oracle"))
	_, n := written(t, r)
	all := ""
	for _, x := range elements(n, "table") {
		all += text(x) + "\n"
	}
	for _, want := range []string{"+1.50 [+1.00, +3.00]", "-0.50 [-0.60, -0.40] cheaper", "99.0 %", "12.0 s", "50 % [0, 0]", "20.0 % -2.00", "50.0 %", "60.0 %",
		"DRF-03", "GATE", "600 > 400", "L 500 > 500", "dark waves", "displayed venues come in", "filled after 4:21 with 900 of 900 shares", "+1.5 by itself", "to 100"} {
		if !strings.Contains(all, want) {
			t.Errorf("no table says %q", want)
		}
	}
	if !strings.Contains(text(n), "Simulated.") {
		t.Error("the page does not say that it is simulated")
	}
}

// TestLittle: a report with one parent, no learner and no story has what it can have.
func TestLittle(t *testing.T) {
	r := sample("static", "oracle")
	r.Parents, r.Seeds = 1, 1
	for _, s := range r.Policies {
		s.VsStatic.Lo, s.VsStatic.Hi = s.VsStatic.Mean, s.VsStatic.Mean
		s.Alerts = nil
		s.Venues = make([]compare.VenueSummary, len(r.Venues))
		s.Spread, s.Fees, s.Impact, s.Timing, s.Opportunity = 0, 0, 0, 0, 0
		s.IS = compare.Interval{}
	}
	b, n := written(t, r)
	if charts := len(elements(n, "figure")); charts != 3 {
		t.Errorf("%d charts, want costs, shares and markouts", charts)
	}
	if strings.Contains(text(n), " cheaper") {
		t.Error("a single unit has no interval, and is called cheaper")
	}
	if bytes.Contains(b, []byte("NaN")) {
		t.Error("the page has a NaN")
	}
}
