package dictionary

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/quickfixgo/quickfix/datadictionary"
)

// The embedded files are those of the pinned module (QF-00, SUP-05).
func TestFilesEqualTheModules(t *testing.T) {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/quickfixgo/quickfix").Output()
	if err != nil || len(bytes.TrimSpace(out)) == 0 {
		t.Skipf("module directory not available: %v", err)
	}
	dir := strings.TrimSpace(string(out))
	for ours, theirs := range map[string]string{
		"FIX42.xml": "spec/FIX42.xml", "FIX44.xml": "spec/FIX44.xml",
		"FIX50SP2.xml": "spec/FIX50SP2.xml", "FIXT11.xml": "spec/FIXT11.xml", "LICENSE.quickfix": "LICENSE",
	} {
		got, err := files.ReadFile(ours)
		if err != nil {
			t.Fatal(err)
		}
		want, err := os.ReadFile(filepath.Join(dir, theirs))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s differs from the module's %s", ours, theirs)
		}
	}
	if !bytes.Contains(License(), []byte("quickfixengine.org")) {
		t.Error("License() is not the QuickFIX license")
	}
}

func TestWriteGivesAParsableFile(t *testing.T) {
	for _, version := range []string{"FIX.4.2", "FIX.4.4", "FIXT.1.1"} {
		path, err := Write(t.TempDir(), version)
		if err != nil {
			t.Fatal(err)
		}
		d, err := datadictionary.Parse(path)
		if err != nil {
			t.Fatal(err)
		}
		if d.Messages["D"] == nil {
			t.Errorf("%s: no NewOrderSingle", version)
		}
	}
	path, err := WriteTransport(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if d, err := datadictionary.Parse(path); err != nil || d.Messages["A"] == nil || d.Messages["A"].Fields[1137] == nil {
		t.Errorf("the transport dictionary has no Logon with 1137: %v", err)
	}
	if _, err := Write(t.TempDir(), "FIX.4.1"); err == nil || !strings.Contains(err.Error(), "FIX.4.1") {
		t.Errorf("FIX.4.1: got %v, want an error that names it", err)
	}
}
