package doctor

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/risk"
	"github.com/sluice-sor/sluice/internal/router"
	"github.com/sluice-sor/sluice/serve/config"
	"github.com/sluice-sor/sluice/serve/report"
	"github.com/sluice-sor/sluice/serve/words"
)

// useDays is how far back the use of a limit is looked at, as `sluice limits report` does.
const useDays = 30

// limits looks at the documents of limits: what in them is over, what of them contradicts itself, and which raise stays for
// good (RISK-16).
func (d *doctor) limits() {
	found, limits := len(d.report.Results), 0
	for i := range d.file.LimitFiles {
		doc := &d.file.LimitFiles[i]
		limits += len(doc.Limits)
		d.ended(doc)
		d.lists(doc)
		for j := range doc.Limits {
			d.endless(i, j)
			d.overlaps(i, j)
		}
	}
	if len(d.report.Results) == found {
		d.report.add("limits", OK, "", "version %s: %s with %s", d.file.LimitsAt(marketTime(d.Now())).Version,
			words.Count(len(d.file.LimitFiles), "document", "documents"), words.Count(limits, "limit", "limits"))
	}
}

// controls tells of the controls that do not refuse what they must, and of those that are off because limits.may_be_off lets
// them (RISK-14, INC-05).
func (d *doctor) controls() {
	l := d.file.LimitsAt(marketTime(d.Now()))
	may := l.MayBeOff
	l.MayBeOff = nil
	found, off := len(d.report.Results), []string(nil)
	for _, f := range router.SelfTest(l, d.file.MarketVenues(), risk.Gates{}) {
		if slices.Contains(may, f.Control) {
			off = append(off, f.Control+" "+f.Name)
		} else {
			d.report.add("controls", Fail, "mend the limit, or name "+f.Control+" in limits.may_be_off; until then the router starts halted", "%v", f)
		}
	}
	switch {
	case len(d.report.Results) > found:
	case len(off) > 0:
		d.report.add("controls", OK, "", "all refuse what they must, but for these, which are off and in limits.may_be_off: %s", strings.Join(off, ", "))
	default:
		d.report.add("controls", OK, "", "all refuse what they must")
	}
}

// ended names what of a document held once and holds no more.
func (d *doctor) ended(doc *config.LimitDocument) {
	now, over := marketTime(d.Now()), 0
	for i := range doc.Limits {
		if e := &doc.Limits[i]; e.Temporary() && e.Until <= now {
			over++
		}
	}
	remedy := "take it out of " + doc.Path + ", or give it a new window, a new version and who approved that; then `sluice limits apply`"
	if over > 0 && over == len(doc.Limits) && len(doc.Classes)+len(doc.Lists) == 0 {
		d.report.add("limits", Warn, "take "+doc.Path+" out of limits.files; then `sluice limits apply`", "document %s is over: each of its %d limits has ended", doc.Version, over)
		return
	}
	for i := range doc.Limits {
		if e := &doc.Limits[i]; e.Temporary() && e.Until <= now {
			d.report.add("limits", Warn, remedy, "%v = %s of document %s ended on %s", e, e.Value, doc.Version, moment(e.Until))
		}
	}
}

// lists names those that are of another trading day than the one that comes or goes on (RISK-10).
func (d *doctor) lists(doc *config.LimitDocument) {
	today := d.file.Hours.Session(marketTime(d.Now())).Date
	for i := range doc.Lists {
		l := &doc.Lists[i]
		if l.Day == today || !d.file.Limits.RequireLists && l.Day > today {
			continue
		}
		effect := "it is followed as it is"
		if d.file.Limits.RequireLists {
			effect = "limits.require_lists refuses what it would judge (RISK-10)"
		}
		d.report.add("limits", Warn, "put the list of "+today.String()+" into "+doc.Path+"; then `sluice limits apply`",
			"the %s list %q of document %s is of %v, the trading day is %v: %s", l.Name, l.Version, doc.Version, l.Day, today, effect)
	}
}

