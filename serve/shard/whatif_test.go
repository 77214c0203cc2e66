package shard

import (
	"context"
	"strings"
	"testing"

	"github.com/sluice-sor/sluice/internal/market"
)

// TestReconsider is OPS-05: under its own configuration every decision of a journal comes out the same, under a tighter limit
// the orders beyond it are refused, and under one that the journal cannot go on with nothing is said but why.
func TestReconsider(t *testing.T) {
	dir := t.TempDir()
	s, _ := open(t, dir)
	x := run(t, s, 0, 20)
	await(t, "20 filled parents", func() bool { return x.finals() == 20 })
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	x.close()

	own := engineConfig()
	w, err := Reconsider(context.Background(), dir, own, 1000)
	if err != nil {
		t.Fatal(err)
	}
	if w.Compared < 20 || w.Same != w.Compared || len(w.Examples) > 0 || w.Compared != w.Decisions {
		t.Errorf("under its own configuration: %s", w.Text())
	}
	if v := w.Venues["LX"]; v.Shares != 20_000 || v.OtherShares != v.Shares || v.Children != v.OtherChildren {
		t.Errorf("under its own configuration LX is sent %+v", v)
	}

	tight := engineConfig()
	tight.Limits.Version, tight.Limits.MaxParentQty = "tight", 999
	if w, err = Reconsider(context.Background(), dir, tight, 1000); err != nil {
		t.Fatal(err)
	}
	if w.Refused != 20 || w.Accepted != 0 || w.Venues["LX"].Shares != 20_000 || w.Venues["LX"].OtherShares != 0 {
		t.Errorf("under a tighter limit: %s", w.Text())
	}
	if len(w.Examples) == 0 || !strings.HasPrefix(w.Examples[0].Is, "refused: RISK-02") || !strings.Contains(w.Text(), "20 orders that were taken would be refused") {
		t.Errorf("under a tighter limit: %s", w.Text())
	}

	if w, err = Reconsider(context.Background(), dir, tight, 5); err != nil || w.Compared < 1 || w.Compared > 5 || w.Decisions < 20 {
		t.Errorf("5 at most: %+v, %v", w, err)
	}

	other := engineConfig()
	other.Venues[0].Name = "OTHER"
	if _, err = Reconsider(context.Background(), dir, other, 5); err == nil || !strings.Contains(err.Error(), "keep the order of venues") {
		t.Errorf("other venues: got %v", err)
	}
	more := engineConfig()
	more.Venues = append(more.Venues, market.Venue{Name: "NEW", MIC: "XNEW", Type: market.Lit, Fees: own.Venues[0].Fees, History: own.Venues[0].History})
	if w, err = Reconsider(context.Background(), dir, more, 5); err != nil || w.Compared == 0 {
		t.Errorf("one more venue: %+v, %v", w, err)
	}
}
