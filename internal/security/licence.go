package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/google/licensecheck"
)

// allowed are the licences under which a module may be in the binary: permissive ones, and MPL-2.0, which asks only that
// its own files stay open.
var allowed = [...]string{"Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT", "MIT-0", "MPL-2.0", "Unlicense", "CC0-1.0", "BSD-1-Clause", "Zlib"}

// An excuse is a finding that a person has looked into: what of a module begins so may stand, where NOTICE has the words that the
// terms ask for.
type excuse struct{ module, finding, notice string }

var excuses = [...]excuse{
	{"codeberg.org/go-fonts/liberation", "OFL-1.1", "Charts are measured with the Liberation fonts"}, // a font's terms
	{"github.com/ajstarks/svgo", "CC-BY-4.0", "Anthony Starks"},
	{"github.com/golang/freetype", noLicence, "The FreeType Project (www.freetype.org)"}, // its LICENSE offers the FreeType License or the GPL; we take the first
	// Arrow's file also has the terms of what its C++ and Python parts bundle, of which nothing is linked.
	{"github.com/apache/arrow/go/arrow", "BSL-1.0", ""},
	{"github.com/apache/arrow/go/arrow", "NCSA", ""},
	{"github.com/apache/arrow/go/arrow", "HPND", ""},
	{"github.com/apache/arrow/go/arrow", "OpenSSL", ""},
}

const noLicence = "no licence file is known"

// excused reports whether a finding may stand.
func excused(module, finding, notice string) bool {
	for _, e := range excuses {
		if strings.HasPrefix(module, e.module+" ") && strings.HasPrefix(finding, e.finding) && strings.Contains(notice, e.notice) {
			return true
		}
	}
	return false
}

// quickfix is what licensecheck does not know: the QuickFIX Software License 1.0, which asks for an acknowledgment.
const (
	quickfixTitle          = "The QuickFIX Software License, Version 1.0"
	quickfixAcknowledgment = "This product includes software developed by quickfixengine.org (http://www.quickfixengine.org/)"
)

// licenceFile matches the names under which modules keep their terms.
var licenceFile = regexp.MustCompile(`(?i)^(un)?(licen[cs]e|copying|copyright)([._-].*)?$`)

// licences looks at the terms of every module that is linked into the binary.
func licences(ctx context.Context, log io.Writer) (result, error) {
	text, err := output(ctx, log, "go", "list", "-deps", "-json=Module", "./cmd/sluice")
	if err != nil {
		return result{}, fmt.Errorf("go list -deps: %w", err)
	}
	dirs, err := moduleDirs(text)
	if err != nil {
		return result{}, err
	}
	notice, err := os.ReadFile("NOTICE")
	if err != nil {
		return result{}, err
	}
	r := result{}
	kinds := map[string]int{}
	for _, module := range slices.Sorted(maps.Keys(dirs)) {
		found, wrong := terms(dirs[module], string(notice))
		for _, id := range found {
			kinds[id]++
		}
		slices.Sort(wrong)
		for _, w := range slices.Compact(wrong) {
			if excused(module, w, string(notice)) {
				continue
			}
			r.findings = append(r.findings, module+": "+w)
		}
	}
	r.text = fmt.Sprintf("%d modules:", len(dirs))
	for _, id := range slices.Sorted(maps.Keys(kinds)) {
		r.text += fmt.Sprintf(" %s %d", id, kinds[id])
	}
	return r, nil
}

// moduleDirs reads what `go list -deps -json=Module` prints and gives each foreign module's folder.
func moduleDirs(text string) (map[string]string, error) {
	dirs := map[string]string{}
	for d := json.NewDecoder(strings.NewReader(text)); ; {
		var p struct {
			Module *struct {
				Path, Version, Dir string
				Main               bool
			}
		}
		switch err := d.Decode(&p); {
		case errors.Is(err, io.EOF):
			return dirs, nil
		case err != nil:
			return nil, fmt.Errorf("go list -deps: %w", err)
		case p.Module != nil && !p.Module.Main:
			dirs[p.Module.Path+" "+p.Module.Version] = p.Module.Dir
		}
	}
}

// terms gives the licences of a module and what is wrong with them.
func terms(dir, notice string) (found, wrong []string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, []string{err.Error()}
	}
	for _, e := range entries {
		if e.IsDir() || !licenceFile.MatchString(e.Name()) {
			continue
		}
		b, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			return nil, []string{err.Error()}
		}
		ids, bad := judge(b, notice)
		found, wrong = append(found, ids...), append(wrong, bad...)
	}
	if len(found) == 0 && len(wrong) == 0 {
		wrong = []string{noLicence + ": look at it, and drop the module or teach internal/security"}
	}
	slices.Sort(found)
	return slices.Compact(found), wrong
}

// judge says under what licences a text puts its software, and which of them may not be.
func judge(text []byte, notice string) (found, wrong []string) {
	if strings.Contains(string(text), quickfixTitle) {
		if !strings.Contains(notice, quickfixAcknowledgment) {
			wrong = []string{"NOTICE lacks the acknowledgment that the QuickFIX licence asks for: " + quickfixAcknowledgment}
		}
		return []string{"QuickFIX-1.0"}, wrong
	}
	for _, m := range licensecheck.Scan(text).Match {
		if m.IsURL {
			continue
		}
		if slices.Contains(found, m.ID) {
			continue
		}
		if !slices.Contains(allowed[:], m.ID) {
			wrong = append(wrong, m.ID+" is not among the licences that may be linked")
			continue
		}
		found = append(found, m.ID)
	}
	return found, wrong
}
