package fixgw

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"github.com/quickfixgo/quickfix"

	"github.com/sluice-sor/sluice/internal/market"
)

// A FieldError says what is wrong with one field of a message: its tag, its value and the remedy.
type FieldError struct {
	Tag     quickfix.Tag
	Value   string // empty if Missing
	Missing bool
	Why     string
}

func (e *FieldError) Error() string {
	if e.Missing {
		return fmt.Sprintf("tag %d is missing: %s", e.Tag, e.Why)
	}
	return fmt.Sprintf("tag %d=%s: %s", e.Tag, cut(e.Value, 64), cut(e.Why, 256))
}

// cut gives the beginning of a text that somebody else wrote.
func cut(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return s[:most] + "..."
}

// fields reads the fields of one message part and keeps the first thing wrong with it, so that a decoder reads like a
// list. After a failure the getters go on giving zero values.
type fields struct {
	quickfix.FieldMap
	err *FieldError
}

func bodyOf(m *quickfix.Message) *fields { return &fields{FieldMap: m.Body.FieldMap} }

func (f *fields) fail(tag quickfix.Tag, why string) {
	if f.err == nil {
		v := f.text(tag)
		f.err = &FieldError{Tag: tag, Value: v, Missing: v == "", Why: why}
	}
}

// text gives the field, empty if it is not there.
func (f *fields) text(tag quickfix.Tag) string {
	if !f.Has(tag) {
		return ""
	}
	b, err := f.GetBytes(tag)
	if err != nil {
		return ""
	}
	if tag == tagText {
		return words(string(b))
	}
	return string(b)
}

// words is what the other side says to people, in Text (58): it goes onto pages, into logs and onto terminals, where it must not write
// what it likes, and back to clients.
func words(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
			return ' '
		}
		return r
	}, s[:min(len(s), valueMax)])
}

// need gives a field that must be there.
func (f *fields) need(tag quickfix.Tag) string {
	v := f.text(tag)
	if v == "" {
		f.fail(tag, "it is required here")
	}
	return v
}

// char gives a field of one character, 0 if it is not there.
func (f *fields) char(tag quickfix.Tag) byte {
	v := f.text(tag)
	switch len(v) {
	case 0:
		return 0
	case 1:
		return v[0]
	}
	f.fail(tag, "it is one character")
	return 0
}

// flag gives a Y/N field, false if it is not there.
func (f *fields) flag(tag quickfix.Tag) bool {
	switch f.text(tag) {
	case "Y":
		return true
	case "", "N":
		return false
	}
	f.fail(tag, "use Y or N")
	return false
}

// price gives an exact price that is not negative, 0 if it is not there.
func (f *fields) price(tag quickfix.Tag) market.Price {
	v := f.text(tag)
	if v == "" {
		return 0
	}
	p, err := market.ParsePrice(v)
	if err != nil || p < 0 {
		f.fail(tag, "a price is a decimal number with at most six decimals, not negative")
		return 0
	}
	return p
}

// maxQty is the largest quantity taken in one field: a trillion shares, far from what sums of it could overflow.
const maxQty = 1_000_000_000_000

// qty gives a whole number of shares that is not negative, 0 if it is not there. "100.00" is 100: quantities are
// floats in FIX.
func (f *fields) qty(tag quickfix.Tag) market.Qty {
	v := f.text(tag)
	if v == "" {
		return 0
	}
	n := quantity(v)
	if n < 0 {
		f.fail(tag, "a quantity is a whole number of shares from 0 to a trillion")
		return 0
	}
	return n
}

// quantity reads a whole number of shares, −1 if it is none.
func quantity(v string) market.Qty {
	whole, frac, _ := strings.Cut(v, ".")
	n, err := strconv.ParseUint(whole, 10, 63)
	if err != nil || n > maxQty || strings.Trim(frac, "0") != "" {
		return -1
	}
	return market.Qty(n)
}

// code gives a small number such as a reason, 0 if it is not there or not a number: a reason that cannot be read must
// not hide the refusal that it explains.
func (f *fields) code(tag quickfix.Tag) uint16 {
	n, err := strconv.ParseUint(f.text(tag), 10, 16)
	if err != nil {
		return 0
	}
	return uint16(n)
}

// time gives a UTC timestamp, 0 if it is not there.
func (f *fields) time(tag quickfix.Tag) market.Time {
	v := f.text(tag)
	if v == "" {
		return 0
	}
	t, err := parseTime(v)
	if err != nil {
		f.fail(tag, err.Error())
	}
	return t
}

