//go:build unix

package doctor

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
)

// store opens the store. A SQLite file that is not there yet is not made: it would belong to whoever asks the doctor.
func (d *doctor) store(ctx context.Context) {
	if d.OpenStore == nil {
		return
	}
	remedy := "start the database, or mend router.store_url and its password; the router runs without it and catches up later"
	if path, ok := strings.CutPrefix(d.file.Router.StoreURL, "sqlite:"); ok {
		path = strings.TrimPrefix(path, "//")
		if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
			d.newStore(path)
			return
		}
		remedy = "mend what it says, or change router.store_url; what the store holds can be made again from the journal"
	}
	ctx, cancel := context.WithTimeout(ctx, 5*d.Timeout)
	defer cancel()
	if err := d.OpenStore(ctx, d.file.Router.StoreTarget()); err != nil {
		d.report.add("store", Fail, remedy, "%s", d.withoutPassword(err))
		return
	}
	d.report.add("store", OK, "", "%s opens", d.file.Router.StoreURL)
	d.limitUse(ctx)
}

// withoutPassword is the text of an error of the store: a driver may quote what it was given (SEC-06).
func (d *doctor) withoutPassword(err error) string {
	if p := d.file.Router.StorePassword; p.IsSet() {
		return strings.ReplaceAll(err.Error(), p.Reveal(), "***")
	}
	return err.Error()
}

// newStore checks that a SQLite file can be made: its folder is there, or comes with the journal's.
func (d *doctor) newStore(path string) {
	dir := filepath.Dir(path)
	above := nearest(dir)
	inside, err := filepath.Rel(dir, d.file.Router.JournalDir)
	if above != dir && (err != nil || inside == ".." || strings.HasPrefix(inside, "../")) {
		d.report.add("store", Fail, "mkdir -p -m 700 "+dir+", or change router.store_url", "%s: the directory %s does not exist", path, dir)
		return
	}
	if d.running {
		d.report.add("store", Warn, "restart the router: it makes the store anew from the journal", "%s was moved or deleted under the router that runs: what it writes is lost to reports", path)
		return
	}
	if !d.writable("store", "router.store_url", above) {
		return
	}
	why := "a first start"
	if found, _ := filepath.Glob(filepath.Join(filepath.Clean(d.file.Router.JournalDir), "*.seg")); len(found) > 0 {
		why = "from what is kept of the journal"
	}
	d.report.add("store", OK, "", "%s will be made: %s", path, why)
}
