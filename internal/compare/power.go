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
	Every  int // units between looks
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
func (c *PowerConfig) try(ctx context.Context, workers int, rows func(run int, d *experiment.Design, effect float64) []experiment.Row, effect float64) (nothing, planted []experiment.Stops, err error) {
	nothing, planted = make([]experiment.Stops, c.Runs), make([]experiment.Stops, c.Runs)
	done := &progress{tell: c.Progress, of: c.Runs}
	err = parallel(ctx, workers, c.Runs, func(_ context.Context, i int) error {
		d := c.Design
		d.Salt = fmt.Sprintf("%s/%d/%d", d.Salt, c.Seed, i)
		var err error
		if nothing[i], err = experiment.Watch(&d, rows(i, &d, 0), c.Every); err != nil {
			return err
		}
		planted[i], err = experiment.Watch(&d, rows(i, &d, effect), c.Every)
		done.add(1)
		return err
	})
	return nothing, planted, err
}

func (c *PowerConfig) drawn(ctx context.Context) (*experiment.Power, error) {
	nothing, planted, err := c.try(ctx, runtime.GOMAXPROCS(0), func(i int, d *experiment.Design, effect float64) []experiment.Row {
		w := c.World
		w.Effect = effect
		return w.Rows(d, rand.New(rand.NewPCG(c.Seed, uint64(i))), c.Orders)
	}, c.World.Effect)
	of := fmt.Sprintf("%d experiments with drawn orders of seed %d: heavy-tailed costs (t with 4 degrees of freedom) that spread by %.3g bps, of which a covariate explains %.0f %%",
		c.Runs, c.Seed, c.World.SD, 100*c.World.R2)
	return experiment.NewPower(of, &c.Design, c.World.Effect, c.Every, c.Orders, nothing, planted), err
}

func (c *PowerConfig) inMarket(ctx context.Context) (*experiment.Power, error) {
	m := c.Market.withDefaults()
	d := c.Design
	d.Control, d.Treatment = Static, Static
	rows, err := m.experimentRows(ctx, &d)
	if err != nil {
		return nil, err
	}
	all := rows.all
	units, err := experiment.Costs(all)
	if err != nil {
		return nil, err
	}
	if len(units) < experiment.Least {
		return nil, fmt.Errorf("%s: %d parents of %d seeds are %d units: nothing is read below %d, give more", m.Scenario.File, m.Parents, m.Seeds, len(units), experiment.Least)
	}
	sd := stat.StdDev(units, nil)
	effect := c.World.Effect * sd / c.World.SD
	nothing, planted, err := c.try(ctx, m.Workers, func(_ int, d *experiment.Design, effect float64) []experiment.Row {
		return experiment.Redrawn(d, all, effect)
	}, effect)
	of := fmt.Sprintf("%d experiments of static against static in the simulated market %s: %d orders of %d seeds from %d on in %d units, whose costs spread by %.3g bps; each experiment draws their arms anew",
		c.Runs, m.Scenario.Name, len(all), m.Seeds, m.Seed, len(units), sd)
	return experiment.NewPower(of, &c.Design, effect, c.Every, len(units), nothing, planted), err
}
