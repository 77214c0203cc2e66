package fixgw

import (
	"bytes"
	"fmt"
	"sort"
	"strings"
	"testing"

	"github.com/quickfixgo/quickfix"

	"github.com/sluice-sor/sluice/internal/market"
)

const instance = 0x5eed

// at is a time without microseconds, so that every version carries it.
const at = market.Time(1_700_000_000_123_000_000)

var versions = []string{FIX42, FIX44, FIX50SP2}

// venues of the tests: two dark, two displayed.
func testVenues() []market.Venue {
	return []market.Venue{
		{ID: 1, Name: "DARKA", MIC: "DRKA", Type: market.Dark}, {ID: 2, Name: "LITN", MIC: "XNAS", Type: market.Lit},
		{ID: 5, Name: "INVB", MIC: "XBYX", Type: market.Inverted}, {ID: 63, Name: "INTC", MIC: "INTC", Type: market.Internalizer},
	}
}

func dialect(version string) *Dialect {
	return &Dialect{Version: version, Instance: instance, Terms: TermsRules{Venues: testVenues()}}
}

func profile(version string) *Profile {
	return &Profile{Version: version, Venue: 2, Instance: instance}
}

// parse makes a message from fields such as "35=D|11=a", header first.
func parse(t testing.TB, version, text string) *quickfix.Message {
	t.Helper()
	body := strings.ReplaceAll(text, "|", "\x01") + "\x01"
	raw := fmt.Sprintf("8=%s\x019=%d\x01%s", version, len(body), body)
	sum := 0
	for i := range len(raw) {
		sum += int(raw[i])
	}
	raw += fmt.Sprintf("10=%03d\x01", sum%256)
	m := quickfix.NewMessage()
	if err := quickfix.ParseMessage(m, bytes.NewBufferString(raw)); err != nil {
		t.Fatalf("parse %q: %v", text, err)
	}
	return m
}

// onWire sends a message through its bytes.
func onWire(t testing.TB, version string, m *quickfix.Message) *quickfix.Message {
	t.Helper()
	m.Header.SetString(8, version)
	out := quickfix.NewMessage()
	if err := quickfix.ParseMessage(out, bytes.NewBuffer(bytes.Clone(m.Bytes()))); err != nil {
		t.Fatalf("parse %q: %v", show(m), err)
	}
	return out
}

// show gives the fields of a message's body, sorted by tag, as text; groups in their order.
func show(m *quickfix.Message) string {
	msgType, _ := m.MsgType()
	var fs []rawField
	for _, f := range rawFields(m) {
		switch f.tag {
		case 8, 9, 10, 35, 34, 43, 49, 52, 56, 60, 122:
		default:
			fs = append(fs, f)
		}
	}
	sort.SliceStable(fs, func(i, j int) bool { return fs[i].tag < fs[j].tag })
	var b strings.Builder
	b.WriteString("35=" + msgType)
	for _, f := range fs {
		fmt.Fprintf(&b, "|%d=%s", f.tag, f.value)
	}
	return b.String()
}

func version(v string) string { return strings.TrimPrefix(v, "FIX.") }
