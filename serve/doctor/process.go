//go:build unix

package doctor

import (
	"context"
	"errors"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/serve/control"
	"github.com/sluice-sor/sluice/serve/ladder"
)

// Files that a router holds open beside its sessions: segments, snapshots, the store, listeners; and what strangers may hold
// before they are refused (GRD-07).
const (
	filesAtRest  = 128
	filesASocket = 4 // a session's two ends, its relay and one that is being replaced
)

func marketTime(t time.Time) market.Time { return market.Time(t.UnixNano()) }

// process looks at what the system allows whoever runs this: open files and core dumps. A service has its own limits, so these
// only warn unless no router could run.
func (d *doctor) process() {
	sessions := len(d.file.Clients) + len(d.file.FIX.DropCopies) + 2*len(d.file.Venues)
	need := uint64(filesAtRest + filesASocket*sessions)
	limit := d.Limit
	if limit == nil {
		limit = getrlimit
	}
	files, err := limit(unix.RLIMIT_NOFILE)
	const remedy = "ulimit -n 65536, or LimitNOFILE=65536 in the service"
	switch {
	case err != nil:
		d.report.add("open files", Warn, "", "cannot be told: %v", err)
	case files < need:
		d.report.add("open files", Fail, remedy, "%d are allowed, %d sessions need %d", files, sessions, need)
	case files < 4*need:
		d.report.add("open files", Warn, remedy, "%d are allowed, %d sessions need %d: little is left for a storm of connections", files, sessions, need)
	default:
		d.report.add("open files", OK, "", "%d are allowed, %d sessions need %d", files, sessions, need)
	}
	if core, err := limit(unix.RLIMIT_CORE); err == nil && core > 0 {
		d.report.add("core dumps", Warn, "ulimit -c 0, or LimitCORE=0 in the service", "a crash would write orders and passwords to a file (SEC-12)")
		return
	}
	d.report.add("core dumps", OK, "", "none are written")
}

func getrlimit(resource int) (uint64, error) {
	var r unix.Rlimit
	err := unix.Getrlimit(resource, &r)
	return uint64(r.Cur), err //nolint:unconvert // other systems count in other integers
}

// lastRun says how the last run ended, or on which rung the present one stands (OPS-04).
func (d *doctor) lastRun(ctx context.Context) {
	dir := d.file.Router.JournalDir
	if !d.running {
		// A router that stops takes its socket away, one that is killed cannot.
		if _, err := os.Stat(control.Path(dir)); err == nil {
			d.report.add("last run", Warn, "look into its log for why; the next start asks every venue how each order stands", "it did not stop, it was killed or has crashed")
		} else if _, err := os.Stat(dir); err == nil {
			d.report.add("last run", OK, "", "it stopped by itself")
		}
		return
	}
	ctx, cancel := context.WithTimeout(ctx, d.Timeout)
	defer cancel()
	a, err := control.Call(ctx, dir, &control.Request{Do: control.DoLadder})
	switch {
	case errors.Is(err, os.ErrPermission):
		d.report.add("ladder", Warn, "ask as the user that runs the router", "%v", err)
	case err != nil || a.Ladder == nil:
		d.report.add("ladder", Warn, "look into its log: a router that starts answers when it has replayed its journal", "the router does not answer: %v", err)
	case ladder.Level(a.Ladder.Level) >= ladder.CancelAll:
		d.report.add("ladder", Warn, "once what it says is over: "+d.resume(""), "%s", a.Ladder.Text())
	case ladder.Level(a.Ladder.Level) == ladder.Passive:
		d.report.add("ladder", Warn, "a full or slow disk and a difference from the fleet's manifest end by themselves once they are mended; "+
			"what waits for a person, by `sluice ladder lift -c "+d.Path+"`", "%s", a.Ladder.Text())
	default:
		d.report.add("ladder", OK, "", "%s", a.Ladder.Text())
	}
}
