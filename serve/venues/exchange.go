package venues

import (
	"context"
	"io"
	"log/slog"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/sluice-sor/sluice/fixgw"
	fixstore "github.com/sluice-sor/sluice/fixgw/store"
	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/journal"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/sim"
)

// publishEvery is the shortest time between two books of one venue and symbol: a feed conflates like a real one's
// slow consumers do.
const publishEvery = 2 * time.Millisecond

// client is whose orders a session's are: one router a venue session.
const client = "ROUTER"

// Exchange is the running market with its FIX side.
type Exchange struct {
	log    *slog.Logger
	market *sim.Market
	server *fixgw.VenueServer
	names  []string // by VenueID
	mics   []string
	start  market.Time
	began  time.Time
	speed  float64
	limits []string // what the recordings cannot answer

	requests chan func()
	books    []pending
	flushed  time.Time
	nextID   uint64
	done     sync.WaitGroup
	stop     context.CancelFunc
	onFill   func(*sim.Report)
	truth    io.Writer         // nil = not told; the market's goroutine's
	journal  *journal.Journal  // of the sessions; nil = in memory
	sessions *fixstore.Factory // over journal
}

// pending is a book that changed since the last publication.
type pending struct {
	venue  market.VenueID
	symbol market.Symbol
	book   market.Book
}

// Start lets the market run and serves its sessions.
func (x *Exchange) Start() error {
	ctx, cancel := context.WithCancel(context.Background())
	x.stop = cancel
	x.began = time.Now()
	x.tell(&Truth{What: "start", At: x.start, Wall: market.Time(x.began.UnixNano())})
	x.done.Add(1)
	go func() {
		defer x.done.Done()
		x.run(ctx)
	}()
	return x.server.Start()
}

// Addr is where routers connect.
func (x *Exchange) Addr() net.Addr { return x.server.Addr() }

// Limits says, for each recording, what it cannot answer.
func (x *Exchange) Limits() []string { return x.limits }

// Close logs everybody out and stops the market.
func (x *Exchange) Close() {
	x.server.Close()
	if x.stop != nil {
		x.stop()
	}
	x.done.Wait()
	x.tellOrders()
	x.closeStore()
}

// virtual is the market's time now.
func (x *Exchange) virtual() market.Time {
	return x.start.Add(int64(float64(time.Since(x.began)) * x.speed))
}

// run owns the market: it handles what came in, runs what is due, publishes, and sleeps until the next thing is due.
func (x *Exchange) run(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		x.market.Advance(x.virtual())
		x.publish(false)
		if !timer.Stop() {
			select {
			case <-timer.C:
			default:
			}
		}
		timer.Reset(x.untilNext())
		select {
		case <-ctx.Done():
			return
		case f := <-x.requests:
			x.market.Advance(x.virtual())
			f()
			x.drain()
		case <-timer.C:
		}
	}
}

// drain handles everything that already waits.
func (x *Exchange) drain() {
	for {
		select {
		case f := <-x.requests:
			f()
		default:
			return
		}
	}
}

func (x *Exchange) untilNext() time.Duration {
	wait := 20 * time.Millisecond
	if at, ok := x.market.Next(); ok {
		wait = min(wait, time.Duration(float64(at.Sub(x.virtual()))/x.speed))
	}
	if len(x.books) > 0 {
		wait = min(wait, publishEvery)
	}
	return max(wait, 200*time.Microsecond)
}

// Request implements fixgw.VenueHandler.
func (x *Exchange) Request(venue string, o *fixgw.VenueOrder) {
	id, came := x.id(venue), wall()
	x.requests <- func() {
		x.tellCancel(venue, o, came)
		x.request(id, o)
	}
}

// Watch implements fixgw.VenueHandler: a new subscriber gets the books as they are.
func (x *Exchange) Watch(venue string, symbol market.Symbol, on bool) {
	id := x.id(venue)
	if !on {
		return
	}
	x.requests <- func() {
		b := x.market.Book(id, symbol)
		x.onBook(id, symbol, &b)
	}
}

// Connected implements fixgw.VenueHandler.
func (x *Exchange) Connected(venue string, up bool) {
	x.log.Info("venue session", "venue", venue, "up", up)
}

func (x *Exchange) id(venue string) market.VenueID {
	return market.VenueID(slices.Index(x.names, venue)) // the server only names venues that it was given
}

func (x *Exchange) request(v market.VenueID, o *fixgw.VenueOrder) {
	switch o.Kind {
	case fixgw.RequestOrder:
		x.market.Submit(v, sim.Order{Client: client, ClOrdID: o.ClOrdID, Symbol: o.Symbol, Side: o.Side, Type: o.Type, TIF: o.TIF,
			Qty: o.Qty, Limit: o.Limit, MinQty: o.MinQty, Display: o.Display, Hidden: o.Hidden, PostOnly: o.PostOnly, ExpireAt: o.ExpireAt})
	case fixgw.RequestCancel:
		x.market.Cancel(v, sim.CancelRequest{Client: client, ClOrdID: o.ClOrdID, OrigClOrdID: o.OrigClOrdID})
	case fixgw.RequestReplace:
		x.market.Replace(v, sim.ReplaceRequest{Client: client, ClOrdID: o.ClOrdID, OrigClOrdID: o.OrigClOrdID, Qty: o.Qty,
			Limit: o.Limit, MinQty: o.MinQty, Display: o.Display})
	case fixgw.RequestStatus:
		x.market.Status(v, sim.StatusRequest{Client: client, ClOrdID: o.ClOrdID})
	case fixgw.RequestCancelAll:
		x.cancelAll(v, o)
	case fixgw.RequestMassStatus:
		x.statusAll(v, o)
	case fixgw.RequestQuestion:
		x.log.Warn("the router does not know a trade", "venue", x.names[v], "order", o.VenueOrderID, "execution", o.ExecID)
	}
}

