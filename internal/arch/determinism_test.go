package arch

import (
	"go/ast"
	"go/token"
	"go/types"
	"strconv"
	"strings"
	"testing"
)

// bannedImports is what a pure package may not import, with everything below it: the world, other threads of control
// and sources of chance that no seed reaches.
var bannedImports = []string{"os", "net", "log", "sync", "runtime", "syscall", "unsafe", "context", "math/rand", "crypto/rand", "hash/maphash", "testing"}

// clockFuncs is what reads or waits for the clock in package time; its types and LoadLocation are fine.
var clockFuncs = []string{"Now", "Since", "Until", "After", "AfterFunc", "Sleep", "Tick", "NewTimer", "NewTicker"}

// looseMath is the functions whose last bits depend on the machine: the decision path has its own (determinism
// contract, 3). What is left of package math is exact: Sqrt, Abs, Floor, Max, Frexp, the bits.
var looseMath = []string{"Exp", "Exp2", "Expm1", "Log", "Log2", "Log10", "Log1p", "Pow", "Pow10", "Sin", "Cos", "Tan", "Sincos",
	"Asin", "Acos", "Atan", "Atan2", "Sinh", "Cosh", "Tanh", "Asinh", "Acosh", "Atanh", "Gamma", "Lgamma", "Erf", "Erfc",
	"Erfinv", "Erfcinv", "Cbrt", "Hypot", "J0", "J1", "Jn", "Y0", "Y1", "Yn"}

// checkDeterminism finds what would let two runs of the engine over the same events differ. Test files are free.
func checkDeterminism(t *testing.T, tr *tree, in *packages) []finding {
	t.Helper()
	var found []finding
	for _, dir := range in.dirs {
		info, files := in.check(t, tr, dir)
		d := determinism{tr: tr, info: info, decision: anyMatch(in.decision, dir), simulation: matches("internal/sim/...", dir)}
		for _, s := range files {
			d.source = s
			for _, im := range s.ast.Imports {
				d.checkImport(im)
			}
			ast.Inspect(s.ast, d.inspect)
		}
		found = append(found, d.found...)
	}
	return found
}

// A determinism looks through the files of one package.
type determinism struct {
	tr         *tree
	info       *types.Info
	decision   bool // the decision path: no loose mathematics
	simulation bool // may use math/rand/v2 with its own generators
	source     *source
	found      []finding
}

func (d *determinism) add(rule string, n ast.Node, name, format string, args ...any) {
	d.found = append(d.found, d.tr.find(d.source, rule, n.Pos(), name, format, args...))
}

func (d *determinism) checkImport(im *ast.ImportSpec) {
	p, err := strconv.Unquote(im.Path.Value)
	if err != nil {
		panic(err) // the parser let it pass
	}
	if p == "math/rand/v2" && d.simulation {
		return
	}
	for _, b := range bannedImports {
		if p == b || strings.HasPrefix(p, b+"/") {
			d.add("pure", im, p, "a package under the determinism contract may not import %q", p)
			return
		}
	}
}

func (d *determinism) inspect(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.GoStmt:
		d.add("goroutine", n, "go", "no goroutine under the determinism contract")
	case *ast.SelectStmt:
		d.add("goroutine", n, "select", "select chooses at random")
	case *ast.RangeStmt:
		if typ := d.info.TypeOf(n.X); typ != nil && isMap(typ) {
			d.add("maporder", n, types.ExprString(n.X), "range over the map %s has no order: keep a sorted slice beside it", types.ExprString(n.X))
		}
	case *ast.Ident:
		if f, ok := d.info.Uses[n].(*types.Func); ok && f.Pkg() != nil && f.Signature().Recv() == nil {
			d.checkFunc(n, f.Pkg().Path(), f.Name())
		}
	case *ast.BinaryExpr:
		if d.decision && (n.Op == token.ADD || n.Op == token.SUB) && (d.fuses(n.X) || d.fuses(n.Y)) {
			d.add("fuse", n, types.ExprString(n), "%s may be fused on some machines: write float64(x*y) + z", types.ExprString(n))
		}
	case *ast.AssignStmt:
		if d.decision && (n.Tok == token.ADD_ASSIGN || n.Tok == token.SUB_ASSIGN) && d.fuses(n.Rhs[0]) {
			d.add("fuse", n, types.ExprString(n.Rhs[0]), "%s may be fused with the sum on some machines: write float64(x*y)", types.ExprString(n.Rhs[0]))
		}
	}
	return true
}

func (d *determinism) checkFunc(n *ast.Ident, pkg, name string) {
	switch {
	case pkg == "time" && anyMatch(clockFuncs, name):
		d.add("clock", n, "time."+name, "time.%s: time comes in events", name)
	case pkg == "maps" && (name == "Keys" || name == "Values" || name == "All"):
		d.add("maporder", n, "maps."+name, "maps.%s has no order", name)
	case pkg == "math/rand/v2" && !strings.HasPrefix(name, "New"):
		d.add("chance", n, "rand."+name, "rand.%s draws from the global source: draw from a seeded PCG", name)
	case pkg == "math" && d.decision && anyMatch(looseMath, name):
		d.add("loosemath", n, "math."+name, "math.%s gives other bits on other machines: use the decision path's own", name)
	}
}

// fuses reports whether e is a product of floats that a compiler may fuse into the sum around it: neither a constant
// nor wrapped in a conversion.
func (d *determinism) fuses(e ast.Expr) bool {
	b, ok := ast.Unparen(e).(*ast.BinaryExpr)
	if !ok || b.Op != token.MUL {
		return false
	}
	tv := d.info.Types[b]
	if tv.Type == nil || tv.Value != nil {
		return false
	}
	basic, ok := tv.Type.Underlying().(*types.Basic)
	return ok && basic.Info()&types.IsFloat != 0
}

func isMap(t types.Type) bool {
	if p, ok := t.(*types.TypeParam); ok {
		t = p.Constraint()
	}
	if i, ok := t.Underlying().(*types.Interface); ok && i.NumEmbeddeds() == 1 {
		if u, ok := i.EmbeddedType(0).(*types.Union); ok && u.Len() == 1 {
			t = u.Term(0).Type()
		}
	}
	_, ok := t.Underlying().(*types.Map)
	return ok
}

// TestDeterminism holds the determinism contract of the engine.
func TestDeterminism(t *testing.T) {
	report(t, checkDeterminism(t, load(t, moduleRoot(t)), modulePackages(t)))
}

func TestDeterminismCanFail(t *testing.T) {
	tr := load(t, "testdata/determinism")
	in := newPackages(t, "testdata/determinism", []string{"engine", "internal/sim"}, []string{"engine"},
		"bytes", "context", "fmt", "io", "maps", "math", "math/rand", "math/rand/v2", "net", "os", "log/slog", "sync", "sync/atomic", "time")
	wants(t, tr, checkDeterminism(t, tr, in))
}
