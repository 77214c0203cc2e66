package arch

import (
	"bytes"
	"cmp"
	"go/ast"
	"go/build"
	"go/importer"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// packages is the packages of a tree that get types: what they import comes from the build cache's export data, so that
// checking them costs milliseconds.
type packages struct {
	dirs     []string // to look through, relative to the tree
	decision []string // those of the decision path
	exports  map[string]string
	importer types.Importer
}

// modulePackages is the module's packages under the determinism contract.
func modulePackages(t *testing.T) *packages {
	t.Helper()
	root := moduleRoot(t)
	var dirs, paths []string
	for _, s := range load(t, root).files {
		if !s.test && anyMatch(pure, s.dir) && !slices.Contains(dirs, s.dir) {
			dirs, paths = append(dirs, s.dir), append(paths, module+"/"+s.dir)
		}
	}
	return newPackages(t, root, dirs, decision, paths...)
}

// newPackages asks go list for the export data of the named packages and all they import.
func newPackages(t *testing.T, root string, dirs, decision []string, names ...string) *packages {
	t.Helper()
	p := &packages{dirs: dirs, decision: decision, exports: map[string]string{}}
	cmd := exec.CommandContext(t.Context(), "go", append([]string{"list", "-e", "-export", "-deps", "-f", "{{.ImportPath}}\t{{.Export}}"}, names...)...)
	var problems bytes.Buffer
	cmd.Dir, cmd.Stderr = root, &problems
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, problems.String())
	}
	for line := range strings.Lines(string(out)) {
		if name, file, ok := strings.Cut(strings.TrimSpace(line), "\t"); ok {
			p.exports[name] = file
		}
	}
	p.importer = importer.ForCompiler(token.NewFileSet(), "gc", func(name string) (io.ReadCloser, error) {
		return os.Open(filepath.Clean(p.exports[name]))
	})
	return p
}

// check gives the types of one package's files that are no tests and belong to this build.
func (p *packages) check(t *testing.T, tr *tree, dir string) (*types.Info, []*source) {
	t.Helper()
	var files []*source
	var parsed []*ast.File
	for _, s := range tr.files {
		built, err := build.Default.MatchFile(filepath.Dir(tr.fset.Position(s.ast.Pos()).Filename), s.name)
		if err != nil {
			t.Fatal(err)
		}
		if s.dir == dir && !s.test && built {
			files, parsed = append(files, s), append(parsed, s.ast)
		}
	}
	info := &types.Info{Types: map[ast.Expr]types.TypeAndValue{}, Uses: map[*ast.Ident]types.Object{}, Defs: map[*ast.Ident]types.Object{}}
	var problem error // the first one; what does not compile is looked through as far as it goes
	config := types.Config{Importer: p.importer, Error: func(err error) { problem = cmp.Or(problem, err) }}
	if _, err := config.Check(module+"/"+dir, tr.fset, parsed, info); err != nil {
		t.Errorf("types of %s: %v", dir, problem)
	}
	return info, files
}
