package serve_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/quickfixgo/quickfix"

	"github.com/sluice-sor/sluice/fixgw"
	"github.com/sluice-sor/sluice/fixgw/session"
	"github.com/sluice-sor/sluice/fixgw/wire"
	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
)

// reader is a drop copy's other end.
type reader struct {
	mu  sync.Mutex
	got []fixgw.ExecutionReport
}

func (x *reader) Report(r fixgw.ExecutionReport) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.got = append(x.got, r)
}
func (x *reader) Rejected(fixgw.CancelReject) {}
func (x *reader) Refused(string, string)      {}
func (x *reader) State(bool, string)          {}

// ids gives the ExecIDs in the order in which they came.
func (x *reader) ids() (out []string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for i := range x.got {
		out = append(out, x.got[i].ExecID)
	}
	return out
}

// kept makes message stores that outlive their session.
type kept struct {
	made map[quickfix.SessionID]quickfix.MessageStore
}

// Create implements quickfix.MessageStoreFactory.
func (k *kept) Create(id quickfix.SessionID) (quickfix.MessageStore, error) {
	if s := k.made[id]; s != nil {
		return s, nil
	}
	s, err := quickfix.NewMemoryStoreFactory().Create(id)
	k.made[id] = s
	return s, err
}

// read logs on as a drop copy's reader.
func (r *foreignRig) read(t *testing.T, version, compID string, reset bool, numbers quickfix.MessageStoreFactory) (*reader, *fixgw.EMS) {
	t.Helper()
	x := &reader{}
	ems, err := fixgw.NewEMS(fixgw.EMSConfig{Common: fixgw.Common{Store: numbers}, Handler: x, Session: session.Config{BeginString: version,
		SenderCompID: compID + r.run, TargetCompID: "SOR" + r.run, ResetOnLogon: reset, Reconnect: 20 * time.Millisecond,
		Dial: wire.Dial{Address: r.router.ClientAddr().String(), BackoffMin: 5 * time.Millisecond, BackoffMax: 20 * time.Millisecond}}})
	must(t, err)
	t.Cleanup(ems.Close)
	must(t, ems.Start())
	return x, ems
}

// journaled gives the reports that the journal holds, of one client or of all.
func (r *foreignRig) journaled(t *testing.T, client string) (ids []string, shares market.Qty) {
	t.Helper()
	j := r.router.Shard().Journal()
	in := j.Read(0)
	defer in.Close()
	for upto := j.Durable(); ; {
		rec, err := in.Next(context.Background())
		must(t, err)
		if kind := event.Kind(rec.Type); kind == event.KindReportParent {
			body, err := event.Decode(kind, rec.Payload)
			must(t, err)
			if b := body.(*event.ReportParent); client == "" || b.Client == client {
				ids, shares = append(ids, event.ExecID(r.router.Shard().Instance(), b.ExecID)), shares+b.LastQty
			}
		}
		if rec.Seq >= upto {
			return ids, shares
		}
	}
}

func shares(x *reader) (sum market.Qty) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for i := range x.got {
		sum += x.got[i].LastQty
	}
	return sum
}

// DC-01: a drop copy reads what the clients got, to the share, with the same ids, marked as copies; one of a single client
// reads that one's. A reader that resets its numbers reads all of it again, and so does one that asks for it from 1.
func TestDropCopy(t *testing.T) {
	t.Parallel()
	r := newForeignRig(t, nextRun(), "")
	numbers := &kept{map[quickfix.SessionID]quickfix.MessageStore{}}
	all, ems := r.read(t, fixgw.FIX44, "COPYA", false, numbers)
	one, _ := r.read(t, fixgw.FIX50SP2, "COPYB", true, quickfix.NewMemoryStoreFactory())
	for _, version := range []string{"FIX.4.4", "FIX.4.2"} {
		d := r.desk(t, version)
		r.quoted(t, d)
		d.send(t, "D", "A1", "38", "300", "40", "1", "59", "0")
		d.report(t, "A1", "2")
	}
	want, total := r.journaled(t, "")
	eventually(t, "every report is copied", func() bool { return len(all.ids()) >= len(want) })
	if got := all.ids(); !slices.Equal(got, want) || shares(all) != total || total < 600 {
		t.Errorf("got %d shares in %v\nwant %d in %v", shares(all), got, total, want)
	}
	for i := range all.got {
		if c := &all.got[i]; !c.Copy || c.Seq == 0 || c.Client != "OMS44" && c.Client != "OMS42" {
			t.Errorf("report %s is not marked as a copy: %+v", c.ExecID, c)
		}
	}
	wantOne, totalOne := r.journaled(t, "OMS44")
	eventually(t, "its reports are copied", func() bool { return len(one.ids()) >= len(wantOne) })
	if got := one.ids(); !slices.Equal(got, wantOne) || shares(one) != totalOne {
		t.Errorf("got %d shares in %v\nwant %d in %v", shares(one), got, totalOne, wantOne)
	}

	id := ems.Session().ID()
	ems.Close()
	must(t, numbers.made[id].SetNextTargetMsgSeqNum(1))
	again, second := r.read(t, fixgw.FIX44, "COPYA", false, numbers)
	eventually(t, "all of it is resent from 1", func() bool { return len(again.ids()) >= len(want) })
	if got := again.ids(); !slices.Equal(got, want) {
		t.Errorf("resent: got %v\nwant %v", got, want)
	}
	second.Close()
	anew, _ := r.read(t, fixgw.FIX44, "COPYA", true, quickfix.NewMemoryStoreFactory())
	eventually(t, "all of it is sent anew after a reset", func() bool { return len(anew.ids()) >= len(want) })
	if got := anew.ids(); !slices.Equal(got, want) {
		t.Errorf("after a reset: got %v\nwant %v", got, want)
	}
}
