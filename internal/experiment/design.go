package experiment

import (
	"errors"
	"fmt"
	"math"
)

// Unit is what is assigned as one.
type Unit string

// The units.
const (
	Parent     Unit = "parent"     // each parent order, with those it overlaps
	SymbolDays Unit = "switchback" // each symbol on each day
)

// Arm is 0 for the control, 1 for the treatment.
type Arm uint8

// The arms.
const (
	Control   Arm = 0
	Treatment Arm = 1
)

// Design is an experiment as it is registered before its first order (ABT-06). Nothing in it may change afterwards.
type Design struct {
	Name      string  `json:"name"`
	Salt      string  `json:"salt"`        // of the assignment; another salt is another draw
	Unit      Unit    `json:"unit"`        // parent or switchback
	Control   string  `json:"control"`     // static, learner, or a model's id
	Treatment string  `json:"treatment"`   // likewise
	Share     float64 `json:"share"`       // of units that get the treatment, .05 to .95
	Alpha     float64 `json:"alpha"`       // that the interval ever misses the effect
	Tune      float64 `json:"tune"`        // units at which the interval is to be narrowest, n*
	Futile    float64 `json:"futile"`      // bps: an effect that small does not matter
	Most      int64   `json:"most"`        // units after which it ends, whatever it says; 0 = none
	Winsor    float64 `json:"winsor"`      // share of costs pulled in at each end, in the second reading
	WashOutNs int64   `json:"wash_out_ns"` // switchback: orders that arrive so soon after the open are left out
}

// Least is the number of units below which nothing is read (ABT-03).
const Least = 200

// Default is a design with the settings of the learning text, section 10.
func Default(name string) Design {
	return Design{Name: name, Salt: name, Unit: Parent, Control: "static", Treatment: "learner", Share: .5, Alpha: .05, Tune: 5_000,
		Futile: .2, Winsor: .005, WashOutNs: 5 * 60 * 1_000_000_000}
}

// Validate names every setting that is out of range, with its remedy.
func (d *Design) Validate() error {
	var errs []error
	wrong := func(format string, a ...any) {
		errs = append(errs, fmt.Errorf("experiment %q: "+format, append([]any{d.Name}, a...)...))
	}
	if d.Name == "" {
		wrong("name is empty: give one, the report is found by it")
	}
	if d.Salt == "" {
		wrong("salt is empty: give any text, and a new one for each experiment")
	}
	if d.Unit != Parent && d.Unit != SymbolDays {
		wrong("unit is %q: use %q or %q", d.Unit, Parent, SymbolDays)
	}
	if d.Control == "" || d.Treatment == "" || d.Control == d.Treatment && d.Control != "static" {
		wrong("control is %q and treatment %q: name two policies, or static twice to test the experiment itself", d.Control, d.Treatment)
	}
	within := func(key string, x, lo, hi float64) {
		if !(x >= lo && x <= hi) {
			wrong("%s is %v: give %v to %v", key, x, lo, hi)
		}
	}
	within("share", d.Share, .05, .95)
	within("alpha", d.Alpha, 1e-6, .5)
	within("tune", d.Tune, Least, 1e9)
	within("futile", d.Futile, 0, 1_000)
	within("winsor", d.Winsor, 0, .25)
	if d.Most < 0 || d.Most > 0 && d.Most < Least {
		wrong("most is %d: give %d or more, or 0 for no end", d.Most, Least)
	}
	if d.WashOutNs < 0 {
		wrong("wash_out_ns is %d: give 0 or more", d.WashOutNs)
	}
	return errors.Join(errs...)
}

// UnitsNeeded is about how many units an effect of delta bps takes to be seen with power .8 at α = .05 two-sided, by the rule of
// 16: 16·(sd/delta)² an arm at equal shares (van Belle 2008), less what covariates explain of the variance, r2. It is for planning
// an experiment that is read once; one that may be read at any time takes about half as many again.
func UnitsNeeded(sd, delta, r2 float64) int64 {
	if !(sd > 0) || delta == 0 || !(r2 >= 0 && r2 < 1) {
		return 0
	}
	x := sd / delta
	return int64(math.Ceil(2 * 16 * x * x * (1 - r2)))
}
