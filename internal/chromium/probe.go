package chromium

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The schemes that a reader may prefer, as Chromium numbers them.
const (
	Dark  = 0
	Light = 1
)

// Probe opens a page of a file in a real browser, in a window of that width and under a scheme, and unmarshals what a JavaScript
// expression gives there, once the page is loaded, into the value.
func Probe(t testing.TB, page []byte, width, scheme int, expression string, into any) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "page.html")
	script := `<script>addEventListener("load", () => { document.title = "seen:" + JSON.stringify(` + expression + `) + ":seen" })</script>`
	if err := os.WriteFile(path, append(append([]byte(nil), page...), script...), 0o600); err != nil {
		t.Fatal(err)
	}
	out := Print(t, fmt.Sprintf("--window-size=%d,900", width), fmt.Sprintf("--blink-settings=preferredColorScheme=%d", scheme),
		"--virtual-time-budget=2000", "--dump-dom", "file://"+path)
	m := regexp.MustCompile(`seen:(.*?):seen`).FindSubmatch(out)
	if m == nil {
		t.Fatalf("the page did not load: %.300s", out)
	}
	if err := json.Unmarshal([]byte(strings.ReplaceAll(string(m[1]), "&quot;", `"`)), into); err != nil {
		t.Fatal(err)
	}
}