// looseTime is time for a field that only explains: what cannot be read is 0.
func (f *fields) looseTime(tag quickfix.Tag) market.Time {
	t, err := parseTime(f.text(tag))
	if err != nil {
		return 0
	}
	return t
}

// loosePrice is price for a figure that is only compared, such as AvgPx (6): decimals beyond the sixth are cut, and
// what cannot be read is 0.
func (f *fields) loosePrice(tag quickfix.Tag) market.Price {
	v := f.text(tag)
	if dot := strings.IndexByte(v, '.'); dot >= 0 && len(v) > dot+7 {
		v = v[:dot+7]
	}
	p, err := market.ParsePrice(v)
	if err != nil || p < 0 {
		return 0
	}
	return p
}

// A rawField is one field of a message as it came.
type rawField struct {
	tag   quickfix.Tag
	value string
}

// rawFields gives all fields of m in their order. Repeating groups are read from it, because without a dictionary that
// knows the group quickfixgo keeps only one field of each tag (QF-04).
func rawFields(m *quickfix.Message) []rawField {
	raw := m.Bytes()
	out := make([]rawField, 0, bytes.Count(raw, []byte{1}))
	for len(raw) > 0 {
		f, rest, _ := bytes.Cut(raw, []byte{1})
		raw = rest
		tag, value, ok := bytes.Cut(f, []byte{'='})
		n, err := strconv.ParseUint(string(tag), 10, 31)
		if !ok || err != nil {
			continue
		}
		out = append(out, rawField{quickfix.Tag(n), string(value)})
	}
	return out
}

// groups cuts the repeating group that count opens: an entry begins at every field first, and the group ends at the
// message's end or at the checksum. ok is false if the entries are not as many as count says.
func groups(all []rawField, count, first quickfix.Tag) (entries [][]rawField, ok bool) {
	want, start := 0, -1
	for i, f := range all {
		if f.tag == count {
			n, err := strconv.ParseUint(f.value, 10, 16)
			if err != nil {
				return nil, false
			}
			want, start = int(n), i+1
			break
		}
	}
	if start < 0 {
		return nil, true
	}
	for _, f := range all[start:] {
		switch {
		case f.tag == 10:
		case f.tag == first:
			entries = append(entries, []rawField{f})
		case len(entries) > 0:
			entries[len(entries)-1] = append(entries[len(entries)-1], f)
		default:
			if want > 0 {
				return nil, false
			}
		}
	}
	return entries, len(entries) == want
}

// in gives the value of a tag in a group's entry, empty if it is not there.
func in(entry []rawField, tag quickfix.Tag) string {
	for _, f := range entry {
		if f.tag == tag {
			return f.value
		}
	}
	return ""
}

// message begins a message of the given type.
func message(msgType string) *quickfix.Message {
	m := quickfix.NewMessage()
	m.Header.SetString(tagMsgType, msgType)
	return m
}

// valueMax bounds one value that we send, so that what others wrote never makes a frame that our own guard refuses (GRD-02): a
// report like that would close its session at every logon.
const valueMax = 1024

// put sets a field unless v is empty or tag is 0. Control characters become spaces: a SOH in a text would start a new field.
func put(m *quickfix.Message, tag quickfix.Tag, v string) {
	if v == "" || tag == 0 {
		return
	}
	m.Body.SetString(tag, strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, v[:min(len(v), valueMax)]))
}

func putChar(m *quickfix.Message, tag quickfix.Tag, c byte) {
	if c != 0 {
		put(m, tag, string(rune(c)))
	}
}

func putQty(m *quickfix.Message, tag quickfix.Tag, q market.Qty) {
	put(m, tag, strconv.FormatInt(int64(q), 10))
}

func putPrice(m *quickfix.Message, tag quickfix.Tag, p market.Price) { put(m, tag, p.String()) }

func putInt(m *quickfix.Message, tag quickfix.Tag, n int) { put(m, tag, strconv.Itoa(n)) }

func putFlag(m *quickfix.Message, tag quickfix.Tag, on bool) {
	if on {
		put(m, tag, "Y")
	}
}

func putTime(m *quickfix.Message, version string, tag quickfix.Tag, t market.Time) {
	if t != 0 {
		put(m, tag, formatTime(version, t))
	}
}
