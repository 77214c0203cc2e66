package act

import (
	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/models/registry"
	"github.com/sluice-sor/sluice/serve/access"
	"github.com/sluice-sor/sluice/serve/control"
)

// rule says who may ask for an action, who approves it, what it needs, and what it becomes.
type rule struct {
	do      string
	ask     []access.Role
	approve []access.Role // one of these, of a second person; empty = one person decides
	needs   []string      // fields
	may     []string
	less    bool   // the router does less then: it is not kept waiting by the audit log
	control string // the request to the engine
	model   string // the decision about a model
}

func (r *rule) twoPeople() bool { return len(r.approve) > 0 }

// rules is SEC-04 as a table. No role that asks for anything that needs two people approves anything.
func rules() []rule {
	var (
		desk   = []access.Role{access.Trader, access.Risk}
		risk   = []access.Role{access.Risk}
		model  = []access.Role{access.Model}
		second = []access.Role{access.Admin}
		parent = []string{"parent"}
		scope  = []string{"client", "symbol", "venue", "algorithm"}
	)
	return []rule{
		{do: ParentPause, ask: desk, needs: parent, less: true, control: control.DoHalt},
		{do: ParentResume, ask: desk, needs: parent, control: control.DoResume},
		{do: ParentCancel, ask: desk, needs: parent, less: true, control: control.DoCancel},
		{do: ParentSteer, ask: desk, needs: parent, may: []string{"urgency", "limit", "max_pct"}, control: control.DoSteer},
		{do: Halt, ask: risk, may: scope, less: true, control: control.DoHalt},
		{do: Resume, ask: risk, approve: second, may: scope, control: control.DoResume},
		{do: LearningHold, ask: []access.Role{access.Risk, access.Model}, less: true, control: control.DoHoldLearning},
		{do: LearningRelease, ask: risk, approve: second, control: control.DoReleaseLearning},
		{do: ModelPromote, ask: model, approve: second, needs: []string{"model"}, model: registry.Promote},
		{do: ModelCanary, ask: model, needs: []string{"model"}, may: []string{"share"}, model: registry.Canary},
		{do: ModelShadow, ask: model, needs: []string{"model"}, model: registry.Shadow},
		{do: ModelRollback, ask: []access.Role{access.Model, access.Risk}, model: registry.Rollback},
		{do: ExperimentStart, ask: model, needs: []string{"name"}, may: []string{"kind", "control", "treatment", "share", "most"}, control: control.DoStartExperiment},
		{do: ExperimentStop, ask: model, control: control.DoStopExperiment},
		{do: BasketConfirm, ask: risk, needs: []string{"basket"}, control: control.DoConfirm},
		{do: BasketDeny, ask: risk, needs: []string{"basket"}, less: true, control: control.DoRefuse},
	}
}

// ruleOf finds the rule of an action, nil for none.
func ruleOf(do string) *rule {
	all := rules()
	for i := range all {
		if all[i].do == do {
			return &all[i]
		}
	}
	return nil
}

// ruleOf finds the rule of an action as things stand: to let an order go on that a rule or contradicting reports stopped is
// to reset a breaker, which risk asks for and a second person approves (RISK-07, RISK-12).
func (d *Desk) ruleOf(r *rule, a *Action) *rule {
	if r == nil || r.do != ParentResume || !d.stopped(a) {
		return r
	}
	two := *ruleOf(Resume)
	two.do, two.needs, two.may, two.control = r.do, r.needs, nil, r.control
	return &two
}

// stopped reports whether an action is about an order that no person paused and that routes nothing all the same.
func (d *Desk) stopped(a *Action) bool {
	if d.cfg.Parent == nil {
		return false
	}
	p, ok := d.cfg.Parent(a.Parent)
	return ok && (p.Hold == order.HoldStop.String() || p.Hold == order.HoldFrozen.String())
}

// ruleFor finds the rule of a request to the engine; nil for one that is no action, such as the resolution of a child.
func ruleFor(r *control.Request) *rule {
	all := rules()
	for i := range all {
		x := &all[i]
		ofParent := len(x.needs) > 0 && x.needs[0] == "parent"
		if x.control == r.Do && ofParent == (r.Parent != 0) {
			return x
		}
	}
	return nil
}

// Actions gives the names of all actions.
func Actions() []string {
	var out []string
	for _, r := range rules() {
		out = append(out, r.do)
	}
	return out
}

// Approve is what May calls the approval of what waits.
const Approve = "approve"

// May reports whether a person's roles let them ask for an action, or, with [Approve], approve one. Whose order a parent
// is, the desk looks at when it is asked.
func May(p *access.Person, do string) bool {
	if p == nil {
		return false
	}
	if do == Approve {
		return p.Has(access.Admin)
	}
	r := ruleOf(do)
	return r != nil && p.Has(r.ask...) && (!p.Bound() || r.ofOrders() || r.ofScope())
}
