package talk

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// broker is us towards a client: R rows come from it, S rows must be what it hears.
type broker struct {
	t      *testing.T
	x      *exchange
	client *player // completes what the client says
	buys   bool    // the rows are those of the buy side
	late   *row    // a fill of a line that cannot hold, still to be made
	extra  int     // pending reports that the matrix leaves out: they are optional there
}

func newBroker(t *testing.T, first row) *broker {
	s := &script{name: first.matrix, with: []setting{{"limits.max_parent_shares", "50_000"}, {"venue.caps", "[status,post-only,replace]"}}}
	if first.matrix == "4.4-A.1.b" { // a day order of a client that wants to hear that it is done for the day
		s.with = append(s.with, setting{"client.day_end", "done-for-day"}, setting{"hours.zone", "UTC"}, setting{"hours.open", "00:00"}, setting{"hours.close", "23:00"})
	}
	stage := newEngineStage(t, s, matrixVersion(first.matrix), matrixVersion(first.matrix))
	b := &broker{t: t, x: &exchange{stage: stage}, client: newPlayer(stage, false)}
	if first.dir == "R" && first.msg == "NewOrder" || first.matrix == "4.3-7a" {
		return b
	}
	b.say(t, "D 11=X 38=10000")
	fail(t, b.x.ack())
	b.forget()
	if strings.Contains(first.extra, "fill 1000") {
		fail(t, b.x.fill(1000))
		b.forget()
	}
	return b
}

// matrixVersion is what a matrix speaks, as near as we have it.
func matrixVersion(matrix string) string {
	if strings.HasPrefix(matrix, "4.2") {
		return fix42
	}
	return fix44
}

