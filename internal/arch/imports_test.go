package arch

import (
	"slices"
	"strconv"
	"strings"
	"testing"
)

// matches reports whether a package is what a name of the table stands for.
func matches(name, pkg string) bool {
	if name == "..." {
		return true
	}
	if prefix, ok := strings.CutSuffix(name, "/..."); ok {
		return pkg == prefix || strings.HasPrefix(pkg, prefix+"/")
	}
	return pkg == name
}

func anyMatch(names []string, pkg string) bool {
	return slices.ContainsFunc(names, func(n string) bool { return matches(n, pkg) })
}

func lookup(table []row, pkg string) *row {
	for i := range table {
		if matches(table[i].pkg, pkg) {
			return &table[i]
		}
	}
	return nil
}

func (r *row) permits(pkg string) bool { return anyMatch(r.may, pkg) && !anyMatch(r.never, pkg) }

// checkImports finds packages that the table does not know and imports that run against it. Tests are free: they wire
// the real things together.
func checkImports(tr *tree, table []row) []finding {
	var found []finding
	unknown := map[string]bool{}
	for _, s := range tr.files {
		if s.test {
			continue
		}
		r := lookup(table, s.dir)
		if r == nil {
			if !unknown[s.dir] {
				found = append(found, tr.find(s, "table", s.ast.Name.Pos(), s.dir,
					"package %s is not in the import table: decide what it may import and add a row to internal/arch/table_test.go", s.dir))
			}
			unknown[s.dir] = true
			continue
		}
		for _, im := range s.ast.Imports {
			p, err := strconv.Unquote(im.Path.Value)
			if err != nil {
				panic(err) // the parser let it pass
			}
			pkg, ours := strings.CutPrefix(p, module+"/")
			if ours && !r.permits(pkg) {
				found = append(found, tr.find(s, "import", im.Pos(), pkg, "%s may not import %s (import table of the architecture)", s.dir, pkg))
			}
		}
	}
	return found
}

// TestImports holds the import table of the architecture.
func TestImports(t *testing.T) {
	report(t, checkImports(load(t, moduleRoot(t)), table))
}

func TestImportsCanFail(t *testing.T) {
	tr := load(t, "testdata/imports")
	wants(t, tr, checkImports(tr, table))
}

// TestTableKeepsAdaptersApart checks the table itself: no adapter may know another, except fixgw the journal.
func TestTableKeepsAdaptersApart(t *testing.T) {
	for _, r := range table {
		self := adapterOf(strings.TrimSuffix(r.pkg, "/..."))
		if self == "" {
			continue
		}
		for _, a := range adapters {
			other := strings.TrimSuffix(a, "/...")
			if a == self || (self == "fixgw/..." && other == "internal/journal") {
				continue
			}
			if r.permits(other) {
				t.Errorf("the table lets the adapter %s import the adapter %s", r.pkg, other)
			}
		}
	}
}

func adapterOf(pkg string) string {
	for _, a := range adapters {
		if matches(a, pkg) {
			return a
		}
	}
	return ""
}
