package table

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sluice-sor/sluice/internal/market"
)

// Input is one reading of a file: its name and the problems found so far.
type Input struct {
	File     string // as it was given, for messages
	Problems Problems
}

// EnvText is a value from the environment: a text that may stand for a number or a flag.
type EnvText string

// Section is one table of the file. Its getters leave the target as it is when the key is absent, report what is
// wrong otherwise, and remember the key, so that Done can name the keys that nobody asked for.
type Section struct {
	In   *Input
	Path string         // such as venue[DARKA].fees[1]; empty for the whole file
	M    map[string]any // as the parser gave it
	seen map[string]bool
}

// New makes the section of a table that stands at path; m may be nil.
func New(in *Input, path string, m map[string]any) *Section {
	return &Section{In: in, Path: path, M: m, seen: map[string]bool{}}
}

// Key gives the path of key k from the top of the file.
func (s *Section) Key(k string) string {
	if s.Path == "" {
		return k
	}
	return s.Path + "." + k
}

// Problem reports what is wrong with key k (empty: the table itself) and the remedy.
func (s *Section) Problem(k, wrong, remedy string) {
	p := Problem{File: s.In.File, Key: s.Key(k), Wrong: wrong, Remedy: remedy}
	if k == "" {
		p.Key = s.Path
	}
	s.In.Problems = append(s.In.Problems, p)
}

// Has reports whether the key is there.
func (s *Section) Has(k string) bool {
	_, ok := s.M[k]
	return ok
}

// Require reports a missing key and says whether it is there.
func (s *Section) Require(k, remedy string) bool {
	s.seen[k] = true
	if !s.Has(k) {
		s.Problem(k, "is missing", remedy)
		return false
	}
	return true
}

func (s *Section) take(k string) (any, bool) {
	s.seen[k] = true
	v, ok := s.M[k]
	return v, ok
}

func (s *Section) mistyped(k string, v any, want string) {
	s.Problem(k, fmt.Sprintf("is %s", describe(v)), "want "+want)
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
	case EnvText:
		return strconv.Quote(string(t)) + " (from the environment)"
	}
	return fmt.Sprint(v)
}

// Text reads a text without control characters.
func (s *Section) Text(k string, into *string) {
	v, ok := s.take(k)
	if !ok {
		return
	}
	switch t := v.(type) {
	case string:
		*into = t
	case EnvText:
		*into = string(t)
	default:
		s.mistyped(k, v, `a text in quotes`)
		return
	}
	if strings.ContainsFunc(*into, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		s.Problem(k, "has a control character", "use printable characters only")
	}
}

