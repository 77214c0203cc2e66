package serve_test

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/quickfixgo/quickfix"
	fixcfg "github.com/quickfixgo/quickfix/config"
)

// foreignVenue is an acceptor with the habits of simple matching programs: limit orders only, quantities as decimals,
// AvgPx (6) always 0.00, no status requests, a cancel reported under the order's own 11 without 41.
type foreignVenue struct {
	app
	port string
	habits
	mu     sync.Mutex
	ids    int
	asked  map[string]int // messages by type
	orders []*quickfix.Message
	cum    map[string]int
	to     quickfix.SessionID
}

// habits are what differs between foreign venues.
type habits struct {
	atOnce bool // fills every order whole at its limit, and never acknowledges
	pct    int  // fills this much of an order, then lets it rest
	deaf   bool // does not answer cancels
}

func newForeignVenue(t testing.TB, ids [2]string, h habits) *foreignVenue {
	t.Helper()
	v := &foreignVenue{port: freePort(t), habits: h, asked: map[string]int{}, cum: map[string]int{}}
	s := foreignSettings(t, "FIX.4.2", ids[0], ids[1], map[string]string{fixcfg.SocketAcceptPort: v.port, fixcfg.SocketAcceptHost: "127.0.0.1"})
	acc, err := quickfix.NewAcceptor(v, quickfix.NewMemoryStoreFactory(), s, quickfix.NewNullLogFactory())
	must(t, err)
	must(t, acc.Start())
	t.Cleanup(acc.Stop)
	return v
}

// FromApp implements quickfix.Application: what it does not know it refuses with 3 or j, as the engine does it.
func (v *foreignVenue) FromApp(m *quickfix.Message, id quickfix.SessionID) quickfix.MessageRejectError {
	v.mu.Lock()
	defer v.mu.Unlock()
	msgType, _ := m.MsgType()
	v.asked[msgType]++
	v.to = id
	switch {
	case msgType == "D":
		v.orders = append(v.orders, m)
		if field(m, tagOrdType) != "2" {
			return quickfix.ValueIsIncorrect(tagOrdType)
		}
		v.order(m)
		return nil
	case msgType == "F" && !v.atOnce:
		if !v.deaf {
			v.cancel(field(m, tagOrigClOrdID))
		}
		return nil
	}
	return quickfix.UnsupportedMessageType()
}

func (v *foreignVenue) order(m *quickfix.Message) {
	qty, _ := strconv.Atoi(field(m, tagOrderQty))
	filled := qty
	if !v.atOnce {
		v.report(m, "0", 0)
		filled = qty * v.pct / 100
	}
	status := "1"
	if filled == qty {
		status = "2"
	}
	if filled > 0 {
		v.report(m, status, filled)
	}
}

func (v *foreignVenue) cancel(clOrdID string) {
	for _, o := range v.orders {
		if field(o, tagClOrdID) == clOrdID {
			v.report(o, "4", 0)
		}
	}
}

// report sends an 8 in a status, with last shares filled. The caller holds mu.
func (v *foreignVenue) report(o *quickfix.Message, status string, last int) {
	v.ids++
	clOrdID := field(o, tagClOrdID)
	v.cum[clOrdID] += last
	qty, _ := strconv.Atoi(field(o, tagOrderQty))
	leaves := qty - v.cum[clOrdID]
	if status == "4" {
		leaves = 0
	}
	r := quickfix.NewMessage()
	r.Header.SetString(tagMsgType, "8")
	for _, t := range []quickfix.Tag{tagClOrdID, tagSymbol, tagSide} {
		r.Body.SetString(t, field(o, t))
	}
	shares := func(n int) string { return fmt.Sprintf("%d.00", n) }
	for t, x := range map[quickfix.Tag]string{tagOrderID: clOrdID, tagExecID: strconv.Itoa(v.ids), tagExecTransType: "0", tagExecType: status,
		tagOrdStatus: status, tagOrderQty: shares(qty), tagCumQty: shares(v.cum[clOrdID]), tagLeavesQty: shares(leaves), tagAvgPx: "0.00"} {
		r.Body.SetString(t, x)
	}
	if last > 0 {
		r.Body.SetString(tagLastQty, shares(last))
		r.Body.SetString(tagLastPx, field(o, tagPrice))
	}
	if err := quickfix.SendToTarget(r, v.to); err != nil {
		panic(err)
	}
}

// wake lets it answer what it was deaf to.
func (v *foreignVenue) wake() {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, o := range v.orders {
		v.report(o, "4", 0)
	}
}

// got gives how many messages of a type came.
func (v *foreignVenue) got(msgType string) int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.asked[msgType]
}

// newForeignFloor is a rig with a foreign venue ahead of the simulated exchange.
func newForeignFloor(t *testing.T, h habits, caps string, status bool) (*foreignVenue, *foreignRig) {
	t.Helper()
	t.Parallel()
	run := nextRun()
	v := newForeignVenue(t, [2]string{"FORN" + run, "SOR" + run}, h)
	return v, newForeignRig(t, run, `
[[venue]]
name = "FORN"
mic = "FORN"
type = "internalizer"
caps = [`+caps+`]
[venue.orders]
addr = "127.0.0.1:`+v.port+`"
our_comp_id = "SOR`+run+`"
their_comp_id = "FORN`+run+`"
version = "4.2"
[venue.orders.profile]
reset_on_logon = true
status_requests = `+strconv.FormatBool(status)+`
[[market.venue]]
name = "FORN"
simulated = false
`)
}

