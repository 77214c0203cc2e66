package config

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sluice-sor/sluice/internal/market"
)

// input is one reading of a file: where it is, what the environment says, and the problems found so far.
type input struct {
	file     string
	dir      string // relative paths start here
	lookup   func(string) (string, bool)
	problems Problems
}

// envText is a value from the environment: a text that may stand for a number or a flag.
type envText string

// section is one table of the file. Its getters leave the target as it is when the key is absent, report what is
// wrong otherwise, and remember the key, so that done can name the keys that nobody asked for.
type section struct {
	in   *input
	path string
	m    map[string]any
	seen map[string]bool
}

func newSection(in *input, path string, m map[string]any) *section {
	return &section{in: in, path: path, m: m, seen: map[string]bool{}}
}

func (s *section) key(k string) string {
	if s.path == "" {
		return k
	}
	return s.path + "." + k
}

func (s *section) problem(k, wrong, remedy string) {
	p := Problem{File: s.in.file, Key: s.key(k), Wrong: wrong, Remedy: remedy}
	if k == "" {
		p.Key = s.path
	}
	s.in.problems = append(s.in.problems, p)
}

func (s *section) has(k string) bool {
	_, ok := s.m[k]
	return ok
}

// require reports a missing key and says whether it is there.
func (s *section) require(k, remedy string) bool {
	s.seen[k] = true
	if !s.has(k) {
		s.problem(k, "is missing", remedy)
		return false
	}
	return true
}

func (s *section) take(k string) (any, bool) {
	s.seen[k] = true
	v, ok := s.m[k]
	return v, ok
}

func (s *section) mistyped(k string, v any, want string) {
	s.problem(k, fmt.Sprintf("is %s", describe(v)), "want "+want)
}

func describe(v any) string {
	switch t := v.(type) {
	case map[string]any:
		return "a table"
	case []any:
		return "an array"
	case []map[string]any:
		return "an array of tables"
	case string:
		return strconv.Quote(t)
	case envText:
		return strconv.Quote(string(t)) + " (from the environment)"
	}
	return fmt.Sprint(v)
}

func (s *section) text(k string, into *string) {
	v, ok := s.take(k)
	if !ok {
		return
	}
	switch t := v.(type) {
	case string:
		*into = t
	case envText:
		*into = string(t)
	default:
		s.mistyped(k, v, `a text in quotes`)
		return
	}
	if strings.ContainsFunc(*into, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		s.problem(k, "has a control character", "use printable characters only")
	}
}

func (s *section) flag(k string, into *bool) {
	v, ok := s.take(k)
	if !ok {
		return
	}
	switch t := v.(type) {
	case bool:
		*into = t
		return
	case envText:
		if b, err := strconv.ParseBool(string(t)); err == nil {
			*into = b
			return
		}
	}
	s.mistyped(k, v, "true or false")
}

type integer interface {
	~int | ~int64 | ~uint16 | ~uint64
}

// whole reads an integer between lo and hi.
func whole[T integer](s *section, k string, into *T, lo, hi int64) {
	v, ok := s.take(k)
	if !ok {
		return
	}
	n, isInt := v.(int64)
	if t, isEnv := v.(envText); isEnv {
		var err error
		n, err = strconv.ParseInt(string(t), 10, 64)
		isInt = err == nil
	}
	if !isInt {
		s.mistyped(k, v, "a whole number")
		return
	}
	if n < lo || n > hi {
		s.problem(k, fmt.Sprintf("is %d", n), fmt.Sprintf("want a whole number from %d to %d", lo, hi))
		return
	}
	*into = T(n)
}

// real reads a finite number between lo and hi.
func (s *section) real(k string, into *float64, lo, hi float64) {
	if v, ok := s.take(k); ok {
		s.number(k, v, into, lo, hi)
	}
}

func (s *section) number(k string, v any, into *float64, lo, hi float64) {
	var x float64
	switch t := v.(type) {
	case float64:
		x = t
	case int64:
		x = float64(t)
	case envText:
		var err error
		if x, err = strconv.ParseFloat(string(t), 64); err != nil {
			s.mistyped(k, v, "a number")
			return
		}
	default:
		s.mistyped(k, v, "a number")
		return
	}
	if !(x >= lo && x <= hi) { // also catches NaN
		s.problem(k, fmt.Sprintf("is %v", x), fmt.Sprintf("want a number from %v to %v", lo, hi))
		return
	}
	*into = x
}

func (s *section) reals(k string, into *[]float64, lo, hi float64) {
	list, ok := s.array(k, "an array of numbers")
	if !ok {
		return
	}
	out := make([]float64, len(list))
	for i, v := range list {
		s.number(fmt.Sprintf("%s[%d]", k, i+1), v, &out[i], lo, hi)
	}
	*into = out
}

func (s *section) texts(k string, into *[]string) {
	list, ok := s.array(k, "an array of texts")
	if !ok {
		return
	}
	out := make([]string, 0, len(list))
	for i, v := range list {
		t, ok := v.(string)
		if !ok {
			s.mistyped(fmt.Sprintf("%s[%d]", k, i+1), v, "a text in quotes")
			continue
		}
		out = append(out, t)
	}
	*into = out
}

