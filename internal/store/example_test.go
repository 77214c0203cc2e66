package store_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/internal/store"
)

// A projection goes on at its watermark, applies what the journal has, and reads back whole parents.
func Example() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "store")
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	st, err := store.Open(ctx, filepath.Join(dir, "sluice.db"))
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = st.Close() }()

	journal := []store.Record{
		{Seq: 1, Body: &event.RecordParent{Parent: order.Parent{ID: 1, Client: "EMS1", State: order.New,
			Terms: order.Terms{Symbol: "AMZN", Side: market.Buy, Qty: 500}}}},
		{Seq: 2, Body: &event.RecordExecution{Symbol: "AMZN", Side: market.Buy, ExecID: 1, Exec: order.Execution{Parent: 1, Qty: 200,
			Px: 310 * market.Dollar, Key: order.ExecKey{Venue: 1, Date: 20131007, ExecID: "T1", OrderID: "O1"}}}},
	}
	src := store.Source{Projection: "main", Instance: 1_381_152_600}
	for range 2 { // the second time changes nothing
		if err := st.Apply(ctx, src, journal, 2); err != nil {
			log.Fatal(err)
		}
	}
	mark, err := st.Watermark(ctx, src)
	if err != nil {
		log.Fatal(err)
	}
	open, err := st.Parents(ctx, store.ParentFilter{Symbol: "AMZN", Open: true})
	if err != nil {
		log.Fatal(err)
	}
	d, err := st.Dossier(ctx, store.KeyOf(open[0]))
	if err != nil {
		log.Fatal(err)
	}
	x := d.Executions[0].Body.Exec
	fmt.Println("watermark", mark)
	fmt.Println(len(d.Executions), "execution:", x.Qty, "at", x.Px)
	// Output:
	// watermark 2
	// 1 execution: 200 at 310.00
}
