package webpage

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
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

// probe is appended to the page for the test: what it finds is in the title.
const probe = `<script>addEventListener("load", () => { const of = (q, p) => getComputedStyle(document.querySelector(q))[p];
document.title = "seen:" + JSON.stringify({ Charts: [...document.querySelectorAll("figure > svg")].filter((s) => s.getBoundingClientRect().width > 200).length,
Overflow: document.documentElement.scrollWidth - innerWidth, Ink: of("#curves svg[role] text", "fill"), Back: of("body", "backgroundColor"),
Series: of("#curves svg[role] path[style*=fill-opacity]", "fill"), Fetched: performance.getEntriesByType("resource").length }) + ":seen" })</script>`

// look opens a page in a real browser.
func look(t *testing.T, page []byte, width int, scheme int) (s seen) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "page.html")
	if err := os.WriteFile(path, append(page, probe...), 0o600); err != nil {
		t.Fatal(err)
	}
	out := chromium.Print(t, fmt.Sprintf("--window-size=%d,900", width), fmt.Sprintf("--blink-settings=preferredColorScheme=%d", scheme),
		"--virtual-time-budget=2000", "--dump-dom", "file://"+path)
	m := regexp.MustCompile(`seen:(.*?):seen`).FindSubmatch(out)
	if m == nil {
		t.Fatalf("the page did not load: %.300s", out)
	}
	if err := json.Unmarshal([]byte(strings.ReplaceAll(string(m[1]), "&quot;", `"`)), &s); err != nil {
		t.Fatal(err)
	}
	return s
}

// TestBrowser: a real browser draws every chart, fetches nothing, and follows the reader's scheme; a narrow window does not
// make the page wider than itself.
func TestBrowser(t *testing.T) {
	chromium.Find(t)
	page, _ := written(t, storied(sample(all()...)))
	dark, light, narrow := look(t, page, 1280, 0), look(t, page, 1280, 1), look(t, page, 500, 1)
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
