package arch

import (
	"go/ast"
	"go/token"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// A limit is how long things may get, in lines.
type limit struct {
	file, function int
}

// limits is the house's: a file is split before 600 lines, a function's body at 70.
var limits = limit{file: 600, function: 70}

// bannedNames are package names that say nothing about what is inside.
var bannedNames = []string{"util", "utils", "common", "types", "helper", "helpers", "manager", "base", "misc", "shared"}

var errorName = regexp.MustCompile(`^[eE]rr[A-Z]`)

// readers is the functions that only look at the slice they are given; constants the functions whose results nobody can
// change, and that are too dear to compute anew.
var (
	readers = []string{"slices.Contains", "slices.ContainsFunc", "slices.Index", "slices.IndexFunc", "slices.BinarySearch",
		"slices.BinarySearchFunc", "slices.Equal", "slices.Max", "slices.Min", "strings.Join"}
	constants = []string{"errors.New", "fmt.Errorf", "regexp.MustCompile", "crc32.MakeTable"}
)

var unfinished = regexp.MustCompile(`\b(TO` + `DO|FIX` + `ME|X` + `XX|HA` + `CK)\b`)

// checkStyle finds what the house's style forbids and a machine can see. Generated files are free; test files only
// have to be finished.
func checkStyle(tr *tree, max limit) []finding {
	var found []finding
	for _, s := range tr.files {
		found = append(found, checkUnfinished(tr, s)...)
		if s.test || ast.IsGenerated(s.ast) {
			continue
		}
		if n := strings.Count(s.text, "\n"); n > max.file {
			found = append(found, tr.find(s, "file", s.ast.Name.Pos(), s.name, "%d lines, at most %d: split it by noun", n, max.file))
		}
		if name := s.ast.Name.Name; slices.Contains(bannedNames, name) || slices.Contains(bannedNames, path.Base(s.dir)) {
			found = append(found, tr.find(s, "name", s.ast.Name.Pos(), name, "package %s says nothing: name it for what it is", name))
		}
		for _, d := range s.ast.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				found = append(found, checkFunction(tr, s, d, max.function)...)
			case *ast.GenDecl:
				if d.Tok == token.VAR {
					found = append(found, checkVars(tr, s, d)...)
				}
			}
		}
	}
	return found
}

func checkUnfinished(tr *tree, s *source) []finding {
	var found []finding
	for _, group := range s.ast.Comments {
		for _, c := range group.List {
			if m := unfinished.FindString(c.Text); m != "" {
				found = append(found, tr.find(s, "unfinished", c.Pos(), m, "%s: finish it, or leave it out and say so in an issue", m))
			}
		}
	}
	return found
}

func checkFunction(tr *tree, s *source, f *ast.FuncDecl, most int) []finding {
	var found []finding
	if f.Name.Name == "init" && f.Recv == nil {
		found = append(found, tr.find(s, "init", f.Pos(), "init", "no init: build it where it is used"))
	}
	if f.Body == nil {
		return found
	}
	if n := tr.line(f.Body.Rbrace) - tr.line(f.Body.Lbrace) - 1; n > most {
		found = append(found, tr.find(s, "function", f.Pos(), f.Name.Name, "%s has %d lines, at most %d", f.Name.Name, n, most))
	}
	return found
}

// checkVars finds package variables that could change. What may stand: an error value, a compiled expression, an
// embedded file, a blank assertion, and a lookup array (an array literal that nothing in its package writes to or takes the address of).
func checkVars(tr *tree, s *source, d *ast.GenDecl) []finding {
	var found []finding
	for _, spec := range d.Specs {
		v := spec.(*ast.ValueSpec)
		if embedded(d.Doc) || embedded(v.Doc) {
			continue
		}
		for i, name := range v.Names {
			var value ast.Expr
			if i < len(v.Values) {
				value = v.Values[i]
			}
			if name.Name == "_" || isFixed(name.Name, value) || (isArray(v.Type, value) && !written(tr, s.dir, name.Name)) {
				continue
			}
			found = append(found, tr.find(s, "variable", name.Pos(), name.Name, "package variable %s can change: pass it, or make it a constant or a lookup array", name.Name))
		}
	}
	return found
}

func embedded(doc *ast.CommentGroup) bool {
	return doc != nil && slices.ContainsFunc(doc.List, func(c *ast.Comment) bool { return strings.HasPrefix(c.Text, "//go:embed ") })
}

// isFixed reports whether a variable's value cannot change: a named error (a literal called errX or ErrX), or the result
// of one of constants.
func isFixed(name string, e ast.Expr) bool {
	if u, ok := e.(*ast.UnaryExpr); ok && u.Op == token.AND {
		e = u.X
	}
	if _, ok := e.(*ast.CompositeLit); ok {
		return errorName.MatchString(name)
	}
	call, ok := e.(*ast.CallExpr)
	return ok && slices.Contains(constants, calleeOf(call))
}

// calleeOf names what a call calls, such as errors.New, if it is a function of a package.
func calleeOf(call *ast.CallExpr) string {
	if sel, ok := call.Fun.(*ast.SelectorExpr); ok {
		return rootOf(sel.X) + "." + sel.Sel.Name
	}
	return ""
}

// isArray reports whether a variable is an array given by a literal.
func isArray(typ, value ast.Expr) bool {
	lit, ok := value.(*ast.CompositeLit)
	if !ok {
		return false
	}
	if typ == nil {
		typ = lit.Type
	}
	a, ok := typ.(*ast.ArrayType)
	return ok && a.Len != nil
}

// written reports whether anything in the package assigns to the variable or to a part of it, or lends it to someone
// who could: by address, or by a slice that is not only read.
func written(tr *tree, dir, name string) bool {
	found := false
	names := func(e ast.Expr) bool { return rootOf(e) == name }
	for _, s := range tr.files {
		if s.dir != dir || s.test {
			continue
		}
		ast.Inspect(s.ast, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.AssignStmt:
				found = found || n.Tok != token.DEFINE && slices.ContainsFunc(n.Lhs, names)
			case *ast.IncDecStmt:
				found = found || names(n.X)
			case *ast.UnaryExpr:
				found = found || n.Op == token.AND && names(n.X)
			case *ast.SliceExpr:
				found = found || names(n.X)
			case *ast.CallExpr:
				return !onlyReads(n)
			}
			return true
		})
	}
	return found
}

func onlyReads(call *ast.CallExpr) bool { return slices.Contains(readers, calleeOf(call)) }

// rootOf gives the variable that an expression such as a[i].b is a part of, empty if there is none.
func rootOf(e ast.Expr) string {
	for {
		switch x := e.(type) {
		case *ast.ParenExpr:
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.SelectorExpr:
			e = x.X
		case *ast.SliceExpr:
			e = x.X
		case *ast.Ident:
			return x.Name
		default:
			return ""
		}
	}
}

// TestStyle holds the style of the module.
func TestStyle(t *testing.T) {
	report(t, checkStyle(load(t, moduleRoot(t)), limits))
}

func TestStyleCanFail(t *testing.T) {
	tr := load(t, "testdata/style")
	wants(t, tr, checkStyle(tr, limit{file: 40, function: 3}))
}