// endless names a raise that no time ends: it widens what would hold without it, once everything that begins or ends by itself
// has. What a class or a client has from ever has no other place than a document, and is no raise.
func (d *doctor) endless(i, j int) {
	doc := &d.file.LimitFiles[i]
	e := &doc.Limits[j]
	if e.Temporary() || e.From == 0 && e.Class+e.Client != "" {
		return
	}
	last := marketTime(d.Now())
	for at, by, _ := d.file.LimitsChange(last); by != nil; at, by, _ = d.file.LimitsChange(last) {
		last = at
	}
	without := *d.file
	without.LimitFiles = slices.Clone(without.LimitFiles)
	without.LimitFiles[i].Limits = slices.Delete(slices.Clone(doc.Limits), j, j+1)
	now, before := d.file.LimitsAt(last), without.LimitsAt(last)
	if len(now.Widened(&before)) > 0 {
		d.report.add("limits", Warn, "give it an until in "+doc.Path+"; if it is meant for good, put it where the narrower one stands",
			"%v = %s of document %s is a raise that never ends", e, e.Value, doc.Version)
	}
}

// overlaps names the limits behind one that set the same at the same time. One with an end over one for good is a raise, and in
// a document one for good follows an older one: these are meant.
func (d *doctor) overlaps(i, j int) {
	doc := &d.file.LimitFiles[i]
	a := &doc.Limits[j]
	for k := i; k < len(d.file.LimitFiles); k++ {
		other := &d.file.LimitFiles[k]
		for n := range other.Limits {
			b := &other.Limits[n]
			if k == i && n <= j || a.String() != b.String() || !d.together(a, b) || meant(a, b, k == i) {
				continue
			}
			holds := b
			if k == i && a.From > b.From {
				holds = a
			}
			d.report.add("limits", Warn, "take one out, or end it where the other begins; `sluice limits -c "+d.Path+"` says what holds",
				"%v is %s in document %s and %s in %s at the same time: %s holds", a, a.Value, doc.Version, b.Value, other.Version, holds.Value)
		}
	}
}

// together reports whether both hold at some time that is not over.
func (d *doctor) together(a, b *config.LimitEntry) bool {
	from := max(a.From, b.From, marketTime(d.Now()))
	return (a.Until == 0 || from < a.Until) && (b.Until == 0 || from < b.Until)
}

// meant reports whether b lies over a on purpose.
func meant(a, b *config.LimitEntry, oneDocument bool) bool {
	switch {
	case a.Temporary() && b.Temporary():
		return false
	case oneDocument:
		return a.Temporary() || b.Temporary() || a.From != b.From
	}
	return b.Temporary()
}

// limitUse says which limits are unreasonably wide, by what the store knows of the last days (RISK-16).
func (d *doctor) limitUse(ctx context.Context) {
	if d.LimitUse == nil {
		return
	}
	now := d.Now()
	uses, err := d.LimitUse(ctx, d.file.Router.StoreTarget(), d.file.LimitsAt(marketTime(now)), now.AddDate(0, 0, -useDays), now)
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		d.report.add("limits in use", OK, "", "the store has too many orders to tell at once: `sluice limits report -c %s` does", d.Path)
		return
	case err != nil:
		d.report.add("limits in use", Warn, "mend what it says; `sluice limits report -c "+d.Path+"` asks again", "cannot be told: %s", d.withoutPassword(err))
		return
	}
	wide := 0
	for _, u := range uses {
		if !u.Wide {
			continue
		}
		wide++
		d.report.add("limits in use", Warn, "narrow it, or keep why it is so wide in its rationale: `sluice limits report -c "+d.Path+"` shows all (RISK-16)", "%s", wideText(&u))
	}
	if wide == 0 {
		d.report.add("limits in use", OK, "", "none is beyond %d times its largest use in %d days", report.WideBeyond, useDays)
	}
}

func wideText(u *report.Use) string {
	name := u.Limit
	if u.Of != "" {
		name += " of client " + u.Of
	}
	if u.Times == 0 {
		return fmt.Sprintf("there is no %s, and %s was used on %s", name, u.Largest, u.Day)
	}
	return fmt.Sprintf("%s is %s, %.0f times its largest use of %s on %s", name, u.Value, u.Times, u.Largest, u.Day)
}

func moment(t market.Time) string { return t.UTC().Format(time.RFC3339) }
