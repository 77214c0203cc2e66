package shard

import (
	"slices"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/journal"
)

// unsent follows, during recovery, which reports to clients were handed to a FIX session before the stop: a report that
// took a message number stands in the session's store and is resent from there; one that did not is sent after the
// start, marked as a possible resend with its old ids (REC-08, ER-23).
type unsent struct {
	clients []clientReports
}

type clientReports struct {
	name    string
	reports []pendingReport
}

type pendingReport struct {
	client string
	seq    uint64
	key    ReportKey
	body   event.Body
}

// ReportKey identifies a report in its FIX form: the message type and what makes it unique there, ExecID (17) of an
// ExecutionReport, ClOrdID (11) of a cancel reject or of a mass cancel's report.
type ReportKey struct {
	MsgType string
	ID      string
}

func (u *unsent) of(client string) *clientReports {
	i := slices.IndexFunc(u.clients, func(c clientReports) bool { return c.name == client })
	if i < 0 {
		u.clients = append(u.clients, clientReports{name: client})
		i = len(u.clients) - 1
	}
	return &u.clients[i]
}

// follow takes the next record of the journal.
func (u *unsent) follow(rec *journal.Record, instance uint32, sessions Sessions) error {
	switch kind := event.Kind(rec.Type); {
	case kind == event.KindReportParent || kind == event.KindRejectRequest || kind == event.KindReportMassCancel:
		body, err := event.Decode(kind, rec.Payload)
		if err != nil {
			return err
		}
		u.reported(rec.Seq, instance, body)
	case !kind.IsEvent() && !kind.IsCommand() && sessions != nil:
		client, key, err := sessions.Saved(rec)
		if err != nil {
			return err
		}
		if client != "" {
			u.saved(client, key)
		}
	}
	return nil
}

// pending gives what was not handed over, client by client; restore takes it.
func (u *unsent) pending() (out []pendingReport) {
	for _, c := range u.clients {
		out = append(out, c.reports...)
	}
	return out
}

func (u *unsent) restore(reports []pendingReport) {
	for _, p := range reports {
		c := u.of(p.client)
		c.reports = append(c.reports, p)
	}
}

// reported notes a report that the engine gave.
func (u *unsent) reported(seq uint64, instance uint32, body event.Body) {
	switch r := body.(type) {
	case *event.ReportParent:
		r.Resend = true
		c := u.of(r.Client)
		c.reports = append(c.reports, pendingReport{r.Client, seq, ReportKey{"8", event.ExecID(instance, r.ExecID)}, r})
	case *event.RejectRequest:
		c := u.of(r.Client)
		c.reports = append(c.reports, pendingReport{r.Client, seq, ReportKey{"9", r.ClOrdID}, r})
	case *event.ReportMassCancel:
		c := u.of(r.Client)
		c.reports = append(c.reports, pendingReport{r.Client, seq, ReportKey{"r", r.ClOrdID}, r})
	}
}

// saved notes a report that stands in a session's store: it and all before it were handed over.
func (u *unsent) saved(client string, key ReportKey) {
	c := u.of(client)
	if i := slices.IndexFunc(c.reports, func(p pendingReport) bool { return p.key == key }); i >= 0 {
		c.reports = c.reports[i+1:]
	}
}

// all gives what was not handed over, in the order of the journal.
func (u *unsent) all() (out []released) {
	for _, c := range u.clients {
		for _, p := range c.reports {
			out = append(out, released{seq: p.seq, body: p.body})
		}
	}
	slices.SortFunc(out, func(a, b released) int {
		if a.seq < b.seq {
			return -1
		}
		return 1
	})
	return out
}
