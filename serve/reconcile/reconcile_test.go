package reconcile

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/quickfixgo/quickfix"

	"github.com/sluice-sor/sluice/fixgw"
	fixstore "github.com/sluice-sor/sluice/fixgw/store"
	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/journal"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/internal/router"
	"github.com/sluice-sor/sluice/internal/store"
)

const instance = 1_750_000_000

var noon = market.Time(1_750_089_600 * market.Second) // 2025-06-16 16:00 UTC

// day is one day's four accounts as files on a disk, made by the parts that make them in the product. A test changes what
// one of them is given.
type day struct {
	executions []event.RecordExecution // as journaled, revisions included
	stored     func(r *event.RecordExecution) bool
	reports    []event.ReportParent // as told
	version    string
	venue      string               // file
	copies     []event.ReportParent // to a drop copy
}

// lawful is a day on which all agree: three fills of which one is busted and one corrected.
func lawful() *day {
	d := &day{version: fixgw.FIX44, stored: func(*event.RecordExecution) bool { return true }}
	exec := func(n uint64, venue market.VenueID, child order.ChildID, id string, qty market.Qty, px market.Price) event.RecordExecution {
		return event.RecordExecution{ExecID: n, Symbol: "ABC", Side: market.Buy, Exec: order.Execution{Child: child, Parent: 7, Qty: qty, Px: px, At: noon,
			Key: order.ExecKey{Venue: venue, Date: 20250616, ExecID: id, OrderID: "V1"}}}
	}
	bust := exec(12, 0, 2, "X2", 300, 50_020_000)
	bust.Exec.Busted = true
	d.executions = []event.RecordExecution{exec(11, 0, 1, "X1", 100, 50_010_000), exec(12, 0, 2, "X2", 300, 50_020_000),
		exec(13, 1, 3, "X1", 200, 50_000_000), bust, exec(13, 1, 3, "X1", 150, 50_005_000)}
	told := func(id uint64, what byte, ref uint64, qty market.Qty, px market.Price, cum market.Qty) event.ReportParent {
		return event.ReportParent{Parent: 7, Client: "EMS", ExecID: id, ClOrdID: "C7", ExecType: what, OrdStatus: '1', RefExecID: ref, LastQty: qty, LastPx: px,
			Cum: cum, Leaves: 1000 - cum, At: noon, Terms: order.Terms{Symbol: "ABC", Side: market.Buy, Qty: 1000, Type: order.Market}}
	}
	d.reports = []event.ReportParent{told(10, '0', 0, 0, 0, 0), told(11, 'F', 0, 100, 50_010_000, 100), told(12, 'F', 0, 300, 50_020_000, 400),
		told(13, 'F', 0, 200, 50_000_000, 600), told(14, 'H', 12, 300, 50_020_000, 300), told(15, 'G', 13, 150, 50_005_000, 250)}
	id := func(c order.ChildID) string { return event.ClOrdID(instance, c, 0) }
	d.venue = "venue,clordid,exec_id,qty,px,trade_date,type,ref_exec_id\n" +
		"DARKA," + id(1) + ",X1,100,50.01,2025-06-16,,\n" +
		"DARKA," + event.ClOrdID(instance, 2, 1) + ",X2,300,50.02,2025-06-16,trade,\n" + // named by a later request
		"LITX," + id(3) + ",X1,200,50.00,2025-06-16,trade,\n" +
		"DARKA," + id(2) + ",X3,,,2025-06-16,bust,X2\n" +
		"LITX," + id(3) + ",X4,150,50.005,2025-06-16,correct,X1\n" +
		"LITX," + id(9) + ",X0,700,49,2025-06-13,trade,\n" // another day's
	return d
}

