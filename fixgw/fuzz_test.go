package fixgw

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/quickfixgo/quickfix"

	guard "github.com/sluice-sor/sluice/fixgw/wire"
	"github.com/sluice-sor/sluice/internal/event"
)

// fuzzMessage gives a message from arbitrary fields, nil if the guard would not let it pass: what the guard stops never
// reaches a decoder (GRD-12).
func fuzzMessage(version string, text []byte) *quickfix.Message {
	msgType, rest, _ := bytes.Cut(bytes.ReplaceAll(text, []byte("|"), []byte{1}), []byte{1})
	body := bytes.Join([][]byte{msgType, []byte("49=A\x0156=B\x0134=1\x0152=20231114-22:13:20"), rest}, []byte{1})
	body = append(bytes.TrimSuffix(body, []byte{1}), 1)
	raw := append([]byte("8="+version+"\x019="+strconv.Itoa(len(body))+"\x01"), body...)
	sum := 0
	for _, c := range raw {
		sum += int(c)
	}
	raw = fmt.Appendf(raw, "10=%03d\x01", sum%256)
	if _, n, violation := new(guard.Scanner).Scan(raw); n != len(raw) || violation != nil {
		return nil
	}
	m := quickfix.NewMessage()
	if quickfix.ParseMessage(m, bytes.NewBuffer(raw)) != nil {
		return nil
	}
	return m
}

// FuzzDecoders feeds every decoder with the same message: none panics, what is refused names a reason, and what is
// taken can be journaled.
func FuzzDecoders(f *testing.F) {
	for _, seed := range []string{
		plain, plain + "|847=1003|848=urgency=high; venues=DARKA,XBYX;end=20231114-20:00:00.500;|957=1|958=start|960=20231114-14:30:00",
		"35=F|11=a2|41=a1|55=AMZN|54=1", "35=G|41=a1|" + plain[5:], "35=H|11=a1|55=A|54=1", "35=q|11=1|530=7",
		reportOf("20=0|150=1|39=1|11={}" + fillTags), reportOf("150=F|39=1|11={}" + fillTags), reportOf("20=2|150=2|39=1|11={}|19=X8" + fillTags),
		own("35=9|11={2}|41={1}|37=NONE|39=8|434=2|102=1"), "35=8|17=1|150=F|39=2|136=2|137=1|138=USD|137=-0.5|12=1|13=3",
		"35=V|262=1|263=1|264=0|267=1|269=0|146=2|55=A|55=B", "35=W|55=A|268=2|269=0|270=1.5|271=100|272=20231114|273=10:00:00|269=2|270=1|271=1",
		"35=X|268=2|279=0|269=0|55=A|270=1.5|271=100|279=2|269=1|278=x", "35=f|55=A|326=2", "35=j|45=9|372=F|379=x|380=3",
		"35=q|11=m1|530=1|55=AMZN|54=2", "35=AF|584=s1|585=7", "35=Q|37=PIR1-7|17=EIR1-14|127=D|55=AMZN|54=1|32=100|31=10",
		own("35=r|11=IR1-0-7|37=V1|530=7|531=7|533=12|58=done"), "35=8|37=Q|17=1|150=F|39=1|11=XYZ|584=m|911=4|912=Y|424=9|32=1|31=1",
		plain + "|7007=REBAL|7008=349", plain + "|66=L|68=0", plain + "|7007=L|7008=4294967296",
		plain + "|453=1|448=F|447=D|452=1|1138=100|1084=1|1094=2",
	} {
		for v := range versions {
			f.Add([]byte(seed), byte(v))
		}
	}
	f.Fuzz(func(t *testing.T, text []byte, n byte) {
		v := versions[int(n)%len(versions)]
		m := fuzzMessage(v, text)
		if m == nil {
			return
		}
		fuzzClient(t, v, m)
		fuzzVenue(t, v, m)
		fuzzQuotes(m)
	})
}

func fuzzClient(t *testing.T, v string, m *quickfix.Message) {
	body, reply, reject := dialect(v).Decode("EMS", m)
	if set := b2i(body != nil) + b2i(reply != nil) + b2i(reject != nil); set != 1 {
		t.Fatalf("body %v, reply %v, reject %v: want exactly one", body, reply, reject)
	}
	journaled(t, body)
	if reply != nil && !strings.Contains(show(reply), "|58=tag ") {
		t.Fatalf("the refusal %s names no tag", show(reply))
	}
	if r, err := ReadExecutionReport(v, m); err == nil {
		_ = r.Message(v)
	}
	_, _ = ReadCancelReject(m)
	_ = readMassCancelReport(m)
}

func fuzzVenue(t *testing.T, v string, m *quickfix.Message) {
	body, err := profile(v).Decode(m, byOrderID)
	if body != nil && err != nil {
		t.Fatalf("both %v and %v", body, err)
	}
	journaled(t, body)
	r := newRoutes()
	r.add(child(12))
	if body != nil {
		r.learn(body)
	}
	o, reply, reject := ReadVenueOrder(v, m)
	if set := b2i(o != nil) + b2i(reply != nil) + b2i(reject != nil); set != 1 {
		t.Fatalf("order %v, reply %v, reject %v: want exactly one", o, reply, reject)
	}
}

func fuzzQuotes(m *quickfix.Message) {
	_, _ = readQuoteRequest(m)
	_, _, _ = readTrading(m)
	var l ladder
	_, full, entries, err := readQuotes(m)
	if err != nil {
		return
	}
	if l.full(nil); full {
		l.full(entries)
	}
	for i := range entries {
		l.change(&entries[i])
	}
	b := l.book(0, 0)
	_ = snapshotMessage("r", "A", bookEntries(&b, 0)).Bytes()
}

// journaled checks that an event can be written and read back.
func journaled(t *testing.T, body event.Body) {
	if body == nil {
		return
	}
	payload := event.Append(nil, body)
	if _, err := event.Decode(body.Kind(), payload); err != nil {
		t.Fatalf("%+v: %v", body, err)
	}
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}
