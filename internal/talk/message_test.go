package talk

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/quickfixgo/quickfix"
)

// The versions of the sessions.
const (
	fix42 = "FIX.4.2"
	fix44 = "FIX.4.4"
	fix50 = "FIXT.1.1" // 5.0 SP2 over it
)

// A field is one tag with its value.
type field struct {
	tag   int
	value string
}

// A message is what one side says, without the header fields that belong to the session. Its tags are those of FIX 4.4
// whatever is spoken on the wire.
type message struct {
	kind   string // 35
	fields []field
}

// envelope is the header and trailer fields that the session sets.
var envelope = [...]int{8, 9, 10, 34, 35, 43, 49, 52, 56, 60, 122, 369}

// headed are the header fields that a script may set.
var headed = [...]int{97, 115, 128}

func (m *message) has(tag int) bool {
	return slices.ContainsFunc(m.fields, func(f field) bool { return f.tag == tag })
}

func (m *message) get(tag int) string {
	for _, f := range m.fields {
		if f.tag == tag {
			return f.value
		}
	}
	return ""
}

// set gives tag a value, in its place or at the end.
func (m *message) set(tag int, value string) {
	for i := range m.fields {
		if m.fields[i].tag == tag {
			m.fields[i].value = value
			return
		}
	}
	m.fields = append(m.fields, field{tag, value})
}

// fill sets what is not there yet.
func (m *message) fill(pairs ...any) {
	for i := 0; i < len(pairs); i += 2 {
		if tag, value := pairs[i].(int), pairs[i+1].(string); !m.has(tag) && value != "" {
			m.set(tag, value)
		}
	}
}

func (m *message) drop(tag int) {
	m.fields = slices.DeleteFunc(m.fields, func(f field) bool { return f.tag == tag })
}

func (m *message) number(tag int) int {
	n, _ := strconv.Atoi(m.get(tag))
	return n
}

func (m message) String() string {
	var b strings.Builder
	b.WriteString(m.kind)
	for _, f := range m.fields {
		fmt.Fprintf(&b, " %d=%s", f.tag, quoted(f.value))
	}
	return b.String()
}

func quoted(v string) string {
	if strings.ContainsAny(v, " ") {
		return strconv.Quote(v)
	}
	return v
}

// toWire gives the form of a version. 4.2 tells trades, busts, corrections and status by 20, and trades by 1 and 2 of
// 150 (ER-19); a message that has 20 already is left word for word.
func (m message) toWire(version string) message {
	out := message{m.kind, slices.Clone(m.fields)}
	if version != fix42 {
		return out
	}
	switch m.kind {
	case "D", "G":
		out.fill(21, "1")
	case "8":
		if out.has(20) {
			return out
		}
		transaction, typ := "0", out.get(150)
		switch typ {
		case "F":
			if typ = "1"; out.number(151) == 0 {
				typ = "2"
			}
		case "H":
			transaction, typ = "1", out.get(39)
		case "G":
			transaction, typ = "2", out.get(39)
		case "I":
			transaction, typ = "3", out.get(39)
		}
		out.set(20, transaction)
		out.set(150, typ)
	}
	return out
}

// fromWire is the inverse, and checks what only 4.2 can get wrong.
func (m message) fromWire(version string) (message, error) {
	if version != fix42 || m.kind != "8" {
		return m, nil
	}
	transaction, typ := m.get(20), m.get(150)
	var err error
	switch transaction {
	case "0":
		if typ == "1" || typ == "2" {
			if complete := m.number(14) >= m.number(38); complete != (typ == "2") {
				err = fmt.Errorf("150=%s of %d filled of %d", typ, m.number(14), m.number(38))
			}
			typ = "F"
		}
	case "1", "2", "3":
		if typ != m.get(39) {
			err = fmt.Errorf("20=%s with 150=%s, and 39=%s", transaction, typ, m.get(39))
		}
		typ = string("HGI"[transaction[0]-'1'])
	default:
		err = fmt.Errorf("20=%q", transaction)
	}
	m.set(150, typ)
	m.drop(20)
	return m, err
}

// inVersion gives the value that a version has for what a script says in terms of 4.4.
func inVersion(version string, f field) string {
	n, err := strconv.Atoi(f.value)
	if version == fix42 && err == nil {
		switch {
		case f.tag == 103 && n > 8:
			return "0"
		case f.tag == 102 && n > 3:
			return "2"
		}
	}
	return f.value
}

// packed gives the message of quickfixgo, parsed from its bytes.
func (m message) packed(version string) (*quickfix.Message, error) {
	var head, body strings.Builder
	fmt.Fprintf(&head, "35=%s\x0134=7\x0149=THEM\x0152=20231114-22:13:20.123\x0156=US\x01", m.kind)
	for _, f := range m.fields {
		to := &body
		if slices.Contains(headed[:], f.tag) {
			to = &head
		}
		fmt.Fprintf(to, "%d=%s\x01", f.tag, f.value)
	}
	raw := fmt.Sprintf("8=%s\x019=%d\x01%s", version, head.Len()+body.Len(), head.String()+body.String())
	sum := 0
	for i := range len(raw) {
		sum += int(raw[i])
	}
	raw += fmt.Sprintf("10=%03d\x01", sum%256)
	out := quickfix.NewMessage()
	return out, quickfix.ParseMessage(out, bytes.NewBufferString(raw))
}

// unpack reads a message of quickfixgo by its bytes alone.
func unpack(version string, m *quickfix.Message) (message, error) {
	m.Header.SetString(8, version)
	var out message
	for _, part := range strings.Split(strings.TrimSuffix(m.String(), "\x01"), "\x01") {
		tag, value, _ := strings.Cut(part, "=")
		n, err := strconv.Atoi(tag)
		if err != nil {
			return out, fmt.Errorf("field %q", part)
		}
		switch {
		case n == 35:
			out.kind = value
		case slices.Contains(envelope[:], n):
		default:
			out.fields = append(out.fields, field{n, value})
		}
	}
	return out.fromWire(version)
}
