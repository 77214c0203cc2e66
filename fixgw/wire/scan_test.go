package wire

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"
)

// frame builds a valid frame from body fields written with | for SOH, after
// 8 and 9; it adds 10.
func frame(body string) []byte {
	body = strings.ReplaceAll(body, "|", "\x01")
	b := []byte("8=FIX.4.4\x019=" + strconv.Itoa(len(body)) + "\x01" + body)
	return append(b, fmt.Sprintf("10=%03d\x01", checkSum(b))...)
}

const (
	header = "49=A|56=B|34=7|52=20260102-10:00:00.000|"
	order  = "35=D|" + header + "11=c1|55=IBM|54=1|38=100|40=2|44=1.5|60=20260102-10:00:00.000|"
	report = "35=8|" + header + "37=o1|17=e1|150=F|39=1|55=IBM|54=1|38=300|32=100|31=1.5|151=200|14=100|6=1.5|"
)

func TestScanAcceptsValidFrames(t *testing.T) {
	for name, body := range map[string]string{
		"order":     order,
		"report":    report,
		"heartbeat": "35=0|" + header,
		"logon":     "35=A|" + header + "98=0|108=30|141=N|95=5|96=abcde|553=u|554=p|",
		"signature": "35=D|" + header + "11=c1|93=3|89=xyz|",
		"groups":    "35=D|" + header + "11=c1|78=2|79=a|80=1|79=b|80=2|",
		"equals":    "35=D|" + header + "11=c1|58=a=b=c|",
	} {
		b := frame(body)
		f, n, v := new(Scanner).Scan(append(b[:len(b):len(b)], "8=FIX"...))
		if v != nil || n != len(b) {
			t.Errorf("%s: got length %d, %v; want %d", name, n, v, len(b))
			continue
		}
		if f.SeqNum != 7 || string(f.Sender) != "A" || string(f.Target) != "B" {
			t.Errorf("%s: header %+v", name, f)
		}
		for i := range b {
			if _, n, v := new(Scanner).Scan(b[:i]); n != 0 || v != nil {
				t.Fatalf("%s: prefix of %d bytes: got %d, %v; want more", name, i, n, v)
			}
		}
	}
}

func TestScanFillsTheFrame(t *testing.T) {
	f, _, v := new(Scanner).Scan(frame("35=4|43=Y|" + header + "123=Y|36=99|"))
	if v != nil {
		t.Fatal(v)
	}
	if !f.PossDup || !f.GapFill || f.NewSeqNo != 99 || !f.Admin() || !f.Is("4") {
		t.Errorf("got %+v", f)
	}
	f, _, _ = new(Scanner).Scan(frame("35=A|" + header + "98=0|108=30|141=Y|"))
	if f.HeartBtInt != 30 || !f.Reset {
		t.Errorf("logon: got %+v", f)
	}
	f, _, _ = new(Scanner).Scan(frame(order))
	if f.Admin() {
		t.Error("an order is no session message")
	}
}

