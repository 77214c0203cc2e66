package serve

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/models/registry"
	"github.com/sluice-sor/sluice/serve/access"
	"github.com/sluice-sor/sluice/serve/act"
	"github.com/sluice-sor/sluice/serve/audit"
	"github.com/sluice-sor/sluice/serve/secure"
	"github.com/sluice-sor/sluice/serve/swap"
	"github.com/sluice-sor/sluice/serve/web"
)

// openPeople opens what people need to act: the audit log, the users, and the desk that does what they ask.
func (r *Router) openPeople() error {
	var damaged *audit.Damaged
	var err error
	if r.audit, err = audit.Open(r.file.Router.AuditFile, nil); errors.As(err, &damaged) {
		r.tampered = damaged.Error()
		r.log.Error("the audit log was changed", "kept_as", damaged.Path, "error", damaged.Err)
	} else if err != nil {
		return err
	}
	record := func(e audit.Entry) {
		if _, err := r.audit.Append(e); err != nil {
			r.log.Error("an entry is not in the audit log", "what", e.What, "actor", e.Actor, "error", err)
		}
	}
	if r.gate, err = access.Open(access.Config{File: r.file.Router.UsersFile, Log: r.log, Audit: record}); err != nil {
		return err
	}
	c := act.Config{Engine: operated{r.shard, r.ladder}, Parent: r.parentFor, Stand: r.stand, Gate: r.gate, Audit: r.audit, Log: r.log,
		Known: r.known(), InForce: r.view.Limits, Documents: r.readLimits, Heads: r.heads.Told,
		Models: &deciding{r.models, r.file.Router.Name, r.file.Models.CanaryShare}}
	for i := range r.file.Venues {
		c.Venues = append(c.Venues, r.file.Venues[i].Name)
	}
	r.desk = act.New(c)
	return r.openHeads()
}

// SetupFile is where the token stands by which the first user is set up; empty once there is one.
func (r *Router) SetupFile() string { return r.gate.SetupFile() }

// access is who may read the page and act on it.
func (r *Router) access() web.Access {
	f := &r.file.Router
	return web.Access{Gate: r.gate, Desk: r.desk, Open: f.HTTPOpen, TLS: f.HTTPTLS.On, Remote: !f.PageIsLocal()}
}

// listenPage opens the page's port, with TLS where the file has a certificate.
func (r *Router) listenPage() (net.Listener, error) {
	f := &r.file.Router
	var cfg *tls.Config
	if f.HTTPTLS.On {
		var err error
		if cfg, err = secure.Server(&f.HTTPTLS); err != nil {
			return nil, fmt.Errorf("router.http_%w", err)
		}
	}
	l, err := listen(f.HTTPAddr, "router.http_addr")
	if err != nil || l == nil || cfg == nil {
		return l, err
	}
	return tls.NewListener(l, cfg), nil
}

// known is what the configuration names (KILL-01).
func (r *Router) known() act.Known {
	var k act.Known
	for i := range r.file.Venues {
		k.Venues = append(k.Venues, r.file.Venues[i].Name)
	}
	for i := range r.file.Clients {
		k.Clients = append(k.Clients, r.file.Clients[i].Name)
	}
	for i := range r.file.Instruments {
		k.Symbols = append(k.Symbols, string(r.file.Instruments[i].Symbol))
	}
	return k
}

// parentFor is what the desk must know of a parent.
func (r *Router) parentFor(id order.ParentID) (act.Parent, bool) {
	p, ok := r.view.Parent(id)
	if !ok {
		return act.Parent{}, false
	}
	return act.Parent{Client: p.Client, Hold: p.Hold}, true
}

// stand says how what an action is about stands, for the audit log. The view may be some milliseconds behind.
func (r *Router) stand(a act.Action) string {
	switch {
	case a.Parent != 0:
		p, ok := r.view.Parent(a.Parent)
		if !ok {
			return "not known here"
		}
		return strings.TrimSpace(fmt.Sprintf("%s, %d of %d filled, urgency %s, hold %q %s", p.Status, p.Cum, p.Qty, p.Urgency, p.Hold, p.Reason))
	case a.Do == act.Halt || a.Do == act.Resume:
		var halts []string
		for _, h := range r.view.Snapshot().Halts {
			halts = append(halts, fmt.Sprintf("client %q symbol %q venue %q by %s", h.Client, h.Symbol, h.Venue, h.Actor))
		}
		return fmt.Sprintf("%d halts in force: %s", len(halts), strings.Join(halts, "; "))
	case a.Do == act.LearningHold || a.Do == act.LearningRelease:
		l := r.shard.Learning()
		return fmt.Sprintf("held %t, share %.3g", l.Held, l.Share)
	case strings.HasPrefix(a.Do, "model."):
		p := r.models.Places()
		return fmt.Sprintf("serving %s, beside %s, share %.3g", p.Serving, p.Beside, p.Share)
	}
	return ""
}

// followWithin is how long a person waits for the router to follow what they decided about a model.
const followWithin = 10 * time.Second

// deciding lets the desk decide about models, through the registry that the router follows.
type deciding struct {
	follower *swap.Follower
	router   string
	canary   float64 // share of one that names no other
}

// Resolve implements act.Models.
func (d *deciding) Resolve(ctx context.Context, name string) (string, error) {
	r, err := d.follower.Registry()
	if err != nil {
		return "", err
	}
	return r.Resolve(ctx, name)
}

// Decide implements act.Models.
func (d *deciding) Decide(ctx context.Context, what registry.Decision, by registry.Who) (string, error) {
	r, err := d.follower.Registry()
	if err != nil {
		return "", err
	}
	if what.What == registry.Canary && what.Share == 0 {
		what.Share = d.canary
	}
	line, err := r.Decide(ctx, what, by)
	if err != nil {
		return "", err
	}
	text := fmt.Sprintf("%s %s: line %d of the ledger", line.What, line.Model, line.Seq)
	ctx, cancel := context.WithTimeout(ctx, followWithin)
	defer cancel()
	said, err := r.Followed(ctx, what, &line, d.router)
	switch {
	case err != nil:
		return text + "; the router has not followed yet", nil
	case said.What == registry.Refused:
		return "", fmt.Errorf("%s, but the router refused it: %s", text, said.Reason)
	}
	return fmt.Sprintf("%s; router %s", text, said.Word(line.Model)), nil
}
