package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/store"
	"github.com/sluice-sor/sluice/internal/store/archive"
)

// keptDays is how long a day stays in the store where --before says nothing (PRJ-07).
const keptDays = 90

func newStoreArchive() *cobra.Command {
	var before, to string
	var keep bool
	c := &cobra.Command{
		Use:   "archive [--before DATE] --to DIR STORE",
		Short: "Move the days before a date out of the store, into Parquet files",
		Long: "Archive writes each day before DATE to DIR/DAY, a Parquet file a table with a manifest of checksums, reads the files back,\n" +
			"and takes the day out of the store when they agree: in PostgreSQL by detaching and dropping its partitions, which needs the\n" +
			"owner, in SQLite by deleting. Parents that are not done, and children that may still trade, stay. A day that gets rows\n" +
			"while it is archived stays, too; run it again. A day that cannot be archived keeps no other from it: it is told, and the status\n" +
			"is 1. Commands that read decisions or train see what is in the store.",
		Example: "  sluice store archive --to /archive/sluice demo-data/sluice.db\n" +
			"  sluice store archive --before 2026-01-01 --to /archive/sluice postgres://owner@db/sluice",
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 0 || to == "" {
				return usageError{errors.New("name --to, the directory of the archive, and the store: a file such as demo-data/sluice.db, or postgres://…")}
			}
			limit := market.DateUTC(market.Time(time.Now().AddDate(0, 0, -keptDays).UnixNano()))
			if before != "" {
				var err error
				if limit, err = dayFlag("--before", before); err != nil {
					return err
				}
			}
			return withStore(c.Context(), args[0], func(st *store.Store) error { return archiveDays(c, st, to, limit, keep) })
		},
	}
	c.Flags().StringVar(&before, "before", "", fmt.Sprintf("a UTC day such as 2026-03-02; without it, %d days ago", keptDays))
	c.Flags().StringVar(&to, "to", "", "the directory of the archive; it is made if it is not there")
	c.Flags().BoolVar(&keep, "keep", false, "write the files and leave the rows in the store, too")
	return c
}

func archiveDays(c *cobra.Command, st *store.Store, to string, before market.Date, keep bool) error {
	days, err := st.Days(c.Context(), before)
	if err != nil {
		return err
	}
	move, did := archive.Move, "archived"
	if keep {
		move, did = archive.Write, "written"
	}
	var stuck []error
	for _, day := range days {
		begun := time.Now()
		m, err := move(c.Context(), st, to, day)
		if c.Context().Err() != nil {
			return err
		}
		if err != nil { // the other days must not wait for it
			stuck = append(stuck, fmt.Errorf("%v stays in the store: %w", day, err))
			continue
		}
		fmt.Fprintf(c.OutOrStdout(), "%v %s: %d rows, %.1f MB, %.1f s\n", day, did, m.Rows(), float64(m.Bytes())/1e6, time.Since(begun).Seconds())
	}
	if len(days) == 0 {
		fmt.Fprintf(c.OutOrStdout(), "nothing to archive before %v\n", before)
	}
	return errors.Join(stuck...)
}

func newStoreRestore() *cobra.Command {
	var days []string
	var check bool
	c := &cobra.Command{
		Use:   "restore [--day DATE …] DIR STORE",
		Short: "Put archived days back into a store, or check them",
		Long: "Restore reads the files of archived days, compares them with their manifests, and puts their rows back. A row that the store\n" +
			"has is kept, or replaced by a later one. The store may be another than the days came from. With --check nothing is put back\n" +
			"and no store is needed.",
		Example: "  sluice store restore --day 2026-01-05 --day 2026-01-06 /archive/sluice research.db\n" +
			"  sluice store restore --check /archive/sluice",
		Args: cobra.MaximumNArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 0 || !check && len(args) < 2 {
				return usageError{errors.New("name the directory of the archive, and the store: a file, made if it is not there, or postgres://…")}
			}
			chosen, err := archivedDays(args[0], days)
			if err != nil {
				return err
			}
			if check {
				for _, day := range chosen {
					if err := archive.Verify(args[0], day); err != nil {
						return err
					}
					fmt.Fprintf(c.OutOrStdout(), "%v is whole\n", day)
				}
				return nil
			}
			st, err := store.Open(c.Context(), args[1])
			if err != nil {
				return err
			}
			return errors.Join(restoreDays(c, st, args[0], chosen), st.Close())
		},
	}
	c.Flags().StringArrayVar(&days, "day", nil, "a day of the archive, such as 2026-03-02; without it all of them")
	c.Flags().BoolVar(&check, "check", false, "read the files and compare them with their manifests only")
	return c
}

func restoreDays(c *cobra.Command, st *store.Store, dir string, days []market.Date) error {
	for _, day := range days {
		n, err := archive.Restore(c.Context(), st, dir, day)
		if err != nil {
			return err
		}
		fmt.Fprintf(c.OutOrStdout(), "%v put back: %d rows\n", day, n)
	}
	return nil
}

// archivedDays gives the days of an archive that are asked for, all if none is.
func archivedDays(dir string, asked []string) ([]market.Date, error) {
	there, err := archive.Days(dir)
	if err != nil {
		return nil, err
	}
	if len(asked) == 0 {
		if len(there) == 0 {
			return nil, fmt.Errorf("archive %s has no day: name the directory that was given to sluice store archive --to", dir)
		}
		return there, nil
	}
	var out []market.Date
	for _, text := range asked {
		day, err := dayFlag("--day", text)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(there, day) {
			return nil, fmt.Errorf("archive %s has no %s: it has %v", dir, text, there)
		}
		out = append(out, day)
	}
	return out, nil
}

// dayFlag reads a day.
func dayFlag(flag, text string) (market.Date, error) {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return 0, usageError{fmt.Errorf("%s is %q: give a day such as 2026-03-02", flag, text)}
	}
	return market.DateUTC(market.Time(t.UnixNano())), nil
}

// withStore opens a store that is there for fn.
func withStore(ctx context.Context, target string, fn func(*store.Store) error) error {
	st, err := existingStore(ctx, target)
	if err != nil {
		return err
	}
	return errors.Join(fn(st), st.Close())
}
