package arch

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/sluice-sor/sluice"

// A source is one parsed Go file of a tree.
type source struct {
	dir  string // of the package, slash-separated and relative to the tree; "." is the root
	name string // base name
	test bool
	text string
	ast  *ast.File
}

func (s *source) path() string { return path.Join(s.dir, s.name) }

// A tree is all Go files below a directory, without testdata, hidden and vendored ones.
type tree struct {
	fset  *token.FileSet
	files []*source
}

// A finding is one breach of one rule.
type finding struct {
	rule string
	path string // of the file, relative to the tree
	line int
	name string // what an exception would name: an import path, a variable, a function
	text string // what is wrong, with the remedy
}

func (f finding) String() string {
	return fmt.Sprintf("%s:%d: %s: %s", f.path, f.line, f.rule, f.text)
}

func load(t *testing.T, root string) *tree {
	t.Helper()
	out := &tree{fset: token.NewFileSet()}
	err := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		base := d.Name()
		if d.IsDir() {
			if file != root && (base == "testdata" || base == "vendor" || base == "node_modules" || strings.HasPrefix(base, ".")) {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(base, ".go") {
			return nil
		}
		s, err := read(out.fset, root, file)
		out.files = append(out.files, s)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func read(fset *token.FileSet, root, file string) (*source, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	rel, err := filepath.Rel(root, file)
	if err != nil {
		return nil, err
	}
	rel = filepath.ToSlash(rel)
	parsed, err := parser.ParseFile(fset, file, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	base := path.Base(rel)
	return &source{dir: path.Dir(rel), name: base, test: strings.HasSuffix(base, "_test.go"), text: string(text), ast: parsed}, nil
}

func (tr *tree) line(p token.Pos) int { return tr.fset.Position(p).Line }

func (tr *tree) find(s *source, rule string, at token.Pos, name, format string, args ...any) finding {
	return finding{rule, s.path(), tr.line(at), name, fmt.Sprintf(format, args...)}
}

// moduleRoot is the directory of go.mod: two above this package, where go test runs us.
func moduleRoot(t *testing.T) string {
	t.Helper()
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(root, "go.mod")); err != nil {
		t.Fatalf("the module's root is not where it should be: %v", err)
	}
	return root
}

// report fails t for every finding that no exception covers.
func report(t *testing.T, found []finding) {
	t.Helper()
	for _, f := range found {
		if !excepted(f) {
			t.Errorf("%v", f)
		}
	}
}

var wantComment = regexp.MustCompile(`// want ([a-z ]+)$`)

// wants checks the findings in a testdata tree against its "// want RULE" comments, several rules separated by spaces.
func wants(t *testing.T, tr *tree, found []finding) {
	t.Helper()
	var got, want []string
	for _, f := range found {
		got = append(got, fmt.Sprintf("%s:%d: %s", f.path, f.line, f.rule))
	}
	for _, s := range tr.files {
		for i, line := range strings.Split(s.text, "\n") {
			if m := wantComment.FindStringSubmatch(line); m != nil {
				for _, rule := range strings.Fields(m[1]) {
					want = append(want, fmt.Sprintf("%s:%d: %s", s.path(), i+1, rule))
				}
			}
		}
	}
	if len(want) == 0 {
		t.Error("the tree wants nothing: it proves nothing")
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("found\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}
