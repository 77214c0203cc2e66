package doctor

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/serve/access"
	"github.com/sluice-sor/sluice/serve/control"
	"github.com/sluice-sor/sluice/serve/ladder"
	"github.com/sluice-sor/sluice/serve/words"
)

// standing tells of the halts, the brake and the baskets that a stopped router's next start goes on with.
func (d *doctor) standing(r *records) {
	for i := range r.halts {
		h := &r.halts[i]
		scope := [...]string{h.Client, string(h.Symbol), h.Venue, h.Algorithm}
		d.halt(scope, h.Actor, h.Reason, h.at, "; the next start goes on so", "start it, then ")
	}
	if len(r.halts) == 0 {
		d.report.add("halts", OK, "", "none is in force%s", r.since())
	}
	if level, why := r.ladder.Level(); level == ladder.Passive {
		d.report.add("ladder", Warn, "start it, then `sluice ladder lift -c "+d.Path+"` once what it says is over", "%v; the next start goes on so", why)
	}
	for _, id := range slices.Sorted(maps.Keys(r.baskets)) {
		b := r.baskets[id]
		d.basket(id, b.Client, b.Waiting, b.Amount.Dollars(), int64(b.Since), "start it, then ")
	}
}

// since says what of the past is not known.
func (r *records) since() string {
	if r.first > 1 {
		return fmt.Sprintf(" of record %d or later; older ones are archived", r.first)
	}
	return ""
}

// asks has the running router tell of its halts and baskets.
func (d *doctor) asks(ctx context.Context) {
	if !d.running {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, d.Timeout)
	defer cancel()
	dir := d.file.Router.JournalDir
	a, err := control.Call(ctx, dir, &control.Request{Do: control.DoHalts})
	if err != nil {
		return // the ladder's check says so
	}
	for i := range a.Halts {
		h := &a.Halts[i]
		left := ""
		if !h.Flat {
			left = fmt.Sprintf("; %d of %d orders in it are not confirmed gone", h.Total-h.Confirmed, h.Total)
		}
		d.halt([...]string{h.Client, h.Symbol, h.Venue, h.Algorithm}, h.Actor, h.Reason, market.Time(h.SinceNs), left, "")
	}
	if len(a.Halts) == 0 {
		d.report.add("halts", OK, "", "none is in force")
	}
	if a, err = control.Call(ctx, dir, &control.Request{Do: control.DoBaskets}); err != nil {
		return
	}
	for i := range a.Baskets {
		b := &a.Baskets[i]
		d.basket(b.Basket, b.Client, b.Waiting, b.Amount, b.SinceNs, "")
	}
}

// scopes names the parts of a halt's scope, as the flags of `sluice resume` do.
var scopes = [...]string{"client", "symbol", "venue", "algorithm"}

func (d *doctor) halt(scope [len(scopes)]string, actor, reason string, at market.Time, more, first string) {
	words, flags := []string{}, ""
	for i, name := range scopes {
		if scope[i] != "" {
			words, flags = append(words, name+" "+scope[i]), flags+" --"+name+" "+scope[i]
		}
	}
	what := strings.Join(words, ", ")
	if what == "" {
		what = "everything"
	}
	d.report.add("halts", Warn, first+"once what it says is over: "+d.resume(flags),
		"%s is halted by %s since %s: %s%s", what, actor, moment(at), reason, more)
}

// resume is the command that lifts a halt, by two persons where they are asked for (KILL-03).
func (d *doctor) resume(flags string) string {
	command := "`sluice resume" + flags + " --actor … %s--reason … -c " + d.Path + "`"
	users, err := access.Load(d.file.Router.UsersFile)
	switch {
	case !d.file.Limits.TwoPersons:
		return fmt.Sprintf(command, "")
	case err == nil && len(users.Users) > 0:
		return fmt.Sprintf(command, "") + ", then somebody else `sluice approve`"
	}
	return fmt.Sprintf(command, "--second … ")
}

func (d *doctor) basket(id uint64, client string, waiting uint32, amount string, since int64, first string) {
	d.report.add("baskets", Warn, fmt.Sprintf("%slook with `sluice basket -c %s`, then `sluice basket confirm %d` or `deny`", first, d.Path, id),
		"%s of basket %d of %s, %s in all, %s for a person since %v (RISK-20)", words.Count(waiting, "order", "orders"), id, client, amount, words.Verb(waiting, "waits", "wait"), d.Now().Sub(time.Unix(0, since)).Truncate(time.Second))
}
