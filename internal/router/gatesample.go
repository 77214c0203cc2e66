package router

// CheckAgain asks stage A of the gate once more about a child that works, as it was asked when the child was decided, and
// changes nothing: whoever has a clock can so time it in the state that it is in (MET-11). n counts through the orders that
// work; false says that the n-th has no child, or is not there.
func (e *Engine) CheckAgain(n int) bool {
	if n >= len(e.live) || len(e.live[n].children) == 0 {
		return false
	}
	p := e.live[n]
	c := p.children[0]
	e.gate.Child(&p.Parent, p.exposure()-c.Exposure(), len(p.children)-1, &c.Child, p.symbol.quote)
	return true
}
