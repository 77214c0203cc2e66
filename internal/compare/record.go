package compare

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/router"
	"github.com/sluice-sor/sluice/internal/sim"
	"github.com/sluice-sor/sluice/internal/sim/scenario"
)

// A Recording is the work of one policy and seed that is kept as a live router's journal would have it.
type Recording struct {
	Scenario *scenario.Scenario
	Recorded []*sim.Lobster // the data of the scenario's recordings
	Policy   string         // a name; not the oracle's
	Share    float64        // of the flow that follows the learner, held there; 0: as it ships, a small one that moves by what it cost
	Parents  int
	Seed     uint64 // 0: the scenario's
	Instance uint32 // of the journal: its number
	Progress func(parents, of int)
}

// A Sink takes the next records of a journal. Their bodies may be kept, the slice not.
type Sink func([]event.Event) error

// Validate names what no recording can be made of.
func (r *Recording) Validate() error {
	if err := Known([]string{r.Policy}); err != nil {
		return err
	}
	switch {
	case r.Policy == Oracle:
		return fmt.Errorf("the %s explores each market before it works there, and that is in no journal: record another policy", Oracle)
	case r.Share < 0 || r.Share > 1:
		return fmt.Errorf("a share of %v of the flow: give one from 0 to 1", r.Share)
	case r.Share > 0 && r.Policy != Learner:
		return fmt.Errorf("%s gives no share of the flow to the %s: leave the share out, or record the %s", r.Policy, Learner, Learner)
	case r.Parents < 1 || r.Instance < 1:
		return fmt.Errorf("%d parents in journal %d: give one or more of each", r.Parents, r.Instance)
	}
	return nil
}

// Record works the parents of a recording and gives its sink every event and command, in their order. Books and prints are
// numbered and left out, as stores do: there are thousands to a decision. An error of the sink ends it and is returned.
func Record(ctx context.Context, r Recording, sink Sink) (*Run, error) {
	if err := r.Validate(); err != nil {
		return nil, err
	}
	c := Config{Scenario: r.Scenario, Recorded: r.Recorded, Parents: r.Parents, Seed: r.Seed}.withDefaults()
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	j := job{config: &c, seed: c.Seed, parents: c.Parents, progress: &progress{tell: r.Progress, of: c.Parents}}
	for _, p := range Policies() {
		if p.Name == r.Policy {
			j.policy = p
		}
	}
	if r.Share > 0 {
		j.tune = func(rc *router.Config) {
			rc.Learning.Ramp, rc.Learning.Start, rc.Learning.StaticMin = false, r.Share, min(rc.Learning.StaticMin, 1-r.Share)
		}
	}
	k := &recorder{instance: r.Instance, sink: sink, stop: stop,
		build: fmt.Sprintf("simulated: scenario %s, seed %d, policy %s", c.Scenario.Name, c.Seed, r.Policy)}
	j.watch = k.listen
	run, err := j.run(ctx)
	if err == nil {
		k.flush()
		err = context.Cause(ctx)
	}
	return run, err
}

// recordBatch is how many records a sink gets at once.
const recordBatch = 1000

// recorder listens at a desk and keeps what a journal would.
type recorder struct {
	instance uint32
	build    string
	sink     Sink
	stop     context.CancelCauseFunc // with the sink's error
	seq      uint64                  // of the last record
	at       market.Time
	batch    []event.Event
}

// listen begins with the engine's configuration, which it had before anybody could listen.
func (k *recorder) listen(d *desk) {
	config, err := json.Marshal(d.config)
	if err != nil {
		panic("compare: " + err.Error()) // plain numbers and names
	}
	k.at = d.market.Now()
	k.add(&event.Configured{Config: config, Epoch: 1})
	d.onBody = joined(d.onBody, func(b event.Body) {
		if b.Kind().IsEvent() {
			if len(k.batch) >= recordBatch {
				k.flush()
			}
			k.at = d.market.Now()
		}
		k.add(b)
	})
}

func (k *recorder) add(b event.Body) {
	k.seq++
	kind := b.Kind()
	if kind == event.KindBookChanged || kind == event.KindTradePrinted {
		return
	}
	kept, err := event.Decode(kind, event.Append(nil, b)) // the engine uses its memory again
	if err != nil {
		panic("compare: a body that it made itself cannot be read: " + err.Error())
	}
	if c, ok := kept.(*event.Configured); ok {
		c.Instance, c.Build = k.instance, k.build
	}
	k.batch = append(k.batch, event.Event{Seq: k.seq, At: k.at, Body: kept})
}

func (k *recorder) flush() {
	if err := k.sink(k.batch); err != nil {
		k.stop(err)
	}
	k.batch = k.batch[:0]
}
