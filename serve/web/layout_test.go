package web

import (
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/sluice-sor/sluice/internal/chromium"
)

// TestLayoutsOfControls: on a desk's screen and on tablets, in the dark and in the light, with every control that anybody may
// have, nothing is wider than the window, every text stands out (WCAG 2.1, 1.4.3), and every control has a name and a place
// in the order of the Tab key and shows that it has the focus (4.1.2, 2.1.1, 2.4.7).
func TestLayoutsOfControls(t *testing.T) {
	tb := chromium.NewTab(t)
	h := newHouse(t, nil)
	url := start(t, h.Handler)
	look := func(path, ready, want string) {
		tb.Go(url + path)
		tb.Wait(ready, want)
		for _, scheme := range []string{"dark", "light"} {
			for _, size := range [][2]int{{1280, 800}, {1024, 768}, {768, 1024}} {
				tb.Emulate(size[0], size[1], scheme)
				tb.Wait(`matchMedia("(prefers-color-scheme: `+scheme+`)").matches && innerWidth`, strconv.Itoa(size[0]))
				if got := tb.JS(`document.documentElement.scrollWidth - innerWidth`); strings.Trim(got, "-0123456789") != "" || got != "0" && !strings.HasPrefix(got, "-") {
					t.Errorf("%s at %d, %s: %s pixels wider than the window", path, size[0], scheme, got)
				}
				if dir := os.Getenv("SLUICE_SCREENSHOTS"); dir != "" { // for a person to look at
					name := strings.Trim(strings.Map(func(r rune) rune {
						if strings.ContainsRune("/?=&", r) {
							return '-'
						}
						return r
					}, path), "-")
					tb.Shoot(filepath.Join(dir, fmt.Sprintf("acts-%s-%d-%s.png", name, size[0], scheme)))
				}
			}
			if got := tb.JS(contrast); got != "" {
				t.Errorf("%s, %s: too little contrast: %s", path, scheme, got)
			}
		}
		if got := tb.JS(unusable); got != "" {
			t.Errorf("%s: controls without a name, out of the Tab key's reach, or without a sign of the focus: %s", path, got)
		}
	}
	look("/login", `document.querySelectorAll("input").length`, "2")
	r := httptest.NewRequest("GET", origin, nil)
	h.login("all").bring(r)
	for _, c := range r.Cookies() {
		tb.Call("Network.setCookie", map[string]any{"name": c.Name, "value": c.Value, "url": url})
	}
	for _, path := range []string{"/?parent=13", "/?parent=14", "/venues", "/models", "/experiment", "/risk", "/confirm?do=halt&symbol=AMZM&back=/risk",
		"/confirm?do=parent.cancel&parent=14&back=/", "/confirm?do=resume&venue=LITX&back=/risk", "/confirm?do=model.promote&model=9f2c41d07a55&back=/models", "/confirm?do=nothing"} {
		look(path, linkState, "live")
	}
}

// unusable names the controls that cannot be used without a mouse, or by who does not see them.
const unusable = `(() => {
  const bad = [];
  for (const e of document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary")) {
    if (!e.checkVisibility({ visibilityProperty: true }) || e.disabled || e.closest(".skip")) continue;
    const name = (e.getAttribute("aria-label") || [...(e.labels || [])].map((l) => l.textContent).join(" ") || e.textContent || e.title || "").trim();
    e.focus({ focusVisible: true, preventScroll: true });
    const s = getComputedStyle(e);
    const shown = s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 1;
    if (!name || e.tabIndex < 0 || document.activeElement !== e || !shown) bad.push(e.outerHTML.slice(0, 90) + (shown ? "" : " [no focus ring]"));
  }
  return bad.join("; ");
})()`
