package main

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Nothing here may look like a secret to the check itself, so secrets are put together when the test runs.
func TestPlantedSecrets(t *testing.T) {
	random := "q7Zx0pLw" + "Vb3KtR9s" + "Yd5MnJ2h"
	for _, c := range []struct{ name, text, want string }{
		{"a key", "-----BEGIN EC PRIVATE" + " KEY-----\n" + strings.Repeat("MHcCAQEE", 8) + "\n", ":1: looks like a private key"},
		{"the word alone", "looks for -----BEGIN PRIVATE" + " KEY----- in files", ""},
		{"AWS", "x\ny = AKIA" + "IOSFODNN7EXAMPLE\n", ":2: looks like a AWS key"},
		{"GitHub", "ghp_" + strings.Repeat("a1B2", 9), "GitHub token"},
		{"a URL", "postgres://sluice:" + random + "@db/x", "password in a URL"},
		{"a URL's example", "postgres://user:passwordpassword@db/x", ""},
		{"a password", `password = "` + random + `"`, "password or token"},
		{"a word for one", `password = "correct-horse-battery-stap"`, ""},
		{"a reference", `password_file = "/run/secrets/fix-desk-password"`, ""},
	} {
		got := strings.Join(planted([]byte(c.text)), "\n")
		if c.want == "" && got != "" || !strings.Contains(got, c.want) {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
		if strings.Contains(got, random) {
			t.Errorf("%s: the finding shows the secret: %q", c.name, got)
		}
	}
}

func TestLicences(t *testing.T) {
	mit := "MIT License\n\nCopyright (c) 2020 A\n\nPermission is hereby granted, free of charge, to any person obtaining a copy of this software and " +
		"associated documentation files (the \"Software\"), to deal in the Software without restriction, including without limitation the rights to use, " +
		"copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is " +
		"furnished to do so, subject to the following conditions:\n\nThe above copyright notice and this permission notice shall be included in all " +
		"copies or substantial portions of the Software.\n\nTHE SOFTWARE IS PROVIDED \"AS IS\", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, " +
		"INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE " +
		"AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, " +
		"ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.\n"
	notice, err := os.ReadFile("../../NOTICE")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, file, text, notice string
		found, wrong             string
	}{
		{"MIT", "LICENSE", mit, "", "MIT", ""},
		{"its own file name", "License.md", mit, "", "MIT", ""},
		{"GPL", "COPYING", "SPDX-License-Identifier: GPL-3.0-only\n" + gpl, "", "", "is not among the licences"},
		{"none", "README", mit, "", "", "no licence file is known"},
		{"QuickFIX", "LICENSE", quickfixTitle + "\n…", string(notice), "QuickFIX-1.0", ""},
		{"QuickFIX without its acknowledgment", "LICENSE", quickfixTitle + "\n…", "Sluice", "QuickFIX-1.0", "NOTICE lacks the acknowledgment"},
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, c.file), []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		found, wrong := terms(dir, c.notice)
		if got := strings.Join(found, " "); got != c.found {
			t.Errorf("%s: found %q, want %q", c.name, got, c.found)
		}
		if got := strings.Join(wrong, "\n"); c.wrong == "" && got != "" || !strings.Contains(got, c.wrong) {
			t.Errorf("%s: wrong %q, want %q", c.name, got, c.wrong)
		}
	}
}

// What a person excused stands only for its module, its finding, and with the words in NOTICE that its terms ask for.
func TestExcuses(t *testing.T) {
	notice, err := os.ReadFile("../../NOTICE")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range excuses {
		if !excused(e.module+" v1.0.0", e.finding+" …", string(notice)) {
			t.Errorf("%s: %s is not excused, or NOTICE lacks %q", e.module, e.finding, e.notice)
		}
		if excused(e.module+"2 v1.0.0", e.finding, string(notice)) || excused(e.module+" v1.0.0", "GPL-3.0", string(notice)) || e.notice != "" && excused(e.module+" v1.0.0", e.finding, "") {
			t.Errorf("%s: excused without its reason", e.module)
		}
	}
}

// gpl is the beginning of a text that no list of ours has.
const gpl = "GNU GENERAL PUBLIC LICENSE\nVersion 3, 29 June 2007\n\nThis program is free software: you can redistribute it and/or modify it under the terms of the GNU " +
	"General Public License as published by the Free Software Foundation, either version 3 of the License, or (at your option) any later version.\n\nThis " +
	"program is distributed in the hope that it will be useful, but WITHOUT ANY WARRANTY; without even the implied warranty of MERCHANTABILITY or " +
	"FITNESS FOR A PARTICULAR PURPOSE. See the GNU General Public License for more details.\n\nYou should have received a copy of the GNU General " +
	"Public License along with this program. If not, see <https://www.gnu.org/licenses/>.\n"

// SEC-11: a database that does not answer is "not run", never "0 findings".
func TestUnreachableDatabaseIsNotRun(t *testing.T) {
	gone := httptest.NewServer(http.NotFoundHandler())
	defer gone.Close()
	for _, db := range []string{gone.URL, "http://127.0.0.1:1", "file://" + t.TempDir()} {
		t.Setenv("GOVULNDB", db)
		var out strings.Builder
		if err := run(context.Background(), &out, io.Discard, []check{{"govulncheck", vulnerabilities}}); err != nil {
			t.Errorf("%s: %v", db, err)
		}
		if got := out.String(); !strings.HasPrefix(got, "govulncheck: not run (database unreachable: ") || strings.Contains(got, "findings") {
			t.Errorf("%s: got %q", db, got)
		}
	}
}

// Every check is made whatever became of those before, and findings or a failure are the exit status.
func TestRun(t *testing.T) {
	with := func(r result, err error) check {
		return check{"x", func(context.Context, io.Writer) (result, error) { return r, err }}
	}
	good, bad := with(result{text: "all"}, nil), with(result{text: "some", findings: []string{"a", "b"}}, nil)
	broken := with(result{}, errors.New("no such program"))
	var out strings.Builder
	err := run(context.Background(), &out, io.Discard, []check{broken, bad, good})
	want := "x: failed: no such program\nx: 2 findings (some)\n  a\n  b\nx: 0 findings (all)\n"
	if !errors.Is(err, errFindings) || out.String() != want {
		t.Errorf("got %v\n%swant\n%s", err, out.String(), want)
	}
	if err := run(context.Background(), io.Discard, io.Discard, []check{good}); err != nil {
		t.Errorf("all good: %v", err)
	}
}
