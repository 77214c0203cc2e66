package doctor

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/quickfixgo/quickfix"

	fixstore "github.com/sluice-sor/sluice/fixgw/store"
	"github.com/sluice-sor/sluice/internal/market"
)

// fixSession is a session of the file, by its FIX id.
type fixSession struct {
	name   string
	resets bool // its numbers may begin at 1 with a Logon
}

// sessions gives the sessions of the file that keep their numbers, by their ids.
func (d *doctor) sessions() map[string]fixSession {
	all := map[string]fixSession{}
	add := func(version, ours, theirs string, s fixSession) {
		all[quickfix.SessionID{BeginString: version, SenderCompID: ours, TargetCompID: theirs}.String()] = s
	}
	for i := range d.file.Clients {
		c := &d.file.Clients[i]
		add(c.Version.BeginString(), c.OurCompID, c.CompID, fixSession{"client " + c.Name, c.AllowReset})
	}
	for i := range d.file.FIX.DropCopies {
		c := &d.file.FIX.DropCopies[i]
		add(c.Version.BeginString(), c.OurCompID, c.CompID, fixSession{name: "drop copy " + c.Name})
	}
	for i := range d.file.Venues {
		v := &d.file.Venues[i]
		if v.Orders.IsSet() {
			add(v.Orders.Version.BeginString(), v.Orders.OurCompID, v.Orders.TheirCompID, fixSession{"venue " + v.Name + " orders", v.Orders.Profile.ResetOnLogon})
		}
		if v.MarketData.IsSet() {
			add(v.MarketData.Version.BeginString(), v.MarketData.OurCompID, v.MarketData.TheirCompID, fixSession{"venue " + v.Name + " market data", true})
		}
	}
	return all
}

// numbers tells where each session goes on, and what of that its peer would not follow (STO-01, STO-04).
func (d *doctor) numbers(t *fixstore.Trail) {
	ours := d.sessions()
	var gone, known []string
	for _, n := range t.Sessions() {
		s, ok := ours[n.Session]
		if !ok {
			gone = append(gone, fmt.Sprintf("%s (next out %d, in %d)", n.Session, n.Sender, n.Target))
			continue
		}
		known = append(known, n.Session)
		check := "numbers " + s.name
		d.lowered(check, n)
		if !s.resets {
			d.reset(check, n)
		}
		d.report.add(check, OK, "", "%s", numbersText(n))
	}
	for _, id := range slices.Sorted(maps.Keys(ours)) {
		if len(gone) > 0 && !slices.Contains(known, id) {
			d.report.add("numbers "+ours[id].name, Warn, "if a comp_id was changed here alone, change it back; if it is a new session, agree with the peer to begin at 1",
				"%s has no numbers and begins at 1, the journal has those of %s, which the file has no more", id, strings.Join(gone, ", "))
		}
	}
}

func numbersText(n *fixstore.Numbers) string {
	text := fmt.Sprintf("goes on with %s out and %s in; last used at %s", numberText(n.Sender), numberText(n.Target), time.Unix(0, n.Last).UTC().Format(time.RFC3339))
	if !n.Clean {
		text += "; the stop was not clean, so it passes over the numbers reserved and the peer gets a gap fill"
	}
	if n.Skipped > 0 {
		text += fmt.Sprintf("; the peer passed over %d of its own", n.Skipped)
	}
	return text
}

// numberText is a number, or that the records which have it are archived.
func numberText(n int) string {
	if n == 0 {
		return "what its snapshot has"
	}
	return strconv.Itoa(n)
}

// recent is how long ago something is still of concern: a day.
func (d *doctor) recent(at int64) bool { return d.Now().Sub(time.Unix(0, at)) < 24*time.Hour }

// lowered tells of numbers that were set back by hand to used ones.
func (d *doctor) lowered(check string, n *fixstore.Numbers) {
	for _, l := range n.Lowered {
		if !d.recent(l.At) {
			continue
		}
		at := moment(market.Time(l.At))
		if l.Inbound {
			d.report.add(check, Warn, "hold the peer's own number against it; what it sends twice is taken twice unless it says so (43=Y)", "the next in was set back from %d to %d at %s: messages that were taken are asked for again", l.From, l.To, at)
			continue
		}
		d.report.add(check, Warn, "agree with the peer on the next number before the start: it refuses one that it has had", "the next out was set back from %d to %d at %s: the peer has had these", l.From, l.To, at)
	}
}

// reset tells of numbers that began at 1 again while the session was open and used, though the file does not permit it.
func (d *doctor) reset(check string, n *fixstore.Numbers) {
	for _, r := range n.Resets {
		open := d.file.Hours.Session(market.Time(r.At)).Open
		if !d.recent(r.At) || market.Time(r.Before) < open {
			continue
		}
		d.report.add(check, Warn, "what was on its way is not sent again: `sluice resolve -c "+d.Path+"` after the start lists what is in doubt, `sluice reconcile` with the peer's file shows what was missed",
			"its numbers began at 1 again at %s, within the day: %d out and %d in were given up", moment(market.Time(r.At)), r.Sender-1, r.Target-1)
	}
}
