package report

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/router"
	"github.com/sluice-sor/sluice/internal/store"
	"github.com/sluice-sor/sluice/internal/tca"
)

// setting is what reports need of the configuration that a journal's newest start had.
type setting struct {
	names     tca.Names
	hours     market.Hours
	venues    []market.Venue
	lots      map[market.Symbol]market.Qty // round lots
	simulated bool                         // it never was a real market
}

// settingOf reads it; a journal without a start has none.
func settingOf(ctx context.Context, st *store.Store, instance uint32) (*setting, error) {
	start, err := st.Start(ctx, instance)
	if errors.Is(err, store.ErrNotFound) {
		return &setting{}, nil
	}
	if err != nil {
		return nil, err
	}
	var cfg router.Config
	if err := json.Unmarshal(start.Body.Config, &cfg); err != nil {
		return nil, fmt.Errorf("configuration in store %v: %w", st, err)
	}
	d := &setting{hours: cfg.Hours, venues: cfg.Venues, simulated: strings.HasPrefix(start.Body.Build, "simulated"), lots: make(map[market.Symbol]market.Qty, len(cfg.Instruments))}
	for i := range cfg.Venues {
		d.names = append(d.names, cfg.Venues[i].Name)
	}
	for i := range cfg.Instruments {
		d.lots[cfg.Instruments[i].Symbol] = cfg.Instruments[i].Lot
	}
	return d, nil
}

// Names gives the venues' names by number, as the journal's newest start configured them.
func Names(ctx context.Context, st *store.Store, instance uint32) (tca.Names, error) {
	d, err := settingOf(ctx, st, instance)
	if err != nil {
		return nil, err
	}
	return d.names, nil
}

// input turns a dossier into what the reconciliation takes.
func (k *setting) input(d *store.Dossier) tca.Input {
	in := tca.Input{Parent: d.Parent.Body, Venues: k.names, Hours: k.hours}
	for _, r := range d.Children {
		in.Children = append(in.Children, r.Body)
	}
	booked := bookings(d.Reports)
	for _, r := range d.Executions {
		in.Executions = append(in.Executions, r.Body)
		in.Booked = append(in.Booked, booked[r.Body.ExecID])
	}
	for _, r := range d.Decisions {
		in.Decisions = append(in.Decisions, r.Body)
	}
	for _, r := range d.Outcomes {
		in.Outcomes = append(in.Outcomes, r.Body)
	}
	return in
}

// bookings gives when each execution was last told to the client: its trade, bust or correction. It is by the ExecID (17) of the
// trade, which a bust or correction names in 19.
func bookings(reports []store.Report) map[uint64]market.Time {
	last := map[uint64]market.Time{}
	for _, row := range reports {
		id := row.Body.ExecID
		if t := row.Body.ExecType; t == 'H' || t == 'G' {
			id = row.Body.RefExecID
		}
		if !row.Body.Resend {
			last[id] = max(last[id], row.Body.At)
		}
	}
	return last
}
