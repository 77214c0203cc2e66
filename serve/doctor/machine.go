//go:build unix

package doctor

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/sluice-sor/sluice/internal/event"
)

// leastFree is what a start needs on the journal's volume: it preallocates two segments of 64 MiB (JRN-01).
const leastFree = 256 << 20

// journal checks the journal's directory: there or possible, private, writable, with room, and free.
func (d *doctor) journal() {
	dir := d.file.Router.JournalDir
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, os.ErrNotExist):
		d.newJournal(dir)
		return
	case err != nil:
		d.report.add("journal", Fail, "let the router's user read "+dir, "%v", err)
		return
	case !info.IsDir():
		d.report.add("journal", Fail, "remove it, or change router.journal_dir", "%s is not a directory", dir)
		return
	}
	if !d.writable("journal", "router.journal_dir", dir) {
		return
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		d.report.add("journal", Warn, "chmod 700 "+dir, "%s has mode %04o: other users of this machine can reach the orders (SEC-12)", dir, mode)
	}
	d.space(dir)
	d.lock(dir)
}

// newJournal checks that a directory that is not there can be made: its nearest ancestor must be writable.
func (d *doctor) newJournal(dir string) {
	above := nearest(dir)
	if !d.writable("journal", "router.journal_dir", above) {
		return
	}
	d.report.add("journal", OK, "", "%s will be made: a first start", dir)
	d.space(above)
}

// nearest gives dir or the closest directory above it that is there.
func nearest(dir string) string {
	for dir != filepath.Dir(dir) {
		if _, err := os.Stat(dir); err == nil {
			break
		}
		dir = filepath.Dir(dir)
	}
	return dir
}

// writable makes a file in dir and removes it; key names the directory in the configuration.
func (d *doctor) writable(check, key, dir string) bool {
	f, err := os.CreateTemp(dir, ".sluice-doctor-*")
	if err == nil {
		err = errors.Join(f.Close(), os.Remove(f.Name()))
	}
	if err != nil {
		d.report.add(check, Fail, "let the router's user write in "+dir+", or change "+key, "%s cannot be written: %v", dir, cause(err))
		return false
	}
	return true
}

func (d *doctor) space(dir string) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		d.report.add("journal space", Warn, "", "cannot be told: %v", err)
		return
	}
	free, total := int64(s.Bavail)*int64(s.Bsize), int64(s.Blocks)*int64(s.Bsize) //nolint:unconvert // other systems count in other integers
	level, warn, why := d.file.Journal.Pressure().Level(free, total)
	const remedy = "free space on the volume, or move router.journal_dir to a larger one"
	switch {
	case free < leastFree:
		d.report.add("journal space", Fail, remedy, "%d MiB free: a start needs %d", free>>20, leastFree>>20)
	case level > event.DegradedNone:
		d.report.add("journal space", Fail, remedy, "%s: no new orders are taken (JRN-10)", why)
	case warn:
		d.report.add("journal space", Warn, remedy, "%s", why)
	default:
		d.report.add("journal space", OK, "", "%s", why)
	}
	if to := d.file.Journal.ArchiveDir; to != "" && d.writable("journal archive", "journal.archive_dir", nearest(to)) {
		d.report.add("journal archive", OK, "", "%s: segments older than %d days go there", to, d.file.Journal.KeepDays)
	}
}

// lock asks whether another process holds the journal, by a shared lock that is given back at once (JRN-11).
func (d *doctor) lock(dir string) {
	f, err := os.Open(filepath.Join(filepath.Clean(dir), "lock"))
	if err != nil {
		d.report.add("journal", OK, "", "%s is writable and was not used before", dir)
		return
	}
	defer func() { _ = f.Close() }() // only read
	if err := unix.Flock(int(f.Fd()), unix.LOCK_SH|unix.LOCK_NB); err != nil {
		holder := make([]byte, 256)
		n, _ := f.Read(holder) // without a name it says less
		d.running = true
		d.report.add("journal", Warn, "stop that router before another one starts with this file", "%s is in use by %s", dir, strings.TrimSpace(string(holder[:n])))
		return
	}
	_ = unix.Flock(int(f.Fd()), unix.LOCK_UN) // closing would do it too
	d.report.add("journal", OK, "", "%s is writable and free", dir)
}

// clock checks that the clock is plausible and, where the system says so, synchronized.
func (d *doctor) clock() {
	now := d.Now()
	earliest := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	if now.Before(earliest) || now.Year() > 2100 {
		d.report.add("clock", Fail, "set the clock: trade dates, fees and reports depend on it", "it is %s here", now.UTC().Format(time.RFC3339))
		return
	}
	synced, known := clockSynchronized()
	switch {
	case !known:
		d.report.add("clock", OK, "", "%s; whether it is synchronized cannot be told here", now.UTC().Format(time.RFC3339))
	case !synced:
		d.report.add("clock", Warn, "run chrony or another NTP client; regulators ask for milliseconds", "%s, but the kernel says that nothing keeps it in step", now.UTC().Format(time.RFC3339))
	default:
		d.report.add("clock", OK, "", "%s, kept in step", now.UTC().Format(time.RFC3339))
	}
}
