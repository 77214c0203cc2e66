package fixgw

import (
	"encoding/xml"
	"fmt"
	"math"
	"testing"

	"github.com/quickfixgo/quickfix"

	"github.com/sluice-sor/sluice/fixgw/dictionary"
	"github.com/sluice-sor/sluice/internal/event"
)

// enums reads which values a dictionary allows in a field.
func enums(t *testing.T, version string, tag int) map[string]bool {
	t.Helper()
	var d struct {
		Fields []struct {
			Number int `xml:"number,attr"`
			Values []struct {
				Enum string `xml:"enum,attr"`
			} `xml:"value"`
		} `xml:"fields>field"`
	}
	text, err := dictionary.Bytes(version)
	if err != nil {
		t.Fatal(err)
	}
	if err := xml.Unmarshal(text, &d); err != nil {
		t.Fatal(err)
	}
	out := map[string]bool{}
	for _, f := range d.Fields {
		for _, v := range f.Values {
			if f.Number == tag {
				out[v.Enum] = true
			}
		}
	}
	return out
}

// TestRejectReasonsAreOfTheVersion is RISK-19 of TEST-10: a code that the version has is told as it is, at both ends of its list
// and in it; one that it has not, none that could be, and the least and largest become the one that says to read the text.
func TestRejectReasonsAreOfTheVersion(t *testing.T) {
	for _, version := range versions {
		for _, field := range []struct {
			tag   int
			other map[string]string
			code  func(string, int) int
			sent  func(d *Dialect, reason uint16) *quickfix.Message
		}{
			{103, map[string]string{FIX42: "0", FIX44: "99", FIX50SP2: "99"}, ordRejReason, func(d *Dialect, reason uint16) *quickfix.Message {
				return d.Report(&event.ReportParent{ClOrdID: "a", ExecType: '8', OrdStatus: '8', Reason: reason, Text: "RISK-02: x"})
			}},
			{102, map[string]string{FIX42: "2", FIX44: "99", FIX50SP2: "99"}, cxlRejReason, func(d *Dialect, reason uint16) *quickfix.Message {
				return d.Reject(&event.RejectRequest{ClOrdID: "a", OrigClOrdID: "b", Reason: reason, Text: "RISK-02: x"})
			}},
		} {
			known := enums(t, version, field.tag)
			if len(known) < 4 {
				t.Fatalf("%s: the dictionary has %d values of %d", version, len(known), field.tag)
			}
			want := func(reason int) string {
				if s := fmt.Sprint(reason); known[s] {
					return s
				}
				return field.other[version]
			}
			for _, reason := range []int{-1, 0, math.MaxInt, math.MinInt} {
				if got := fmt.Sprint(field.code(version, reason)); got != want(reason) {
					t.Errorf("%s: %d=%d is told as %s, want %s", version, field.tag, reason, got, want(reason))
				}
			}
			for _, reason := range []uint16{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 98, 99, 100, math.MaxUint16} {
				m := onWire(t, version, field.sent(dialect(version), reason))
				if got, _ := m.Body.GetString(quickfix.Tag(field.tag)); got != want(int(reason)) {
					t.Errorf("%s: %d=%d goes out as %s, want %s", version, field.tag, reason, got, want(int(reason)))
				}
			}
		}
	}
}
