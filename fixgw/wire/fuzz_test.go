package wire

import (
	"bytes"
	"sync"
	"testing"

	"github.com/quickfixgo/quickfix"
	"github.com/quickfixgo/quickfix/datadictionary"
)

// dictionaries for the stock parser, loaded once.
var dictionaries = sync.OnceValue(func() []*datadictionary.DataDictionary {
	var all []*datadictionary.DataDictionary
	for _, path := range []string{"../dictionary/FIX42.xml", "../dictionary/FIX44.xml"} {
		d, err := datadictionary.Parse(path)
		if err != nil {
			panic(err)
		}
		all = append(all, d)
	}
	return append(all, nil)
})

// FuzzGuardThenStock is TEST-50: whatever the guard passes, the stock parser,
// validator and getters do not panic, and both see the same header (GRD-12).
func FuzzGuardThenStock(f *testing.F) {
	for _, body := range []string{
		order, report, "35=0|" + header, "35=A|" + header + "98=0|108=30|95=5|96=abcde|",
		"35=4|43=Y|" + header + "123=Y|36=99|", "35=2|" + header + "7=1|16=0|",
		"35=D|" + header + "11=c|78=2|79=a|80=1|79=b|80=2|", "35=D|" + header + "453=1|448=x|447=D|452=1|802=1|523=y|803=2|",
		"35=D|" + header + "453=999999999|448=x|", "35=8|627=1|628=H|" + header + "37=o|382=-1|375=x|", "35=n|" + header + "212=999999999|213=x|",
		"35=D|" + header + "44=1e999|38=-0|60=x|", "35=V|" + header + "262=1|263=1|264=0|267=1|269=0|146=1|55=A|",
		"35=E|" + header + "66=1|68=1|73=2|11=a|78=1|79=q|11=b|", "35=D|" + header + "93=3|89=abc|", "35=D|" + header + "93=3|89=abc|78=1|79=a|",
	} {
		f.Add(frame(body), true)
		f.Add([]byte(body), false)
	}
	f.Fuzz(func(t *testing.T, in []byte, whole bool) {
		if !whole { // let the fuzzer work on fields: the envelope is made for it
			in = frame(string(in))
		}
		scan := Scanner{AllowXML: len(in)%2 == 0}
		fr, n, v := scan.Scan(in)
		if v != nil || n == 0 {
			return
		}
		for _, d := range dictionaries() {
			parseStock(t, &fr, d)
		}
	})
}

// parseStock runs what quickfixgo runs on an inbound frame.
func parseStock(t *testing.T, fr *Frame, d *datadictionary.DataDictionary) {
	m := quickfix.NewMessage()
	if err := quickfix.ParseMessageWithDataDictionary(m, bytes.NewBuffer(bytes.Clone(fr.Bytes)), d, d); err != nil {
		return
	}
	if num, err := m.Header.GetInt(34); err != nil || num != fr.SeqNum {
		t.Fatalf("the guard read number %d, the parser %d (%v)", fr.SeqNum, num, err)
	}
	if kind, err := m.MsgType(); err != nil || kind != string(fr.Type) {
		t.Fatalf("the guard read type %q, the parser %q (%v)", fr.Type, kind, err)
	}
	settings := quickfix.ValidatorSettings{CheckFieldsOutOfOrder: true, RejectInvalidMessage: true, CheckFieldsHaveValues: true}
	_ = quickfix.NewValidator(settings, d, nil).Validate(m)
	for _, fields := range []quickfix.FieldMap{m.Header.FieldMap, m.Body.FieldMap, m.Trailer.FieldMap} {
		for _, tag := range fields.Tags() {
			_, _ = fields.GetInt(tag)
			_, _ = fields.GetString(tag)
			_, _ = fields.GetTime(tag)
			_, _ = fields.GetBool(tag)
			var q quickfix.FIXDecimal
			_ = fields.GetField(tag, &q)
			var fl quickfix.FIXFloat
			_ = fields.GetField(tag, &fl)
			_ = fields.GetGroup(quickfix.NewRepeatingGroup(tag, quickfix.GroupTemplate{quickfix.GroupElement(448), quickfix.GroupElement(447)}))
		}
	}
	_ = m.String()
	_ = m.ToMessage().Bytes()
}
