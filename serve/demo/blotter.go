package demo

import (
	"sync"

	"github.com/sluice-sor/sluice/fixgw"
)

// blotter is the EMS's side: what was sent, and what came back.
type blotter struct {
	mu       sync.Mutex
	logged   bool
	orders   []string // ClOrdIDs as sent
	finished map[string]fixgw.ExecutionReport
	chain    map[string]string // ClOrdID of a request -> the order's first
	reports  int
	refused  []string
}

func newBlotter() *blotter {
	return &blotter{finished: map[string]fixgw.ExecutionReport{}, chain: map[string]string{}}
}

func (b *blotter) sent(id string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.orders = append(b.orders, id)
	b.chain[id] = id
}

// Report implements fixgw.EMSHandler.
func (b *blotter) Report(r fixgw.ExecutionReport) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.reports++
	id := r.ClOrdID
	if r.OrigClOrdID != "" {
		id = r.OrigClOrdID
	}
	switch r.OrdStatus {
	case '2', '4', '8', 'C', '3':
		b.finished[id] = r
	}
}

// Rejected implements fixgw.EMSHandler: a cancel that came too late needs nothing.
func (b *blotter) Rejected(fixgw.CancelReject) {}

// Refused implements fixgw.EMSHandler.
func (b *blotter) Refused(clOrdID, text string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.refused = append(b.refused, clOrdID+": "+text)
	b.finished[clOrdID] = fixgw.ExecutionReport{}
}

// State implements fixgw.EMSHandler.
func (b *blotter) State(up bool, _ string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.logged = up
}

func (b *blotter) up() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.logged
}

func (b *blotter) isDone(id string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	_, ok := b.finished[id]
	return ok
}

func (b *blotter) done() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.finished)
}

// open gives the orders that are not finished.
func (b *blotter) open() (ids []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, id := range b.orders {
		if _, ok := b.finished[id]; !ok {
			ids = append(ids, id)
		}
	}
	return ids
}