// Each rule has frames that break it and nothing else (GRD-02..05).
func TestScanRefuses(t *testing.T) {
	raw := func(s string) []byte { return []byte(strings.ReplaceAll(s, "|", "\x01")) }
	edit := func(b []byte, from, to string) []byte { return bytes.Replace(b, raw(from), raw(to), 1) }
	tests := []struct {
		name string
		in   []byte
		rule Rule
	}{
		{"garbage", raw("hello"), RuleBegin},
		{"other version", raw("8=FIX.5.0|9=5|35=0|"), RuleBegin},
		{"no 9", raw("8=FIX.4.4|35=D|"), RuleBegin},
		{"35 not third", raw("8=FIX.4.4|9=50|34=1|"), RuleBegin},
		{"long type", frame("35=ABCDE|" + header), RuleBegin},
		{"length empty (QF-01)", raw("8=FIX.4.4|9=|35=D|"), RuleLength},
		{"length negative", raw("8=FIX.4.4|9=-5|35=D|"), RuleLength},
		{"length overflows (QF-01)", raw("8=FIX.4.4|9=119999999999999999970|35=D|"), RuleLength},
		{"length of 2e9 (QF-02)", raw("8=FIX.4.4|9=2000000000|35=D|"), RuleLength},
		{"oversize", raw("8=FIX.4.4|9=65530|35=D|"), RuleOversize},
		{"length into the next frame", append(edit(frame(order), "|9=1", "|9=2"), frame(order)...), RuleLanding},
		{"length one less", raw("8=FIX.4.4|9=5|35=D||10=000|"), RuleLanding},
		{"checksum", edit(frame(report), "32=100", "32=900"), RuleCheckSum}, // QF-03
		{"checksum letters", edit(frame(order), "10=", "10=x"), RuleCheckSum},
		{"second 10", frame(order + "10=123|"), RuleTrailer},
		{"tag zero", frame(order + "01=x|"), RuleTag},
		{"tag empty", frame(order + "=x|"), RuleTag},
		{"tag 7 digits (QF-04)", frame(order + "1234567=x|"), RuleTag},
		{"tag letters", frame(order + "a1=x|"), RuleTag},
		{"no equals", frame(order + "58|"), RuleTag},
		{"negative tag", frame(order + "-5=x|"), RuleTag},
		{"empty field", frame(order + "58=|"), RuleEmpty},
		{"empty seqnum (QF-01)", frame("35=D|49=A|56=B|34=|52=x|"), RuleEmpty},
		{"seqnum letters", frame("35=D|49=A|56=B|34=1x|52=x|"), RuleInteger},
		{"seqnum overflows", frame("35=D|49=A|56=B|34=9999999999|52=x|"), RuleInteger},
		{"seqnum zero", frame("35=D|49=A|56=B|34=0|52=x|"), RuleInteger},
		{"new seqno negative", frame("35=4|" + header + "36=-1|"), RuleInteger},
		{"possdup", frame("35=D|43=maybe|" + header), RuleFlag},
		{"no seqnum", frame("35=D|49=A|56=B|52=x|"), RuleMissing},
		{"no sender", frame("35=D|34=1|56=B|52=x|"), RuleMissing},
		{"no time", frame("35=D|34=1|49=A|56=B|"), RuleMissing},
		{"two LastQty (QF-04)", frame(report + "32=900|"), RuleRepeat},
		{"two ClOrdID", frame(order + "11=c2|"), RuleRepeat},
		{"two seqnums", frame("35=0|" + header + "34=8|"), RuleRepeat},
		{"second 9", frame(order + "9=5|"), RuleRepeat},
		{"second 8", frame(order + "8=FIX.4.2|"), RuleRepeat},
		{"data without its field", frame(order + "95=4|58=abcd|"), RuleData},
		{"data short", frame(order + "95=3|96=abcd|"), RuleData},
		{"data with a field inside (QF-04)", frame(report + "95=10|96=abc|32=900|"), RuleData},
		{"data without length", frame(order + "96=abcd|"), RuleData},
		{"length last", frame(order + "95=4|"), RuleData},
		{"data length no number", frame(order + "95=x|96=abcd|"), RuleData},
		{"xml length (QF-01)", frame(order + "212=999999999|213=x|"), RuleXMLData},
		{"xml data type", frame("35=n|" + header), RuleXMLData},
	}
	for _, tt := range tests {
		_, n, v := (&Scanner{Offset: 1000}).Scan(tt.in)
		if v == nil {
			t.Errorf("%s: got length %d and no violation, want %s", tt.name, n, tt.rule)
			continue
		}
		if v.Rule != tt.rule || n != 0 {
			t.Errorf("%s: got %s (length %d), want %s", tt.name, v.Rule, n, tt.rule)
		}
		if v.Offset < 1000 || v.Offset > 1000+int64(len(tt.in)) {
			t.Errorf("%s: offset %d is outside the frame", tt.name, v.Offset)
		}
	}
}

// A frame is refused as soon as it cannot become valid, not when it is whole.
func TestScanRefusesEarly(t *testing.T) {
	for _, in := range []string{"9", "8=FIX.4.9", "8=FIX.4.4\x019=99999", "8=FIX.4.4\x019=100\x0134"} {
		if _, _, v := new(Scanner).Scan([]byte(in)); v == nil && in != "8=FIX.4.4\x019=99999" {
			t.Errorf("%q: no violation yet", in)
		}
	}
	if _, _, v := new(Scanner).Scan([]byte("8=FIX.4.4\x019=99999\x01")); v == nil || v.Rule != RuleOversize {
		t.Errorf("oversize: got %v before the body", v)
	}
}

