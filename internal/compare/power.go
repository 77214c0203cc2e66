package compare

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"

	"gonum.org/v1/gonum/stat"

	"github.com/sluice-sor/sluice/internal/experiment"
)

// PowerConfig says how experiments are tried: so many of them, with a known difference between the arms or none.
type PowerConfig struct {
	Design experiment.Design
	Runs   int // experiments without a difference, and as many with one
	Every  int // units between looks; of a switchback 0 is a day's
	Orders int // of each experiment with drawn orders
	World  experiment.Drawn
	Seed   uint64
	Market *Config // scenario, seeds and parents of a simulated market whose orders are tried too; nil: none is

	Progress func(done, of int)
}

// Power tries the design on drawn orders and, where a market is given, on the orders of that market.
//
// In the market the arms are static and static, so nothing differs between them, and the router's own assignment groups the orders
// into clusters. As the arms do not reach the market, one run of it serves every experiment: each draws the arms of the same
// orders anew, by a salt of its own. The difference that is to be found is added to what the treated cost, as large against the
// costs' spread as that of the drawn orders.
func Power(ctx context.Context, c PowerConfig) ([]*experiment.Power, error) {
	drawn, err := c.drawn(ctx)
	if err != nil || c.Market == nil {
		return []*experiment.Power{drawn}, err
	}
	market, err := c.inMarket(ctx)
	return []*experiment.Power{drawn, market}, err
}

// try reads every experiment twice: without a difference, and with one.
func try[S any](ctx context.Context, c *PowerConfig, workers int, rows func(run int, d *experiment.Design, effect float64) []experiment.Row, effect float64,
	watch func(*experiment.Design, []experiment.Row) (S, error)) (nothing, planted []S, err error) {
	nothing, planted = make([]S, c.Runs), make([]S, c.Runs)
	done := &progress{tell: c.Progress, of: c.Runs}
	err = parallel(ctx, workers, c.Runs, func(_ context.Context, i int) error {
		d := c.Design
		d.Salt = fmt.Sprintf("%s/%d/%d", d.Salt, c.Seed, i)
		var err error
		if nothing[i], err = watch(&d, rows(i, &d, 0)); err != nil {
			return err
		}
		planted[i], err = watch(&d, rows(i, &d, effect))
		done.add(1)
		return err
	})
	return nothing, planted, err
}

// table reads all experiments by the ways of the design's units; days is how many symbol-days begin a day.
func (c *PowerConfig) table(ctx context.Context, of string, units, days, workers int, rows func(run int, d *experiment.Design, effect float64) []experiment.Row,
	effect float64) (*experiment.Power, error) {
	if c.Design.Unit != experiment.SymbolDays {
		nothing, planted, err := try(ctx, c, workers, rows, effect, func(d *experiment.Design, r []experiment.Row) (experiment.Stops, error) {
			return experiment.Watch(d, r, c.Every)
		})
		return experiment.NewPower(of, &c.Design, effect, c.Every, units, nothing, planted), err
	}
	every := c.Every
	if every == 0 {
		every = days
	}
	nothing, planted, err := try(ctx, c, workers, rows, effect, func(d *experiment.Design, r []experiment.Row) (experiment.DayStops, error) {
		return experiment.WatchDays(d, r, every)
	})
	return experiment.NewDayPower(of, &c.Design, effect, every, units, nothing, planted), err
}

func (c *PowerConfig) drawn(ctx context.Context) (*experiment.Power, error) {
	w := &c.World
	of := fmt.Sprintf("%d experiments with drawn orders of seed %d: heavy-tailed costs (t with 4 degrees of freedom) that spread by %.3g bps, of which a covariate explains %.0f %%",
		c.Runs, c.Seed, w.SD, 100*w.R2)
	units := c.Orders
	if c.Design.Unit == experiment.SymbolDays {
		units = w.Symbols * w.Days
		of += fmt.Sprintf(", and of the rest %.3g %% are common to a symbol's day; %d orders in %d symbols on %d days, the k-th symbol with 1/k of the first one's", 100*w.Common, c.Orders, w.Symbols, w.Days)
	}
	return c.table(ctx, of, units, w.Symbols, runtime.GOMAXPROCS(0), func(i int, d *experiment.Design, effect float64) []experiment.Row {
		w := c.World
		w.Effect = effect
		return w.Rows(d, rand.New(rand.NewPCG(c.Seed, uint64(i))), c.Orders)
	}, w.Effect)
}

func (c *PowerConfig) inMarket(ctx context.Context) (*experiment.Power, error) {
	m := c.Market.withDefaults()
	d := c.Design
	d.Control, d.Treatment = Static, Static
	rows, err := m.experimentRows(ctx, &d)
	if err != nil {
		return nil, err
	}
	costs, units, least := []float64(nil), 0, experiment.Least
	if d.Unit == experiment.SymbolDays {
		for i := range rows.all {
			costs = append(costs, rows.all[i].Y)
		}
		units, least = experiment.CountDays(&d, rows.all), leastDays
	} else {
		if costs, err = experiment.Costs(rows.all); err != nil {
			return nil, err
		}
		units = len(costs)
	}
	if units < least {
		return nil, fmt.Errorf("%s: %d parents of %d seeds are %d units: nothing is read below %d, give more", m.Scenario.File, m.Parents, m.Seeds, units, least)
	}
	sd := stat.StdDev(costs, nil)
	of := fmt.Sprintf("%d experiments of static against static in the simulated market %s: %d orders of %d seeds from %d on in %d units, whose costs spread by %.3g bps; each experiment draws their arms anew",
		c.Runs, m.Scenario.Name, len(rows.all), m.Seeds, m.Seed, units, sd)
	return c.table(ctx, of, units, len(m.Scenario.Symbols), m.Workers, func(_ int, d *experiment.Design, effect float64) []experiment.Row {
		return experiment.Redrawn(d, rows.all, effect)
	}, c.World.Effect*sd/c.World.SD)
}

// leastDays is how many symbol-days nearly always give two to each arm.
const leastDays = 10