func fail(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (b *broker) say(t *testing.T, text string) {
	t.Helper()
	fail(t, b.tell(text))
}

// tell is the client's word.
func (b *broker) tell(text string) error {
	words, err := split("client> " + text)
	if err != nil {
		return err
	}
	var l line
	if err := l.talk(words[0], words[1:]); err != nil {
		return err
	}
	m, err := b.client.spoken(&l)
	if err == nil {
		err = b.x.stage.say("client", m)
	}
	b.x.listen()
	return err
}

// forget forgets what the client heard so far.
func (b *broker) forget() { b.x.heard = nil }

func (b *broker) before(rows []row) []row { return crossed(rows) }

func (b *broker) play(r *row) error {
	if why := brokerNot[fmt.Sprint(r.matrix, " ", r.n)]; why != "" {
		if r.matrix == "4.2-D15" && r.execType == "F" { // the fill happens after the refusal, see play of line 4
			b.late = r
		}
		return errNotOurs(why)
	}
	if r.dir == "R" {
		return b.request(r)
	}
	if err := b.cause(r); err != nil {
		return err
	}
	if err := b.expect(r); err != nil || b.late == nil {
		return err
	}
	err := b.cause(b.late)
	b.late = nil
	b.forget()
	return err
}

// brokerNot are the lines that cannot hold when we are the broker.
var brokerNot = map[string]string{
	"4.2-D3 7":    "a cancel that was taken is carried on until nothing can fill any more; only a fill of everything refuses it (ER-07, DEF-16)",
	"4.2-D4 8":    "a cancel that was taken is carried on until nothing can fill any more; only a fill of everything refuses it (ER-07, DEF-16)",
	"4.2-D15 2":   "a replace that was taken is carried out, so one that ends refused was never pending; line 4 refuses it at receipt",
	"4.2-D15 3":   "as line 2: the fill is played by the line after the refusal",
	"5.0-C.1.b 3": "an increase is accepted at once: it waits for no venue, so no pending report comes (it is optional)",
	"5.0-C.1.b 4": "an increase is accepted at once, so no fill can meet it pending; this fill is played before it",
	"5.0-E.1.c 1": "we never change a client's quantity without being asked",
	"5.0-E.1.c 2": "as line 1",
	"5.0-E.1.c 3": "as line 1",
}

func (b *broker) request(r *row) error {
	b.forget()
	text := map[string]string{"NewOrder": "D", "CancelRequest": "F", "ReplaceRequest": "G"}[r.msg] + " 11=" + r.clOrdID
	if r.orig != "" {
		text += " 41=" + r.orig
	}
	qty := r.qty
	switch {
	case r.extra == "price change":
		text += " 44=49.10"
	case r.matrix == "4.2-D15" && r.clOrdID == "Y" && !b.buys:
		qty = "60000" // refused at receipt: more than a client may ask for
	case r.matrix == "5.0-C.1.b" && !b.buys:
		if err := b.x.fill(100); err != nil {
			return err
		}
		b.forget()
	}
	if err := b.tell(text + " 38=" + qty); err != nil {
		return err
	}
	if r.msg == "NewOrder" && r.matrix != "5.0-B.1.e" {
		return b.x.ack()
	}
	return nil
}

// cause makes the market do what leads to an S row.
func (b *broker) cause(r *row) error {
	switch {
	case r.alt && r.execType == "8":
		b.forget()
		return b.tell("D 11=Q 38=60000") // more than a client may ask for
	case r.matrix == "4.2-D3" && r.alt: // refused before it is pending: its id was used for another order
		*b = *newBroker(b.t, row{matrix: r.matrix})
		if err := b.tell("D 11=Y 38=100"); err != nil {
			return err
		}
		b.forget()
		return b.tell("F 11=Y 41=X")
	case r.msg == "CancelReject", r.execType == "0", r.execType == "6", r.execType == "E":
		return nil // what was asked says it by itself
	case r.execType == "F":
		var q int
		fmt.Sscan(r.last, &q)
		settled(b.x.stage, time.Second) // until what a replace freed is out again
		if err := b.x.ack(); err != nil {
			return err
		}
		return b.x.fill(q)
	case r.execType == "4" && r.orig == "":
		if err := b.x.stage.desk("cancel", "client", "X"); err != nil {
			return err
		}
		return b.x.confirm()
	case r.execType == "4", r.execType == "5":
		return b.x.confirm()
	case r.execType == "3":
		settled(b.x.stage, time.Hour) // the market closes at 23:00, 47 minutes after the stage begins
		return b.x.confirm()
	}
	return fmt.Errorf("nothing is known that causes %v", r)
}

// expect takes the next message that the client heard; pending reports that the matrix leaves out are passed over, and of
// several fills that make up one row the last is compared.
func (b *broker) expect(r *row) error {
	for len(b.x.heard) > 0 {
		got := b.x.heard[0].msg
		b.x.heard = b.x.heard[1:]
		if pending := got.get(150); (pending == "6" || pending == "E") && r.execType != pending {
			b.extra++
			continue
		}
		more := len(b.x.heard) > 0 && b.x.heard[0].msg.get(150) == "F"
		if r.execType == "F" && got.get(150) == "F" && more {
			continue
		}
		return compare(r, &got)
	}
	return fmt.Errorf("the client heard nothing")
}

// compare compares what a row says with what the client heard.
func compare(r *row, got *message) error {
	want := []field{{41, r.orig}, {39, r.status}}
	if !(r.alt && r.execType == "8") {
		want = append(want, field{11, r.clOrdID})
	}
	kind := "8"
	if r.msg == "CancelReject" {
		kind = "9"
	} else {
		want = append(want, field{150, r.execType}, field{14, r.cum}, field{151, r.leaves})
		if !(r.alt && r.execType == "8") {
			want = append(want, field{38, r.qty})
		}
	}
	if got.kind != kind {
		return fmt.Errorf("the client heard %v", got)
	}
	for _, f := range want {
		if is := got.get(f.tag); is != f.value {
			return fmt.Errorf("tag %d is %q, want %q: %v", f.tag, is, f.value, got)
		}
	}
	return nil
}
