package train

import "context"

// A Source gives what there is to train on, in the order of time. Each pass begins anew and gives the same rows.
type Source interface {
	// Each gives fn every decision taken at or after from, Unix ns, with the rows of its children. What it gives is valid until
	// the next call.
	Each(ctx context.Context, from int64, fn func(*DecisionRow, []Row) error) error
	// Parents gives fn every finished order's look at impact.
	Parents(ctx context.Context, fn func(*ParentRow) error) error
	// Taught is how many rows with a known fill there are, by the source's own count, and how many of them the last whole pass
	// had to leave out, such as those of another feature schema.
	Taught(ctx context.Context) (told, blind int64, err error)
}