func (s *section) array(k, want string) ([]any, bool) {
	v, ok := s.take(k)
	if !ok {
		return nil, false
	}
	list, ok := v.([]any)
	if !ok {
		s.mistyped(k, v, want)
	}
	return list, ok
}

// decimal gives the exact text of a decimal that is a quoted text, an integer or a float. A float's shortest text is
// what stood in the file for up to 15 digits, more than any amount here has.
func (s *section) decimal(k string) (string, bool) {
	v, ok := s.take(k)
	if !ok {
		return "", false
	}
	switch t := v.(type) {
	case string:
		return t, true
	case envText:
		return string(t), true
	case int64:
		return strconv.FormatInt(t, 10), true
	case float64:
		if !math.IsNaN(t) && !math.IsInf(t, 0) {
			return strconv.FormatFloat(t, 'f', -1, 64), true
		}
	}
	s.mistyped(k, v, `a decimal such as "0.0030"`)
	return "", false
}

// micro reads an exact decimal with at most six places as millionths, between lo and hi millionths.
func micro[T ~int64](s *section, k string, into *T, lo, hi int64) {
	text, ok := s.decimal(k)
	if !ok {
		return
	}
	v, err := market.ParseMoney(text)
	switch {
	case err != nil:
		s.problem(k, err.Error(), `want a decimal with at most six places such as "0.0030"`)
	case int64(v) < lo || int64(v) > hi:
		s.problem(k, "is "+text, fmt.Sprintf("want a decimal from %v to %v", market.Money(lo), market.Money(hi)))
	default:
		*into = T(v)
	}
}

// duration reads a text such as "200ms" as nanoseconds, between lo and hi.
func (s *section) duration(k string, into *int64, lo, hi time.Duration) {
	v, ok := s.take(k)
	if !ok {
		return
	}
	text, isText := v.(string)
	if t, isEnv := v.(envText); isEnv {
		text, isText = string(t), true
	}
	d, err := time.ParseDuration(text)
	switch {
	case !isText || err != nil:
		s.mistyped(k, v, `a duration with its unit such as "200ms", "2s" or "1h30m"`)
	case d < lo || d > hi:
		s.problem(k, "is "+d.String(), fmt.Sprintf("want a duration from %v to %v", lo, hi))
	default:
		*into = int64(d)
	}
}

// date reads "2013-10-07", quoted or not.
func (s *section) date(k string, into *market.Date) {
	v, ok := s.take(k)
	if !ok {
		return
	}
	text := fmt.Sprint(v) // TOML's own local date prints in the same form
	d, err := market.ParseDate(text)
	if err != nil || d <= 0 {
		s.mistyped(k, v, `a date such as "2013-10-07"`)
		return
	}
	*into = d
}

// sub gives the table k, an empty section if it is absent.
func (s *section) sub(k string) *section {
	v, ok := s.take(k)
	m, isTable := v.(map[string]any)
	if ok && !isTable {
		s.mistyped(k, v, "a table: ["+s.key(k)+"]")
	}
	return newSection(s.in, s.key(k), m)
}

// tables gives the array of tables k, at most limit of them.
func (s *section) tables(k string, limit int) []*section {
	v, ok := s.take(k)
	if !ok {
		return nil
	}
	var list []any
	switch t := v.(type) {
	case []any:
		list = t
	case []map[string]any:
		for _, m := range t {
			list = append(list, m)
		}
	default:
		s.mistyped(k, v, "an array of tables: [["+s.key(k)+"]]")
		return nil
	}
	if len(list) > limit {
		s.problem(k, fmt.Sprintf("has %d entries", len(list)), fmt.Sprintf("at most %d are possible", limit))
		list = list[:limit]
	}
	var out []*section
	for i, e := range list {
		path := fmt.Sprintf("%s[%d]", s.key(k), i+1)
		m, ok := e.(map[string]any)
		if !ok {
			s.mistyped(fmt.Sprintf("%s[%d]", k, i+1), e, "a table")
			continue
		}
		for _, id := range []string{"name", "symbol"} {
			if name, ok := m[id].(string); ok && name != "" && !strings.ContainsFunc(name, func(r rune) bool { return r < ' ' }) {
				path = fmt.Sprintf("%s[%s]", s.key(k), name)
				break
			}
		}
		out = append(out, newSection(s.in, path, m))
	}
	return out
}

// done reports every key that no getter asked for.
func (s *section) done() {
	var unknown, known []string
	for k := range s.m {
		if !s.seen[k] {
			unknown = append(unknown, k)
		}
	}
	slices.Sort(unknown)
	for k := range s.seen {
		known = append(known, k)
	}
	slices.Sort(known)
	for _, k := range unknown {
		remedy := "remove it; known here: " + strings.Join(known, ", ")
		if near := nearest(k, known); near != "" {
			remedy = "did you mean " + near + "?"
		}
		s.problem(k, "is an unknown key", remedy)
	}
}