// run writes the accounts and compares them.
func (d *day) run(t *testing.T) (*Report, error) {
	t.Helper()
	dir := t.TempDir()
	j, _, err := journal.Open(journal.Config{Dir: filepath.Join(dir, "journal"), Router: "r", Sync: journal.Fast, SegmentBytes: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	st, err := store.Open(context.Background(), filepath.Join(dir, "s.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	d.write(t, j, st)
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	o := Options{Journal: filepath.Join(dir, "journal"), Store: st}
	if d.venue != "" {
		file := filepath.Join(dir, "venue.csv")
		if err := os.WriteFile(file, []byte(d.venue), 0o600); err != nil {
			t.Fatal(err)
		}
		o.VenueFiles = []string{file}
	}
	return Run(context.Background(), o)
}

func (d *day) write(t *testing.T, j *journal.Journal, st *store.Store) {
	t.Helper()
	var rows []store.Record
	put := func(body event.Body, stored bool) {
		seq, err := j.AppendAt(journal.Type(body.Kind()), event.Version, int64(noon), event.Append(nil, body))
		if err != nil {
			t.Fatal(err)
		}
		if stored {
			rows = append(rows, store.Record{Seq: seq, At: noon, Body: body})
		}
	}
	cfg := router.DefaultConfig()
	cfg.Venues = []market.Venue{{ID: 0, Name: "DARKA", Type: market.Dark}, {ID: 1, Name: "LITX", Type: market.Lit}}
	b, err := json.Marshal(&cfg)
	if err != nil {
		t.Fatal(err)
	}
	put(&event.Configured{Config: b, Instance: instance, Epoch: 1}, true)
	put(&event.RecordParent{Parent: order.Parent{ID: 7, Client: "EMS", Terms: order.Terms{Account: "ACC1", Symbol: "ABC"}}}, true)
	for i := range d.executions {
		put(&d.executions[i], d.stored(&d.executions[i]))
	}
	if err := st.Apply(context.Background(), store.Source{Projection: "main", Instance: instance}, rows, rows[len(rows)-1].Seq); err != nil {
		t.Fatal(err)
	}
	d.tell(t, j, "EMS", d.reports)
	d.tell(t, j, "COPY", d.copies)
}

// tell gives the reports to the client's session store, as the FIX session does when a report takes its number.
func (d *day) tell(t *testing.T, j *journal.Journal, to string, reports []event.ReportParent) {
	t.Helper()
	id := quickfix.SessionID{BeginString: d.version, SenderCompID: "SLUICE", TargetCompID: to}
	f := fixstore.NewFactory(fixstore.Config{Log: fixstore.OnJournal(j), Kind: uint16(event.KindFIXStore), Reports: func(quickfix.SessionID) bool { return true }})
	s, err := f.Create(id)
	if err != nil {
		t.Fatal(err)
	}
	dialect := fixgw.Dialect{Version: d.version, Instance: instance}
	for i := range reports {
		m := dialect.Report(&reports[i])
		if to == "COPY" {
			m.Body.SetString(797, "Y")
		}
		m.Header.SetString(8, d.version)
		m.Header.SetInt(34, i+1)
		if err := s.SaveMessageAndIncrNextSenderMsgSeqNum(i+1, []byte(m.String())); err != nil {
			t.Fatal(err)
		}
	}
}

// TestAgree compares accounts that agree, in both FIX versions: a bust takes its shares from every side, a correction has
// its last values everywhere (PRJ-08, ER-22).
func TestAgree(t *testing.T) {
	for _, version := range []string{fixgw.FIX42, fixgw.FIX44} {
		d := lawful()
		d.version = version
		r, err := d.run(t)
		if err != nil {
			t.Fatal(err)
		}
		if !r.Agree || r.Executions != 3 || r.Date != "2025-06-16" || len(r.Unheard) > 0 {
			t.Errorf("%s: %s", version, r.Text())
		}
		for s, name := range sideNames {
			if Side(s) == DropCopy {
				continue
			}
			s := name
			if got := r.Sum.Shares[s]; got != 250 {
				t.Errorf("%s: %s has %d shares, want 250", version, s, got)
			}
			if got := r.Sum.Dollars[s]; got != "12501.75" {
				t.Errorf("%s: %s has %s dollars, want 12501.75", version, s, got)
			}
		}
		if want := "the four accounts agree to the share: 3 executions, 250 shares\n"; !strings.HasSuffix(r.Text(), want) {
			t.Errorf("%s: the text does not end with %q:\n%s", version, want, r.Text())
		}
	}
}

// TestBreaks disturbs one account at a time: each break is named, and nothing else is.
func TestBreaks(t *testing.T) {
	for _, tc := range []struct {
		name, wrong string
		disturb     func(d *day)
	}{
		{"the store lacks one", "the store does not have it", func(d *day) { d.stored = func(r *event.RecordExecution) bool { return r.ExecID != 11 } }},
		{"the store missed a correction", "the journal has 150 at 50.005, the store 200 at 50.00", func(d *day) {
			d.stored = func(r *event.RecordExecution) bool { return r.Exec.Qty != 150 }
		}},
		{"the client was not told", "no session of the client has taken its report", func(d *day) {
			d.reports = d.reports[:3]
			d.reports[2] = d.reports[1]
			d.executions = d.executions[:2]
			d.venue = dropLines(d.venue, 3, 4, 5)
		}},
		{"the client was told more", "the journal has 100 at 50.01, the client 101 at 50.01", func(d *day) {
			for i := range d.reports {
				if d.reports[i].Cum > 0 {
					d.reports[i].Cum++
				}
			}
			d.reports[1].LastQty++
		}},
		{"the client was told twice, differently", "was told execution E", func(d *day) {
			again := d.reports[1]
			again.LastPx++
			d.reports = append(d.reports, again)
		}},
		{"the client was told of what is not booked", "which the journal does not have", func(d *day) {
			extra := d.reports[1]
			extra.ExecID, extra.Cum = 99, 350
			d.reports = append(d.reports, extra)
		}},
		{"the client's CumQty is wrong", "was last told CumQty (14) 251", func(d *day) { d.reports[5].Cum++ }},
		{"the bust did not reach the client", "the journal has 0 at 50.02, the client 300 at 50.02", func(d *day) {
			d.reports = append(d.reports[:4:4], d.reports[5])
			d.reports[4].Cum = 550
		}},
		{"the drop copy lacks one", "no drop copy session has taken its report", func(d *day) { d.copies = append(d.reports[:3:3], d.reports[4]); d.copies[3].Cum = 100 }},
		{"the drop copy has more", "the journal has 100 at 50.01, the drop copy 101 at 50.01", func(d *day) {
			d.copies = append([]event.ReportParent(nil), d.reports...)
			d.copies[1].LastQty++
			for i := range d.copies[1:] {
				d.copies[i+1].Cum++
			}
		}},
		{"the venue has more", "the journal has 100 at 50.01, the venue 110 at 50.01", func(d *day) { d.venue = strings.Replace(d.venue, "X1,100", "X1,110", 1) }},
		{"the venue has another price", "the journal has 100 at 50.01, the venue 100 at 50.02", func(d *day) { d.venue = strings.Replace(d.venue, "50.01", "50.02", 1) }},
		{"the venue lacks one", "the venue's file does not have it", func(d *day) { d.venue = dropLines(d.venue, 1) }},
		{"a report of the venue is missing", "the venue has it, the journal does not", func(d *day) {
			d.venue += "DARKA," + event.ClOrdID(instance, 4, 0) + ",X9,500,50,,,\n"
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			d := lawful()
			tc.disturb(d)
			r, err := d.run(t)
			if err != nil {
				t.Fatal(err)
			}
			if r.Agree || len(r.Breaks) != 1 || !strings.Contains(r.Breaks[0].Wrong, tc.wrong) {
				t.Errorf("want one break with %q, have agree = %v and\n%s", tc.wrong, r.Agree, r.Text())
			}
		})
	}
}

func dropLines(s string, which ...int) string {
	var out []string
	for i, line := range strings.SplitAfter(s, "\n") {
		keep := true
		for _, w := range which {
			keep = keep && i != w
		}
		if keep {
			out = append(out, line)
		}
	}
	return strings.Join(out, "")
}

// TestManual holds what a person booked against the venue's executions of the same order, whatever their ids (REC-04).
func TestManual(t *testing.T) {
	for _, tc := range []struct {
		parts string // of the venue, for child 1
		agree bool
	}{{"Y1,60,50.01;Y2,40,50.01", true}, {"Y1,60,50.02;Y2,40,49.995", true}, {"Y1,60,50.01", false}, {"Y1,100,50.02", false}, {"", false}} {
		d := lawful()
		d.executions[0].Exec.Key.ExecID = event.ManualExecID(1, 1)
		d.venue = dropLines(d.venue, 1)
		for part := range strings.SplitSeq(tc.parts, ";") {
			if part != "" {
				d.venue += "DARKA," + event.ClOrdID(instance, 1, 0) + "," + part + ",,,\n"
			}
		}
		r, err := d.run(t)
		if err != nil {
			t.Fatal(err)
		}
		if r.Agree != tc.agree || !tc.agree && len(r.Breaks) != 1 {
			t.Errorf("venue has %q: %s", tc.parts, r.Text())
		}
	}
}

// TestFiveWays has a drop copy too, over which no report of a client's is taken for told (DC-03).
func TestFiveWays(t *testing.T) {
	d := lawful()
	d.copies = d.reports
	r, err := d.run(t)
	if err != nil {
		t.Fatal(err)
	}
	if !r.Agree || !strings.Contains(r.Text(), "the five accounts agree") || r.Sum.Shares["drop copy"] != 250 {
		t.Error(r.Text())
	}
	d.reports = nil
	if r, err = d.run(t); err != nil || r.Agree {
		t.Errorf("the client was told nothing, and %s (%v)", r.Text(), err)
	}
}

// TestWithoutVenue says that a side is missing, and claims no four.
func TestWithoutVenue(t *testing.T) {
	d := lawful()
	d.venue = ""
	r, err := d.run(t)
	if err != nil {
		t.Fatal(err)
	}
	if text := r.Text(); !r.Agree || !strings.Contains(text, "the three accounts agree") || !strings.Contains(text, "no file speaks for DARKA, LITX") {
		t.Error(text)
	}
}

// TestVenueFileErrors names file, line and remedy.
func TestVenueFileErrors(t *testing.T) {
	const head = "venue,clordid,exec_id,qty,px\n"
	for _, tc := range []struct{ text, want string }{
		{"venue,clordid\n", "line 1: column exec_id is missing: want venue, clordid"},
		{"venue,clordid,exec_id,qty,px,colour\n", `line 1: column "colour" is unknown`},
		{head + "NYSE,A-1,X,100,50\n", `line 2: venue "NYSE" is not configured`},
		{head + "LITX,A-1,X,1e3,50\n", `line 2: qty is "1e3"`},
		{head + "LITX,A-1,X,-5,50\n", `line 2: qty is "-5"`},
		{head + "LITX,A-1,X,5,fifty\n", "line 2: px:"},
		{head + "LITX,A-1,X,5,0\n", `line 2: px is "0"`},
		{`{"what":"report","venue":"LITX","at":1750089600000000000,"kind":"filled","last_qty":5}`, "line 1: execution LITX  of order  of 5 at 0.00 is no trade"},
		{head + "LITX,A-1,X,5\n", "wrong number of fields"},
		{head + "LITX,A-1,X,5,50\nLITX,A-1,X,6,50\n", "line 3: execution LITX X of order A-1 comes twice"},
		{"venue,clordid,exec_id,qty,px,type,ref_exec_id\nLITX,A-1,X,,,bust,W\n", "line 2: execution LITX W of order A-1 is revised and stands nowhere"},
		{"venue,clordid,exec_id,qty,px,type\nLITX,A-1,X,5,50,gift\n", `line 2: type is "gift"`},
		{"venue,clordid,exec_id,qty,px,trade_date\nLITX,A-1,X,5,50,16.6.2025\n", "line 2: trade_date:"},
		{`{"what":"report"`, "line 1: unexpected end of JSON"},
		{`{"what":"report","venue":"NYSE","kind":"filled"}`, `line 1: venue "NYSE" is not configured`},
	} {
		err := NewVenueBooks(20250616, map[string]market.Hours{"LITX": {}}).Read(strings.NewReader(tc.text))
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%q gives %v, want %q", tc.text, err, tc.want)
		}
	}
}

// TestSign signs a report, verifies it, and finds every change of a byte.
func TestSign(t *testing.T) {
	r := &Report{Date: "2025-06-16", Sum: &Total{}, Agree: true}
	key := filepath.Join(t.TempDir(), "key.pem")
	const pem = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n-----END PRIVATE KEY-----\n" // RFC 8032 7.1, test 1
	if err := os.WriteFile(key, []byte(pem), 0o600); err != nil {
		t.Fatal(err)
	}
	b, err := Sign(r, key)
	if err != nil {
		t.Fatal(err)
	}
	back, s, err := Check(b, "")
	if err != nil || !back.Agree || back.Date != r.Date {
		t.Fatalf("Check = %+v, %v", back, err)
	}
	if _, _, err := Check(b, s.PublicKey); err != nil {
		t.Errorf("Check with its own key: %v", err)
	}
	if _, _, err := Check(b, "another"); err == nil {
		t.Error("Check takes a report of another signer")
	}
	for i := range b[:len(b)-1] {
		bad := append([]byte(nil), b...)
		bad[i] ^= 1
		if got, signed, err := Check(bad, s.PublicKey); err == nil && string(signed.Report) != string(s.Report) {
			t.Fatalf("a flipped bit of byte %d passes: %+v", i, got)
		}
	}
	if _, err := Sign(r, key+".missing"); err == nil || !strings.Contains(err.Error(), "openssl genpkey") {
		t.Errorf("a missing key gives %v", err)
	}
}

// FuzzVenueFile reads anything without panic, and what it takes has shares and a price.
func FuzzVenueFile(f *testing.F) {
	f.Add(lawful().venue)
	f.Add(`{"what":"report","at":1750089600000000000,"venue":"LITX","kind":"filled","clordid":"A-1","exec_id":"X","last_qty":5,"last_px":50}`)
	f.Fuzz(func(t *testing.T, text string) {
		v := NewVenueBooks(20250616, map[string]market.Hours{"LITX": {}, "DARKA": {}})
		if v.Read(strings.NewReader(text)) != nil {
			return
		}
		for k, trade := range v.Trades {
			if k.Venue == "" || trade.Qty < 0 || trade.Px < 0 {
				t.Fatalf("%q gives %v: %+v", text, k, trade)
			}
		}
	})
}

// FuzzReport reads any bytes of a stored report.
func FuzzReport(f *testing.F) {
	f.Add([]byte("8=FIX.4.4\x0135=8\x0117=E1-2\x01150=F\x0132=100\x0131=50.01\x0114=100\x0137=P1-1\x01"))
	f.Add([]byte("8=FIX.4.2\x0135=8\x0117=E1-3\x0120=1\x0119=E1-2\x01150=1\x0132=100\x0131=50\x0114=0\x0137=P1-1\x01"))
	f.Fuzz(func(t *testing.T, b []byte) {
		f, err := split(b)
		if err != nil {
			return
		}
		told := newTellings()
		if told.report(f) == nil && len(told.trades) > 0 && f["150"] == "" && f["20"] == "" {
			t.Fatalf("%q is no trade, and is taken for one", b)
		}
	})
}