// A venue that fills at the order's own limit, and knows no pegs, is given the midpoint: the client's 230 is not paid.
func TestForeignVenueFillsAtTheMidpoint(t *testing.T) {
	v, r := newForeignFloor(t, habits{atOnce: true}, "", false)
	d := r.desk(t, "FIX.4.4")
	r.quoted(t, d)
	before := v.got("D")
	d.send(t, "D", "A1", "38", "500", "40", "2", "44", "230", "59", "0")
	filled := d.report(t, "A1", "2")
	has(t, filled, "30", "FORN", "14", "500", "151", "0", "6", field(filled, tagLastPx))
	if px := decimalOf(filled, tagLastPx); px < 215 || px > 226 {
		t.Errorf("filled at %v; want about 222, the midpoint", px)
	}
	if got := v.got("D") - before; got != 1 {
		t.Fatalf("the venue got %d orders, want 1", got)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	has(t, v.orders[len(v.orders)-1], "40", "2", "18", "", "21", "1", "38", "500", "59", "3")
}

// A message that the venue refuses with 3 goes back to its child, and the order goes on elsewhere (FIX-02).
func TestForeignVenueRefusesTheOrderType(t *testing.T) {
	v, r := newForeignFloor(t, habits{atOnce: true}, `"midpoint"`, false)
	d := r.desk(t, "FIX.4.2")
	r.quoted(t, d)
	d.send(t, "D", "A1", "38", "500", "40", "1", "59", "0")
	has(t, d.report(t, "A1", "2"), "30", "LITX", "14", "500", "151", "0")
	if v.got("D") == 0 {
		t.Error("the venue got no order")
	}
}

// AvgPx 0.00 and a cancel without 41 hurt nobody: what the venue filled counts, the rest is canceled and filled elsewhere,
// and the client's average is that of its executions (ER-02, ER-04).
func TestForeignVenueFillsInPart(t *testing.T) {
	v, r := newForeignFloor(t, habits{pct: 40}, "", false)
	d := r.desk(t, "FIX.4.2")
	r.quoted(t, d)
	d.send(t, "D", "A1", "38", "1000", "40", "2", "44", "230", "59", "0")
	d.report(t, "A1", "2")
	var shares, value float64
	places := map[string]float64{}
	for _, m := range d.of("A1") {
		q := decimalOf(m, tagLastQty)
		shares, value = shares+q, value+q*decimalOf(m, tagLastPx)
		places[field(m, tagLastMkt)] += q
		if cum, leaves := decimalOf(m, tagCumQty), decimalOf(m, tagLeavesQty); cum != shares || cum+leaves != 1000 {
			t.Errorf("14 is %v and 151 is %v after %v shares in %s", cum, leaves, shares, readable(m))
		}
		if avg := decimalOf(m, tagAvgPx); shares > 0 && math.Abs(avg-value/shares) > 1e-5 {
			t.Errorf("6 is %v, want %v in %s", avg, value/shares, readable(m))
		}
	}
	if shares != 1000 || places["FORN"] < 400 || places["LITX"] <= 0 {
		t.Errorf("%v shares, by market %v; want 1000, at least 400 of FORN and the rest of LITX", shares, places)
	}
	if v.got("F") == 0 {
		t.Error("the venue was not asked to cancel what it let rest")
	}
}

// of gives the reports about an order so far.
func (d *foreignDesk) of(clOrdID string) (out []*quickfix.Message) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, m := range d.got {
		if m.IsMsgTypeOf("8") && field(m, tagClOrdID) == clOrdID {
			out = append(out, m)
		}
	}
	return out
}

// A venue that answers neither cancels nor status requests keeps its shares reserved, never silently: a person is paged,
// the client sees its cancel pending, and a late answer is taken (REC-04).
func TestForeignVenueFallsSilent(t *testing.T) {
	for _, tt := range []struct {
		name, caps string
		status     bool
		want       string
	}{
		{"profile says so", "", false, "answers no status requests"},
		{"profile says otherwise", `"status"`, true, "has not answered 3 status requests"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v, r := newForeignFloor(t, habits{deaf: true}, tt.caps, tt.status)
			d := r.desk(t, "FIX.4.2")
			r.quoted(t, d)
			d.send(t, "D", "A1", "38", "500", "40", "2", "44", "230", "59", "0")
			eventually(t, "a page that says "+tt.want, func() bool {
				for _, a := range r.router.View().Snapshot().Alerts {
					if a.Severity == "page" && a.Code == "REC-04" && strings.Contains(a.Text, tt.want) {
						return true
					}
				}
				return false
			})
			if asked := v.got("H"); asked > 0 != tt.status {
				t.Errorf("the venue was asked %d times with 35=H", asked)
			}
			d.send(t, "F", "A2", "41", "A1")
			d.report(t, "A2", "6")
			v.wake()
			has(t, d.report(t, "A2", "4"), "41", "A1", "14", "0", "151", "0")
		})
	}
}
