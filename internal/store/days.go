package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/sluice-sor/sluice/internal/market"
)

const (
	// daysAhead is how many days of partitions there are beyond today (PRJ-03): a week in which nobody needs to look.
	daysAhead = 7
	// aheadEvery is how often that is seen to.
	aheadEvery = time.Hour
	// noPartition is the SQLSTATE of a row for which there is no partition; other checks that fail have it, too.
	noPartition = "23514"
)

// days remembers which partitions there are.
type days struct {
	mu     sync.Mutex
	looked time.Time      // when those ahead were last made
	known  map[int64]bool // days that have partitions
	missed []market.Date
}

// makeAhead makes the partitions of the days to come, at most once an hour. One that cannot be made now is a miss when its rows
// come, and is told then; who may not make any reads only, or somebody else's store.
func (p *postgres) makeAhead(ctx context.Context) {
	now := time.Now()
	p.days.mu.Lock()
	due := now.Sub(p.days.looked) >= aheadEvery
	if due {
		p.days.looked = now
	}
	p.days.mu.Unlock()
	if !due {
		return
	}
	made := map[int64]bool{}
	for n := -1; n <= daysAhead; n++ { // yesterday: a market's own date may be behind
		day := dayOf(market.Time(now.AddDate(0, 0, n).UnixNano()))
		if _, err := p.pool.Exec(ctx, "SELECT sluice_make_day($1)", day); err != nil {
			break
		}
		made[day] = true
	}
	_ = p.days.settle(made, nil) // there is no error to pass on
}

// makeDays makes the partitions that a batch needs and that are not known to be there. Those of days that are over are of a
// journal that is read again; others are missing because they were not made ahead.
func (b postgresBatch) makeDays(ctx context.Context, t *table, rows [][]any) error {
	at := t.index(t.daily)
	for _, row := range rows {
		day := row[at].(int64)
		if b.made[day] || b.pg.days.has(day) {
			continue
		}
		var missing bool
		if err := b.tx.QueryRow(ctx, "SELECT sluice_make_day($1)", day).Scan(&missing); err != nil {
			return fmt.Errorf("no partition for the rows of %d, and none can be made: %w: let this user make them, GRANT EXECUTE ON FUNCTION sluice_make_day TO …", day, err)
		}
		b.made[day] = true
		if today := dayOf(market.Time(time.Now().UnixNano())); missing && day >= today {
			b.pg.days.miss(market.Date(day))
		}
	}
	return nil
}

func (d *days) has(day int64) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.known[day]
}

func (d *days) miss(day market.Date) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !slices.Contains(d.missed, day) {
		d.missed = append(d.missed, day)
	}
}

// settle remembers what a transaction made, if it was committed. A partition that is not there although it was known has been
// archived meanwhile: then nothing is known.
func (d *days) settle(made map[int64]bool, err error) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if refused := (*pgconn.PgError)(nil); errors.As(err, &refused) && refused.Code == noPartition {
		d.known = nil
	}
	if err != nil {
		return err
	}
	if d.known == nil {
		d.known = map[int64]bool{}
	}
	for day := range made {
		d.known[day] = true
	}
	return nil
}

func (p *postgres) missed() []market.Date {
	p.days.mu.Lock()
	defer p.days.mu.Unlock()
	out := p.days.missed
	p.days.missed = nil
	return out
}
