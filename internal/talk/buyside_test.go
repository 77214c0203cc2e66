package talk

import (
	"fmt"
	"strings"
	"testing"
)

// buySide is us towards a venue: R rows are what it must hear from us, S rows are said to us word for word, and our book
// of the order must then say the same.
type buySide struct {
	broker
	ids map[string]string // our 11s by the matrix's
}

func newBuySide(t *testing.T, first row) *buySide {
	s := &script{name: first.matrix, with: []setting{{"venue.caps", "[status,post-only,replace]"}}}
	stage := newEngineStage(t, s, matrixVersion(first.matrix), matrixVersion(first.matrix))
	b := &buySide{broker: broker{t: t, buys: true, x: &exchange{stage: stage}, client: newPlayer(stage, false)}, ids: map[string]string{}}
	if first.dir == "R" && first.msg == "NewOrder" {
		return b
	}
	b.say(t, "D 11=X 38=10000")
	b.ids["X"] = b.x.orders[0].first
	if first.matrix == "4.3-7a" {
		return b
	}
	fail(t, b.x.ack())
	if strings.Contains(first.extra, "fill 1000") {
		fail(t, b.x.fill(1000))
	}
	return b
}

func (b *buySide) before(rows []row) []row { return rows }

func (b *buySide) play(r *row) error {
	if why := buySideNot[fmt.Sprint(r.matrix, " ", r.n)]; why != "" {
		return errNotOurs(why)
	}
	if r.dir == "R" {
		return b.request(r)
	}
	return b.told(r)
}

// buySideNot are the lines that cannot hold when we are the buy side.
var buySideNot = map[string]string{
	"4.2-D15 6":   "a child whose replace the venue refused is withdrawn instead, so that what must shrink shrinks (ER-07)",
	"4.2-D15 7":   "as line 6",
	"4.2-D15 8":   "as line 6",
	"4.2-D15 9":   "as line 6",
	"5.0-C.1.b 2": "what a client adds goes out as a child of its own, when and where it is best: no child is made larger in place (RACE-04)",
	"5.0-C.1.b 3": "as line 2",
	"5.0-C.1.b 4": "as line 2",
	"5.0-C.1.b 5": "as line 2",
	"5.0-C.1.b 6": "as line 2",
	"4.4-A.1.b 3": "151=0 of a day order that is done for the day is kept as reserved until the day ends: it may be restated (ER-11)",
}

// request makes us say an R row: the client asks for what leads to it.
func (b *buySide) request(r *row) error {
	b.x.asked = nil
	if err := b.broker.request(r); err != nil {
		return err
	}
	if r.msg == "NewOrder" {
		b.ids[r.clOrdID] = b.x.orders[0].first
		return nil
	}
	if len(b.x.asked) == 0 {
		return fmt.Errorf("the venue was asked nothing")
	}
	got := b.x.asked[0]
	b.ids[r.clOrdID] = got.get(11)
	kind := map[string]string{"CancelRequest": "F", "ReplaceRequest": "G"}[r.msg]
	if got.kind != kind || got.get(41) != b.ids[r.orig] || kind == "G" && got.get(38) != r.qty {
		return fmt.Errorf("the venue was asked %v; want %s of %q to %s", got, kind, b.ids[r.orig], r.qty)
	}
	return nil
}

// told says an S row and looks into our book.
func (b *buySide) told(r *row) error {
	o := b.x.orders[0]
	o.acked = true
	m := message{kind: "8"}
	m.fill(11, b.ids[r.clOrdID], 41, b.ids[r.orig], 39, r.status)
	if r.msg == "CancelReject" {
		m.kind = "9"
		m.fill(37, "O-"+o.first, 434, "1", 102, map[bool]string{true: "1", false: "0"}[r.matrix == "4.3-7a"], 60, transactTime)
	} else {
		b.x.execs++
		m.fill(150, r.execType, 37, "O-"+o.first, 17, fmt.Sprint("T", b.x.execs), 38, r.qty, 14, r.cum, 151, r.leaves, 54, "1", 55, symbol, 6, "0", 60, transactTime)
		if r.last != "" && r.last != "0" {
			m.fill(32, r.last, 31, "49")
		}
	}
	if err := b.x.stage.say(o.venue, m); err != nil {
		return err
	}
	b.x.listen()
	return b.booked(r)
}

// booked compares our book of the order with a row.
func (b *buySide) booked(r *row) error {
	got, err := b.x.stage.child(b.ids["X"])
	if err != nil {
		return err
	}
	state, asked := r.status, got.get(434)
	switch r.status {
	case "6", "E": // pending is a fact beside the state
		if want := map[string]string{"6": "1", "E": "2"}[r.status]; asked != want {
			return fmt.Errorf("434 of our book is %q, want %q: %v", asked, want, got)
		}
		if state = "0"; r.cum != "0" {
			state = "1"
		}
	default:
		refused := r.msg == "CancelReject" && asked == map[bool]string{true: "2", false: "1"}[r.matrix == "4.2-D15" || r.matrix == "4.2-D9"]
		if refused || (r.execType == "4" || r.execType == "5") && asked != "" {
			return fmt.Errorf("our book still waits for an answer (434=%s): %v", asked, got)
		}
	}
	want := []field{{39, state}, {38, r.qty}, {14, r.cum}, {151, r.leaves}}
	if r.matrix == "4.3-7a" { // unknown there: in doubt, and nothing is freed (RACE-06)
		want = []field{{58, "in doubt"}, {151, "10000"}}
	}
	for _, f := range want {
		if is := got.get(f.tag); is != f.value && f.value != "" {
			return fmt.Errorf("our book has %d=%q, want %q: %v", f.tag, is, f.value, got)
		}
	}
	return nil
}
