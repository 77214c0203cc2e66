package doctor

import (
	"context"
	"errors"
	"io/fs"
	"os"

	"github.com/sluice-sor/sluice/serve/audit"
	"github.com/sluice-sor/sluice/serve/control"
	"github.com/sluice-sor/sluice/serve/secure"
	"github.com/sluice-sor/sluice/serve/syslog"
	"github.com/sluice-sor/sluice/serve/words"
)

// auditLog verifies the log of who did what (SEC-05): a start puts one that was changed aside, and begins another.
func (d *doctor) auditLog() {
	path := d.file.Router.AuditFile
	for _, old := range audit.PutAside(path) {
		d.report.add("audit log", Warn, "find out who changed it (`sluice audit verify "+old+"` says where), then keep it elsewhere", "a start found the log changed and put it aside as %s (SEC-05)", old)
	}
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return // nobody has done anything yet
	}
	var head audit.Head
	if err == nil {
		head, err = audit.Verify(f, "", nil)
		_ = f.Close() // only read
	}
	var unread *fs.PathError
	switch {
	case errors.As(err, &unread):
		d.report.add("audit log", Fail, "let the router's user read and write it, or change router.audit_file", "%s: %v", path, cause(err))
	case err != nil && !audit.Torn(err):
		d.report.add("audit log", Warn, "keep a copy and find out who changed it; a start puts it aside, pages, and begins another", "%s, after %s: %v (SEC-05)",
			path, words.Count(head.Seq, "sound line", "sound lines"), err)
	default: // what a crash cut off its end was never answered for
		d.report.add("audit log", OK, "", "%s, none changed", words.Count(head.Seq, "line", "lines"))
	}
}

// auditHead looks at who keeps the audit log's head beside the router (SEC-05): the syslog receiver is connected to, and a
// router that runs is asked whom it could not tell.
func (d *doctor) auditHead(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, d.Timeout)
	defer cancel()
	const remedy = "start the receiver, or mend router.audit_syslog; the router runs without it and tells it again every minute"
	y := &d.file.Router.AuditSyslog
	to, err := syslog.Parse(y.To)
	if err == nil {
		to.TLS, err = secure.Client(&y.TLS)
	}
	switch {
	case y.To == "":
		d.report.add("audit syslog", OK, "", "none is wanted")
	case err != nil: // a certificate that cannot be read: the router does not start
		d.report.add("audit syslog", Fail, "mend router.audit_syslog and its files", "%v", err)
	default:
		if err := to.Check(ctx); err != nil {
			d.report.add("audit syslog", Warn, remedy, "%s: %v", y.To, cause(err))
		} else if to.Network == syslog.UDP {
			d.report.add("audit syslog", OK, "", "%s: whether somebody listens there is not told over UDP", y.To)
		} else {
			d.report.add("audit syslog", OK, "", "%s answers", y.To)
		}
	}
	if !d.running {
		return
	}
	a, err := control.Call(ctx, d.file.Router.JournalDir, &control.Request{Do: control.DoHeads})
	if err != nil {
		return // the ladder's check says so
	}
	for _, h := range a.Heads {
		switch {
		case h.Failed != "" && h.At.IsZero():
			d.report.add("audit head", Warn, "mend what it says; it is told again every minute", "%s took none since the router's start: %s", h.To, h.Failed)
		case h.Failed != "":
			d.report.add("audit head", Warn, "mend what it says; it is told again every minute", "%s took none since %s: %s", h.To, moment(marketTime(h.At)), h.Failed)
		case !h.At.IsZero():
			d.report.add("audit head", OK, "", "%s took that of %d lines at %s", h.To, h.Lines, moment(marketTime(h.At)))
		}
	}
}
