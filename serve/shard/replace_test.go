package shard

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/journal"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// counter is a venue that notes what it is asked: each request with the ClOrdID in its 41.
type counter struct {
	mu    sync.Mutex
	asked []string
}

func (x *counter) note(what, orig string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.asked = append(x.asked, what+" "+orig)
}

func (x *counter) Send(c *event.SendChild)                      { x.note("D", c.ClOrdID) }
func (x *counter) Cancel(c *event.CancelChild)                  { x.note("F", c.OrigClOrdID) }
func (x *counter) Replace(c *event.ReplaceChild)                { x.note("G", c.OrigClOrdID) }
func (x *counter) Query(*event.QueryChild)                      {}
func (x *counter) Report(_ uint64, _ *event.ReportParent)       {}
func (x *counter) Reject(_ uint64, _ *event.RejectRequest)      {}
func (x *counter) MassCanceled(uint64, *event.ReportMassCancel) {}
func (x *counter) has(want ...string) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	return slices.Equal(x.asked, want)
}

// resting is a shard with child 1 of a client's order P acknowledged at its venue.
func resting(t *testing.T, d *disk, x *counter) *Shard {
	cfg := Config{Engine: engineConfig(), Journal: journal.Config{Dir: "/j", SegmentBytes: 1 << 20, FS: d}}
	cfg.Engine.Venues[0].Caps |= market.CapReplace
	cfg.Engine.Tactics.PostClip = 10_000
	s, _, err := Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	s.Start(Outlets{Venues: x, Clients: x})
	b := market.Book{BidDepth: 1, AskDepth: 1}
	b.Bids[0], b.Asks[0] = market.Level{Price: 50 * market.Dollar, Size: 100_000}, market.Level{Price: 50*market.Dollar + 10_000, Size: 100_000}
	s.Market().Book(0, "ABC", &b)
	submit(t, s, &event.VenueUp{}, &event.ParentReceived{Client: "EMS", ClOrdID: "P", Terms: resTerms(1000)})
	await(t, "the order at its venue", func() bool { return x.has("D " + s.id(0)) })
	submit(t, s, &event.ChildSent{Child: 1}, &event.ChildAccepted{Child: 1, VenueOrderID: "V"})
	return s
}

func resTerms(qty market.Qty) order.Terms {
	return order.Terms{Symbol: "ABC", Side: market.Buy, Qty: qty, Type: order.Limit, Limit: 49 * market.Dollar}
}

// id is the ClOrdID of a request about child 1.
func (s *Shard) id(request uint32) string { return event.ClOrdID(s.instance, 1, request) }

func submit(t *testing.T, s *Shard, bodies ...event.Body) {
	t.Helper()
	for _, b := range bodies {
		if err := s.Submit(b); err != nil {
			t.Fatal(err)
		}
	}
}

// The kill path names what its venue accepted last, and a replace that may be in force too: the engine's answer to which of
// them holds is not waited for (JRN-05, ER-04).
func TestKillPathNamesTheNewestRequest(t *testing.T) {
	for _, accepted := range []bool{false, true} {
		d, x := newDisk(), &counter{}
		s := resting(t, d, x)
		submit(t, s, &event.ParentReplaceRequested{Client: "EMS", ClOrdID: "Q", OrigClOrdID: "P", Terms: resTerms(600)})
		await(t, "the replace", func() bool { return x.has("D "+s.id(0), "G "+s.id(0)) })
		want := []string{"D " + s.id(0), "G " + s.id(0), "F " + s.id(0), "F " + s.id(1)}
		if accepted {
			submit(t, s, &event.ChildReplaced{Child: 1, Request: 1, Qty: 600, Limit: 49 * market.Dollar, Leaves: 600})
			await(t, "its acceptance", func() bool {
				s.children.mu.Lock()
				defer s.children.mu.Unlock()
				return s.children.sent[1].accepted == 1
			})
			want = slices.Delete(want, 2, 3)
		}
		d.mu.Lock()
		d.last = d.ops
		d.mu.Unlock()
		_ = s.Submit(&event.ClientUp{Client: "EMS"}) // its record cannot be written
		select {
		case <-s.Failed():
		case <-time.After(20 * time.Second):
			t.Fatal("the failure was not noticed")
		}
		if diff := cmp.Diff(want, x.asked); diff != "" {
			t.Errorf("accepted %v (-want +got)\n%s", accepted, diff)
		}
		_ = s.Close()
	}
}

// The kill path withdraws what a bust brought back to its venue's book after it was filled (JRN-05, ER-20).
func TestKillPathTakesWhatABustBroughtBack(t *testing.T) {
	d, x := newDisk(), &counter{}
	s := resting(t, d, x)
	submit(t, s, &event.ChildExecuted{Child: 1, ExecID: "X", VenueOrderID: "V", Qty: 1000, Px: 49 * market.Dollar, Cum: 1000})
	works := func() bool {
		s.children.mu.Lock()
		defer s.children.mu.Unlock()
		return s.children.sent[1] != nil
	}
	await(t, "the fill", func() bool { return !works() })
	submit(t, s, &event.ExecutionBusted{Child: 1, ExecID: "B", RefExecID: "X"})
	await(t, "the bust", works)
	d.mu.Lock()
	d.last = d.ops
	d.mu.Unlock()
	_ = s.Submit(&event.ClientUp{Client: "EMS"}) // its record cannot be written
	select {
	case <-s.Failed():
	case <-time.After(20 * time.Second):
		t.Fatal("the failure was not noticed")
	}
	if want := []string{"D " + s.id(0), "F " + s.id(0)}; !x.has(want...) {
		t.Errorf("asked %q, want %q", x.asked, want)
	}
	_ = s.Close()
}

// A replace that the last gate refuses never left: the engine hears so, and what follows it names what it followed.
func TestRefusedReplaceIsPassedOver(t *testing.T) {
	x := &counter{}
	s := resting(t, newDisk(), x)
	s.gate.observe(&event.ChildDenied{Child: 1}, true) // the gate takes the child for ended
	submit(t, s, &event.ParentReplaceRequested{Client: "EMS", ClOrdID: "Q", OrigClOrdID: "P", Terms: resTerms(600)},
		&event.ParentCancelRequested{Client: "EMS", ClOrdID: "R", OrigClOrdID: "P"})
	await(t, "the cancel", func() bool { return x.has("D "+s.id(0), "F "+s.id(0)) })
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}
