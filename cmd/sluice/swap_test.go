//go:build linux

package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/internal/store"
	"github.com/sluice-sor/sluice/models/modeltest"
	"github.com/sluice-sor/sluice/models/registry"
	"github.com/sluice-sor/sluice/serve/config"
	"github.com/sluice-sor/sluice/serve/estimate"
)

// serving is the model that the router's page says serves, and the one beside it.
func (d *desk) serving(router *process) [2]string {
	d.t.Helper()
	var s struct {
		Engine struct{ Model, Beside string }
	}
	d.ask(router, "/api/v1/state", &s)
	return [2]string{s.Engine.Model, s.Engine.Beside}
}

// ledger is what happened to models, as `sluice models ledger` says it.
func (d *desk) ledger() []registry.Line {
	d.t.Helper()
	file, err := config.Load(d.config)
	if err != nil {
		d.t.Fatal(err)
	}
	r, err := registry.Open(d.t.Context(), file.Models.Config())
	if err != nil {
		d.t.Fatal(err)
	}
	defer r.Close()
	lines, err := r.Ledger(d.t.Context())
	if err != nil {
		d.t.Fatal(err)
	}
	return lines
}

// trade sends orders that end soon and waits for them.
func (b *blotter) trade(n int) {
	for i := range n {
		side := market.Buy
		if i%2 == 1 {
			side = market.Sell
		}
		b.send(order.Terms{Account: "ACC1", Symbol: prices[i%len(prices)].symbol, Side: side, Type: order.Market, Capacity: 'A', Qty: 600,
			End: market.Time(time.Now().Add(4 * time.Second).UnixNano())})
	}
	b.finish(generous)
}

// TestModelSwap: with orders in the market, a published model is promoted into the running router by one command, decides and
// is named by its decisions, survives a kill, is put beside another, and is undone; what is damaged is refused and changes
// nothing. The ledger has each step once, and the journal replays (MOP-02, MOP-04, MOP-20).
func TestModelSwap(t *testing.T) {
	slow(t)
	t.Parallel()
	d := newDesk(t, nil)
	sim, router := d.startVenues(), d.startRouter()
	b := d.connect()
	d.ready(router)
	b.trade(8)
	file, err := config.Load(d.config)
	if err != nil {
		t.Fatal(err)
	}
	ids := publish(t, file, 1, 2, 3)
	x, y, bad := ids[0], ids[1], ids[2]
	builtin := registry.Builtin

	is := func(serving, beside string) {
		t.Helper()
		eventually(t, serving+" serves, "+beside+" is beside", func() bool { return d.serving(router) == [2]string{serving, beside} })
	}
	says := func(want string, args ...string) {
		t.Helper()
		if text := d.tells(0, append([]string{"models"}, args...)...); !strings.Contains(text, want) {
			t.Errorf("%v said %q, want %q", args, text, want)
		}
	}
	says("canarying "+y, "canary", y, "--share", "0.5")
	is(builtin, y)
	b.trade(16)
	router.kill()
	router = d.startRouter()
	eventually(t, "the EMS is logged on", b.up)
	d.ready(router)
	is(builtin, y)
	says("serving "+y, "promote", "challenger", "--actor", "ann", "--second", "bob", "--reason", "the canary was better")
	is(y, builtin)
	b.trade(8)
	if text := d.tells(exitFailed, "models", "canary", x, "--share", "0.5"); !strings.Contains(text, "is compared with its predecessor builtin") || !strings.Contains(text, "ask again") {
		t.Errorf("a canary in the place of the predecessor: %s", text)
	}
	is(y, builtin)

	if err := os.Truncate(filepath.Join(file.Models.Registry, bad, "artifact"), 5000); err != nil {
		t.Fatal(err)
	}
	if text := d.tells(exitFailed, "models", "promote", bad, "--second", "bob", "--reason", "it is damaged, we shall see"); !strings.Contains(text, "its artifact has 5000 bytes") {
		t.Errorf("a damaged model: %s", text)
	}
	is(y, builtin)
	began := time.Now()
	says("rolled back to "+builtin, "rollback", "--reason", "rejects")
	t.Logf("rolled back after %v, with the command's start", time.Since(began))
	is(builtin, y)
	says("router "+d.router+": serving "+x, "promote", x[:8], "--second", "bob", "--reason", "its gates passed, its card was read")
	is(x, builtin)
	b.trade(8)
	d.asked(router, x)
	says("serving "+builtin, "promote", "builtin", "--second", "bob", "--reason", "back to where we began")
	is(builtin, x)
	d.windDown(b, router, sim, false)

	d.swapsAre("canarying "+y, "serving "+y, "refused "+x, "rolled back "+y, "serving "+x, "serving "+builtin)
	d.decidedBy(builtin, x, y)
}

// asked: the page's API lists the registry, and says what an order would cost by the model that serves.
func (d *desk) asked(router *process, serving string) {
	d.t.Helper()
	var list struct {
		Serving  string
		Versions []struct{ ID string }
	}
	if d.ask(router, "/api/v1/models", &list); list.Serving != serving || len(list.Versions) != 3 {
		d.t.Errorf("the API lists %+v, want %s serving and three versions", list, serving)
	}
	url := page.FindStringSubmatch(router.stderr.String())[1] + "/v1/estimate"
	r, err := http.Post(url, "application/json", strings.NewReader(`{"symbol": "ACME", "side": "buy", "qty": 20000, "strategy": "block"}`))
	if err != nil {
		d.t.Fatal(err)
	}
	defer r.Body.Close()
	var e estimate.Estimate
	if err := json.NewDecoder(r.Body).Decode(&e); err != nil || r.StatusCode != http.StatusOK {
		d.t.Fatalf("status %d, %v", r.StatusCode, err)
	}
	if e.Model.ID != serving || e.Filled <= 0 || len(e.Parts) != 6 || !(e.Cost.Lo < e.Cost.Mean && e.Cost.Mean < e.Cost.Hi) {
		d.t.Errorf("the estimate is %+v", e)
	}
	d.t.Logf("20,000 ACME: %.2f bps [%.2f, %.2f] by %s, %.0f %% filled in %.0f s", e.Cost.Mean, e.Cost.Lo, e.Cost.Hi, e.Model.ID, 100*e.Filled, e.Duration)
}