// Flag reads true or false.
func (s *Section) Flag(k string, into *bool) {
	v, ok := s.take(k)
	if !ok {
		return
	}
	switch t := v.(type) {
	case bool:
		*into = t
		return
	case EnvText:
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

// Whole reads an integer between lo and hi.
func Whole[T integer](s *Section, k string, into *T, lo, hi int64) {
	v, ok := s.take(k)
	if !ok {
		return
	}
	n, isInt := v.(int64)
	if t, isEnv := v.(EnvText); isEnv {
		var err error
		n, err = strconv.ParseInt(string(t), 10, 64)
		isInt = err == nil
	}
	if !isInt {
		s.mistyped(k, v, "a whole number")
		return
	}
	if n < lo || n > hi {
		s.Problem(k, fmt.Sprintf("is %d", n), fmt.Sprintf("want a whole number from %d to %d", lo, hi))
		return
	}
	*into = T(n)
}

// Real reads a finite number between lo and hi.
func (s *Section) Real(k string, into *float64, lo, hi float64) {
	if v, ok := s.take(k); ok {
		s.number(k, v, into, lo, hi)
	}
}

func (s *Section) number(k string, v any, into *float64, lo, hi float64) {
	var x float64
	switch t := v.(type) {
	case float64:
		x = t
	case int64:
		x = float64(t)
	case EnvText:
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
		s.Problem(k, fmt.Sprintf("is %v", x), fmt.Sprintf("want a number from %v to %v", lo, hi))
		return
	}
	*into = x
}

// Reals reads an array of numbers between lo and hi.
func (s *Section) Reals(k string, into *[]float64, lo, hi float64) {
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

// Texts reads an array of texts.
func (s *Section) Texts(k string, into *[]string) {
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

func (s *Section) array(k, want string) ([]any, bool) {
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
func (s *Section) decimal(k string) (string, bool) {
	v, ok := s.take(k)
	if !ok {
		return "", false
	}
	switch t := v.(type) {
	case string:
		return t, true
	case EnvText:
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

// Micro reads an exact decimal with at most six places as millionths, between lo and hi millionths.
func Micro[T ~int64](s *Section, k string, into *T, lo, hi int64) {
	text, ok := s.decimal(k)
	if !ok {
		return
	}
	v, err := market.ParseMoney(text)
	switch {
	case err != nil:
		s.Problem(k, err.Error(), `want a decimal with at most six places such as "0.0030"`)
	case int64(v) < lo || int64(v) > hi:
		s.Problem(k, "is "+text, fmt.Sprintf("want a decimal from %v to %v", market.Money(lo), market.Money(hi)))
	default:
		*into = T(v)
	}
}

// Duration reads a text such as "200ms" as nanoseconds, between lo and hi.
func (s *Section) Duration(k string, into *int64, lo, hi time.Duration) {
	v, ok := s.take(k)
	if !ok {
		return
	}
	text, isText := v.(string)
	if t, isEnv := v.(EnvText); isEnv {
		text, isText = string(t), true
	}
	d, err := time.ParseDuration(text)
	switch {
	case !isText || err != nil:
		s.mistyped(k, v, `a duration with its unit such as "200ms", "2s" or "1h30m"`)
	case d < lo || d > hi:
		s.Problem(k, "is "+d.String(), fmt.Sprintf("want a duration from %v to %v", lo, hi))
	default:
		*into = int64(d)
	}
}

// Date reads "2013-10-07", quoted or not.
func (s *Section) Date(k string, into *market.Date) {
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

// Sub gives the table k, an empty section if it is absent.
func (s *Section) Sub(k string) *Section {
	v, ok := s.take(k)
	m, isTable := v.(map[string]any)
	if ok && !isTable {
		s.mistyped(k, v, "a table: ["+s.Key(k)+"]")
	}
	return New(s.In, s.Key(k), m)
}

// Tables gives the array of tables k, at most limit of them.
func (s *Section) Tables(k string, limit int) []*Section {
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
		s.mistyped(k, v, "an array of tables: [["+s.Key(k)+"]]")
		return nil
	}
	if len(list) > limit {
		s.Problem(k, fmt.Sprintf("has %d entries", len(list)), fmt.Sprintf("at most %d are possible", limit))
		list = list[:limit]
	}
	var out []*Section
	for i, e := range list {
		path := fmt.Sprintf("%s[%d]", s.Key(k), i+1)
		m, ok := e.(map[string]any)
		if !ok {
			s.mistyped(fmt.Sprintf("%s[%d]", k, i+1), e, "a table")
			continue
		}
		for _, id := range []string{"name", "symbol"} {
			if name, ok := m[id].(string); ok && name != "" && !strings.ContainsFunc(name, func(r rune) bool { return r < ' ' }) {
				path = fmt.Sprintf("%s[%s]", s.Key(k), name)
				break
			}
		}
		out = append(out, New(s.In, path, m))
	}
	return out
}

// Done reports every key that no getter asked for.
func (s *Section) Done() {
	var unknown, known []string
	for k := range s.M {
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
		if near := Nearest(k, known); near != "" {
			remedy = "did you mean " + near + "?"
		}
		s.Problem(k, "is an unknown key", remedy)
	}
}