// matching gives a client's working orders that a mass request is about.
func (x *Exchange) matching(v market.VenueID, o *fixgw.VenueOrder) (out []sim.OrderTruth) {
	for _, t := range x.market.Truth(v) {
		if t.Client == client && !t.State.Done() && (o.Symbol == "" || o.Symbol == t.Symbol) && (o.Side == 0 || o.Side == t.Side) {
			out = append(out, t)
		}
	}
	return out
}

// cancelAll cancels the orders that a q names and says how many; each gives its own report.
func (x *Exchange) cancelAll(v market.VenueID, o *fixgw.VenueOrder) {
	orders := x.matching(v, o)
	for i := range orders {
		x.market.CancelUnsolicited(v, client, orders[i].ClOrdID)
	}
	scope := byte(event.CancelAll)
	if o.Symbol != "" {
		scope = event.CancelSymbol
	}
	r := &fixgw.MassCancelReport{ClOrdID: o.ClOrdID, Scope: scope, Response: scope, Affected: uint32(len(orders)), At: wall()}
	x.logged(v, x.server.MassReport(x.names[v], r))
}

// statusAll answers an AF: a status for each order, or that there is none.
func (x *Exchange) statusAll(v market.VenueID, o *fixgw.VenueOrder) {
	orders := x.matching(v, o)
	if len(orders) == 0 {
		x.logged(v, x.server.Report(x.names[v], &fixgw.ExecutionReport{OrderID: "NONE", ExecID: "0", ExecType: 'I', OrdStatus: '8', MassReqID: o.ClOrdID,
			Last: true, Text: "no orders", At: wall()}))
	}
	for i := range orders {
		t := &orders[i]
		x.logged(v, x.server.Report(x.names[v], &fixgw.ExecutionReport{OrderID: t.OrderID, ClOrdID: t.ClOrdID, ExecID: "0", ExecType: 'I',
			OrdStatus: t.State.FIX(), Symbol: t.Symbol, Side: t.Side, Qty: t.Qty, Cum: t.Cum, Leaves: t.Leaves, AvgPx: t.AvgPx,
			MassReqID: o.ClOrdID, Total: uint32(len(orders)), Last: i == len(orders)-1, At: wall()}))
	}
}

func (x *Exchange) logged(v market.VenueID, err error) {
	if err != nil {
		x.log.Error("report has no session", "venue", x.names[v], "error", err)
	}
}

// onBook keeps the newest book until it is published.
func (x *Exchange) onBook(v market.VenueID, s market.Symbol, b *market.Book) {
	for i := range x.books {
		if p := &x.books[i]; p.venue == v && p.symbol == s {
			p.book = *b
			return
		}
	}
	x.books = append(x.books, pending{v, s, *b})
}

func (x *Exchange) publish(now bool) {
	if len(x.books) == 0 || (!now && time.Since(x.flushed) < publishEvery) {
		return
	}
	for i := range x.books {
		x.server.Publish(x.names[x.books[i].venue], x.books[i].symbol, &x.books[i].book)
	}
	x.books, x.flushed = x.books[:0], time.Now()
}

func (x *Exchange) onTrade(t *sim.Trade) {
	x.server.PublishTrade(x.names[t.Venue], t.Symbol, t.Price, t.Qty, wall())
}

func wall() market.Time { return market.Time(time.Now().UnixNano()) }

// onReport gives a report to the venue's session.
func (x *Exchange) onReport(r *sim.Report) {
	x.tellReport(r)
	var err error
	name := x.names[r.Venue]
	if r.Kind == sim.CancelRejected || r.Kind == sim.ReplaceRejected {
		err = x.server.Reject(name, cancelReject(r))
	} else {
		err = x.server.Report(name, x.execution(r))
	}
	x.logged(r.Venue, err)
	if r.Kind == sim.Filled && x.onFill != nil {
		x.onFill(r)
	}
}

// Order is one order as a venue has it.
type Order struct {
	Venue string
	sim.OrderTruth
}

// Truth gives every order that the venues ever had. The market must be running.
func (x *Exchange) Truth() []Order {
	out := make(chan []Order, 1)
	x.requests <- func() {
		var all []Order
		for v, name := range x.names {
			for _, t := range x.market.Truth(market.VenueID(v)) {
				all = append(all, Order{name, t})
			}
		}
		out <- all
	}
	return <-out
}

// Working counts the orders that can still fill.
func Working(orders []Order) (n int, leaves market.Qty) {
	for _, o := range orders {
		if !o.State.Done() {
			n, leaves = n+1, leaves+o.Leaves
		}
	}
	return n, leaves
}