// TestDemoSwap: a demo that stays up takes a model by one command, as the README shows it, also one as large as it gets, with
// 64 venues and a thousand probes.
func TestDemoSwap(t *testing.T) {
	slow(t)
	t.Parallel()
	dir := t.TempDir()
	p := launch(t, dir, nil, "demo", "--keep", "--parents", "140", "--http", "127.0.0.1:0")
	eventually(t, "the demo stays up", func() bool { return strings.Contains(p.stdout.String(), "staying up") })
	file, err := config.Load(filepath.Join(dir, "demo-data", "demo.toml"))
	if err != nil {
		t.Fatal(err)
	}
	venues := venuesOf(file)
	for i := len(venues); i < market.MaxVenues; i++ {
		venues = append(venues, modeltest.Venue{Name: fmt.Sprintf("DARK%d", i), Kind: "dark"})
	}
	large := modeltest.New(1, venues...)
	modeltest.Probe(large, 1000)
	id := keep(t, file, large)
	promote := launch(t, dir, nil, "models", "promote", id, "--second", "bob", "--reason", "the largest that there is", "-c", "demo-data/demo.toml")
	if code, said := promote.ends(generous), promote.stdout.String(); code != 0 || !strings.Contains(said, "router DEMO: serving "+id) {
		t.Errorf("promote ends with %d: %s%s", code, said, promote.stderr.String())
	}
	t.Log(promote.stdout.String())
	trained := trainAndPromote(t, dir)
	send := launch(t, dir, nil, "send", "-c", "demo-data/demo.toml", "--symbol", "ACME", "--side", "buy", "--qty", "2000", "--json")
	if code := send.ends(generous); code != 0 {
		t.Errorf("send beside a demo that stays up ends with %d: %s", code, send.stderr.String())
	}
	d := &desk{t: t, dir: filepath.Join(dir, "demo-data"), store: "sluice.db"}
	eventually(t, "decisions before and after name their models", func() bool { return d.deciders()[trained] > 0 && d.deciders()[registry.Builtin] > 0 })
	p.stop(generous)
	verify := launch(t, dir, nil, "replay", "demo-data/journal", "--verify")
	if code := verify.ends(generous); code != 0 {
		t.Errorf("replay --verify ends with %d: %s", code, verify.stderr.String())
	}
}

// trainAndPromote is the second and the third of the three commands from demo data to a live swap. A demo is too short for the gates.
func trainAndPromote(t *testing.T, dir string) string {
	t.Helper()
	short := launch(t, dir, nil, "train", "-c", "demo-data/demo.toml")
	if code, said := short.ends(2*generous), short.stderr.String(); code != 1 || !strings.Contains(said, "nothing is published") {
		t.Errorf("training on a short demo ends with %d: %s", code, said)
	}
	train := launch(t, dir, nil, "train", "-c", "demo-data/demo.toml", "--reason", "a demo is short", "--waive",
		"fill-density,toxicity-density,fill-calibration,hazard-calibration,toxicity-coverage,policy,drift")
	if code := train.ends(2 * generous); code != 0 {
		t.Fatalf("train ends with %d: %s", code, train.stderr.String())
	}
	found := regexp.MustCompile(`published ([0-9a-f]{16})`).FindStringSubmatch(train.stdout.String())
	if found == nil {
		t.Fatalf("train said: %s", train.stdout.String())
	}
	promote := launch(t, dir, nil, "models", "promote", found[1], "--second", "bob", "--reason", "a demo, its card was read", "-c", "demo-data/demo.toml")
	if code, said := promote.ends(generous), promote.stdout.String(); code != 0 || !strings.Contains(said, "serving "+found[1]) {
		t.Errorf("promote ends with %d: %s%s", code, said, promote.stderr.String())
	}
	return found[1]
}

// swapsAre compares what the router wrote into the ledger.
func (d *desk) swapsAre(want ...string) {
	d.t.Helper()
	var got []string
	for _, l := range d.ledger() {
		if l.Router == d.router {
			got = append(got, l.What+" "+l.Model)
		}
	}
	if strings.Join(got, "; ") != strings.Join(want, "; ") {
		d.t.Errorf("the ledger says %q, want %q", got, want)
	}
}

// decidedBy reports whether each of the models decided something, and nobody else did.
func (d *desk) decidedBy(models ...string) {
	d.t.Helper()
	by := d.deciders()
	d.t.Logf("decisions by model: %v", by)
	for _, m := range models {
		if by[m] == 0 {
			d.t.Errorf("%s decided nothing", m)
		}
	}
	if len(by) != len(models) {
		d.t.Errorf("decisions name %v, want %v", by, models)
	}
}

// deciders counts the store's decisions by the model that they name.
func (d *desk) deciders() map[string]int {
	d.t.Helper()
	st, err := store.Open(d.t.Context(), filepath.Join(d.dir, d.store))
	if err != nil {
		d.t.Fatal(err)
	}
	defer st.Close()
	by := map[string]int{}
	err = st.EachDecision(d.t.Context(), store.DecisionFilter{}, func(row *store.PricedDecision) error {
		by[row.Body.Model]++
		return nil
	})
	if err != nil {
		d.t.Fatal(err)
	}
	return by
}
