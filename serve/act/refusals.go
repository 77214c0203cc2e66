package act

import (
	"fmt"
	"strings"
	"time"

	"golang.org/x/time/rate"

	"github.com/sluice-sor/sluice/serve/audit"
)

// Refusals of one person that are recorded: somebody who may do nothing must not fill the disk, because a full one stops
// the audit log, and with it every resume.
const (
	refusalsEvery = time.Second
	refusalsBurst = 30
	refusalMax    = 200 // bytes of each text that who asked made up
)

// refusals are those of one person.
type refusals struct {
	pace *rate.Limiter
	left int // that were not recorded since the last that was
}

// recordRefusal records that something was refused, or counts it for the next that is recorded.
func (d *Desk) recordRefusal(e audit.Entry) {
	d.mu.Lock()
	p := d.refused[e.Actor]
	if p == nil {
		p = &refusals{pace: rate.NewLimiter(rate.Every(refusalsEvery), refusalsBurst)}
		d.refused[e.Actor] = p
	}
	left := p.left
	if !p.pace.AllowN(d.cfg.Now(), 1) {
		p.left++
		d.mu.Unlock()
		return
	}
	p.left = 0
	d.mu.Unlock()
	for _, s := range []*string{&e.What, &e.Of, &e.Reason} {
		if len(*s) > refusalMax {
			*s = strings.ToValidUTF8((*s)[:refusalMax], "") + "…"
		}
	}
	if left > 0 {
		e.Text += fmt.Sprintf(" (before it, %d refusals are not listed)", left)
	}
	_ = d.record(e) // it logs what it cannot write
}
