package webpage

import (
	"testing"

	"github.com/sluice-sor/sluice/internal/chromium"
)

// seen is what a browser measures on a page.
type seen struct {
	Charts   int    // drawn wider than nothing
	Overflow int    // pixels by which the page is wider than the window
	Ink      string // color of the first chart's text
	Back     string // of the page
	Series   string // of the learner's band
	Fetched  int    // resources beside the page itself
}

// probe finds what is seen.
const probe = `(() => { const of = (q, p) => getComputedStyle(document.querySelector(q))[p];
return { Charts: [...document.querySelectorAll("figure > svg")].filter((s) => s.getBoundingClientRect().width > 200).length,
Overflow: document.documentElement.scrollWidth - innerWidth, Ink: of("#curves svg[role] text", "fill"), Back: of("body", "backgroundColor"),
Series: of("#curves svg[role] path[style*=fill-opacity]", "fill"), Fetched: performance.getEntriesByType("resource").length } })()`

// look opens a page in a real browser.
func look(t *testing.T, page []byte, width int, scheme int) (s seen) {
	t.Helper()
	chromium.Probe(t, page, width, scheme, probe, &s)
	return s
}

// TestBrowser: a real browser draws every chart, fetches nothing, and follows the reader's scheme; a narrow window does not
// make the page wider than itself.
func TestBrowser(t *testing.T) {
	chromium.Find(t)
	page, _ := written(t, storied(sample(all()...)))
	dark, light, narrow := look(t, page, 1280, chromium.Dark), look(t, page, 1280, chromium.Light), look(t, page, 500, chromium.Light)
	for name, s := range map[string]seen{"dark": dark, "light": light, "narrow": narrow} {
		if s.Charts != 7 || s.Overflow > 0 || s.Fetched != 0 {
			t.Errorf("%s: %+v, want 7 charts, nothing fetched and no overflow", name, s)
		}
		if s.Ink == s.Back || s.Series == s.Back || s.Series == "rgb(0, 0, 0)" {
			t.Errorf("%s: text %s and series %s on %s", name, s.Ink, s.Series, s.Back)
		}
	}
	if dark.Back == light.Back || dark.Ink == light.Ink || dark.Series == light.Series {
		t.Errorf("dark %+v and light %+v have colors in common", dark, light)
	}
}