func TestScanXMLByProfile(t *testing.T) {
	s := &Scanner{AllowXML: true}
	if _, n, v := s.Scan(frame(order + "212=3|213=xml|")); v != nil || n == 0 {
		t.Errorf("212/213 by profile: %v", v)
	}
	if _, _, v := s.Scan(frame(order + "212=999999999|213=xml|")); v == nil || v.Rule != RuleData {
		t.Errorf("212 that does not fit: got %v, want %s", v, RuleData)
	}
}

// A valid frame costs no allocation.
func TestScanAllocatesNothing(t *testing.T) {
	b := frame(report)
	s := new(Scanner)
	if n := testing.AllocsPerRun(100, func() { s.Scan(b) }); n != 0 {
		t.Errorf("got %v allocations, want 0", n)
	}
}

func TestReaderCutsAStream(t *testing.T) {
	long := frame(order + "58=" + strings.Repeat("x", 60_000) + "|")
	stream := bytes.Join([][]byte{frame(order), frame(report), long, frame("35=0|" + header)}, nil)
	want := []string{"D", "8", "D", "0"}
	for name, src := range map[string]io.Reader{
		"whole":  bytes.NewReader(stream),
		"bytes":  iotest.OneByteReader(bytes.NewReader(stream)),
		"halves": iotest.HalfReader(bytes.NewReader(stream)),
	} {
		r := NewReader(src, Scanner{})
		for i, w := range want {
			f, err := r.Next()
			if err != nil || !f.Is(w) {
				t.Fatalf("%s: frame %d: got %q, %v; want %s", name, i, f.Type, err, w)
			}
		}
		if _, err := r.Next(); err != io.EOF {
			t.Errorf("%s: got %v at the end, want EOF", name, err)
		}
		if len(r.buf) > MaxFrame {
			t.Errorf("%s: buffer of %d bytes, limit %d", name, len(r.buf), MaxFrame)
		}
	}
}

func TestReaderReportsTheStreamOffset(t *testing.T) {
	good := frame(order)
	r := NewReader(bytes.NewReader(append(append([]byte{}, good...), "8=FIX.4.4\x019=x"...)), Scanner{})
	if _, err := r.Next(); err != nil {
		t.Fatal(err)
	}
	var v *Violation
	if _, err := r.Next(); !errors.As(err, &v) || v.Offset != int64(len(good)+12) {
		t.Errorf("got %v, want a violation at byte %d", err, len(good)+12)
	}
	r = NewReader(bytes.NewReader(good[:20]), Scanner{})
	if _, err := r.Next(); err != io.ErrUnexpectedEOF {
		t.Errorf("cut frame: got %v", err)
	}
}

// No secret appears in what is logged, in whole and in broken frames (CB-05).
func TestRedact(t *testing.T) {
	for in, want := range map[string]string{
		"35=A\x01554=hunter2\x01925=new\x0195=3\x0196=raw\x0110=1\x01": "35=A|554=***|925=***|95=3|96=***|10=1|",
		"196=5\x011554=keep\x01":                    "196=5|1554=keep|",
		"554=a|b\x0158=x\x01":                       "554=***|58=x|",
		`Msg Parse Error: "35=A\x01554=pw\x0158=x"`: `Msg Parse Error: "35=A\x01554=***\x0158=x"`,
		"broken\x02554=secret":                      "broken?554=***",
		"plain text":                                "plain text",
	} {
		if got := Redact([]byte(in)); got != want {
			t.Errorf("Redact(%q) = %q, want %q", in, got, want)
		}
	}
}

func BenchmarkScan(b *testing.B) {
	msg := frame(report)
	s := new(Scanner)
	b.SetBytes(int64(len(msg)))
	b.ReportAllocs()
	for b.Loop() {
		if _, _, v := s.Scan(msg); v != nil {
			b.Fatal(v)
		}
	}
}
