package bandit

import "fmt"

// ExplorationConfig says how much a learner explores. The zero value is not usable; start from
// DefaultExploration.
type ExplorationConfig struct {
	Gamma0         float64 // γ₀ per bps (PLN-01)
	Floor          float64 // ε, total (PLN-02)
	AlarmFloor     float64 // ε after an alarm (DRF-03)
	AlarmDecisions int64   // for so many decisions
	EffectiveN     float64 // n_eff = 1/(1−g), decisions the memory holds
}

// DefaultExploration has γ₀ = 600, ε = .3 %, 3 % for 500 decisions after an alarm, n_eff = 5,000. In worlds like those of the
// learning text γ₀ from 20 to 1,000 is equal within noise in what a whole run costs; what is left is the cost of a cold start
// behind a ramp, which explores on a small share of the flow for long: the worst running excess over the static venue was
// 7.3 bps·orders with γ₀ = 60 and ε = 1 %, and 4.3 with these (mean of eight worlds; sluice evaluate --safety).
func DefaultExploration() ExplorationConfig {
	return ExplorationConfig{Gamma0: 600, Floor: 0.003, AlarmFloor: 0.03, AlarmDecisions: 500, EffectiveN: 5000}
}

// Exploration turns the number of decisions made into γ and ε. Its state belongs in a snapshot.
type Exploration struct {
	Config    ExplorationConfig
	Decisions int64 // N, decisions so far
	Alert     int64 // decisions that still use AlarmFloor
}

// Mix gives γ = γ₀·√min(N, n_eff) and ε for the next decision, for a learner's share m.
func (e *Exploration) Mix(share float64) Mix {
	mix := Mix{Floor: e.Config.Floor, Share: share}
	mix.Gamma = e.Config.Gamma0 * sqrt(min(float64(e.Decisions), e.Config.EffectiveN))
	if e.Alert > 0 {
		mix.Floor = e.Config.AlarmFloor
	}
	return mix
}

// Decided counts one decision made with Mix.
func (e *Exploration) Decided() {
	e.Decisions++
	e.Alert = max(0, e.Alert-1)
}

// Alarmed raises the floor for the configured number of decisions.
func (e *Exploration) Alarmed() { e.Alert = e.Config.AlarmDecisions }

// Tempered answers Learner.Temper, which keeps a tenth of the data: what was learned counts for a tenth of the
// decisions that it took, and the floor is raised as after an alarm.
func (e *Exploration) Tempered() {
	e.Decisions = int64(min(float64(e.Decisions), e.Config.EffectiveN) * cusumRemembers)
	e.Alarmed()
}

const explorationMagic = "SLBEXP01"

// AppendSnapshot appends the configuration and the counts to b.
func (e *Exploration) AppendSnapshot(b []byte) []byte {
	w := encoder{append(b, explorationMagic...)}
	w.floats([]float64{e.Config.Gamma0, e.Config.Floor, e.Config.AlarmFloor, e.Config.EffectiveN})
	w.i64(e.Config.AlarmDecisions)
	w.i64(e.Decisions)
	w.i64(e.Alert)
	return w.seal(len(b))
}

// RestoreExploration reads what AppendSnapshot wrote and refuses damaged bytes and figures out of
// bounds.
func RestoreExploration(data []byte) (*Exploration, error) {
	d := open(data, explorationMagic, "exploration snapshot")
	e := &Exploration{}
	e.Config.Gamma0, e.Config.Floor, e.Config.AlarmFloor, e.Config.EffectiveN = d.f64(), d.f64(), d.f64(), d.f64()
	e.Config.AlarmDecisions, e.Decisions, e.Alert = d.i64(), d.i64(), d.i64()
	if err := d.close(); err != nil {
		return nil, fmt.Errorf("bandit: reading an exploration snapshot: %w", err)
	}
	if err := e.Config.Validate(); err != nil {
		return nil, err
	}
	if e.Decisions < 0 || e.Alert < 0 {
		return nil, fmt.Errorf("bandit: reading an exploration snapshot: %d decisions, %d on alert", e.Decisions, e.Alert)
	}
	return e, nil
}

// Validate names every figure that is out of range.
func (c ExplorationConfig) Validate() error {
	if !(c.Gamma0 >= 0 && c.Gamma0 <= 1e6) || !(c.EffectiveN >= 1 && c.EffectiveN <= 1e12) {
		return fmt.Errorf("bandit: exploration: Gamma0 %v (0 to 1e6 per bps), EffectiveN %v (1 to 1e12 decisions)", c.Gamma0, c.EffectiveN)
	}
	if !(c.Floor >= 0 && c.Floor <= 1) || !(c.AlarmFloor >= c.Floor && c.AlarmFloor <= 1) || c.AlarmDecisions < 0 {
		return fmt.Errorf("bandit: exploration: Floor %v (0 to 1), AlarmFloor %v (Floor to 1), AlarmDecisions %d (0 or more)", c.Floor, c.AlarmFloor, c.AlarmDecisions)
	}
	return nil
}
