package serve

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sluice-sor/sluice/fixgw"
	"github.com/sluice-sor/sluice/fixgw/session"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/serve/config"
)

// VEN-01: every key of a profile reaches the session that it is about.
func TestProfileReachesTheSession(t *testing.T) {
	p := config.Profile{MsgPerSec: 50, CancelPct: 25, PegByOrdType: true, PostOnlyInst: "-", ExecInst: "h", ExDestination: "XNAS", Account: "HOUSE",
		HandlInst: true, HideByMaxFloor: true, LiquidityTag: 9730, Liquidity: map[string]market.Liquidity{"A": market.Added},
		Parties: []config.Party{{ID: "FIRM", Source: 'D', Role: 1}}}
	want := fixgw.Profile{Venue: 3, Instance: 77, NoStatus: true, Pegs: fixgw.PegByOrdType, PostOnly: "-", ExecInst: "h", ExDestination: "XNAS",
		Account: "HOUSE", HandlInst: true, HideByMaxFloor: true, LiquidityTag: 9730, Liquidity: map[string]market.Liquidity{"A": market.Added},
		Parties: []fixgw.Party{{ID: "FIRM", Source: 'D', Role: fixgw.RoleExecutingFirm}}}
	if diff := cmp.Diff(want, profile(3, 77, &p)); diff != "" {
		t.Errorf("the mapping (-want +got)\n%s", diff)
	}
	if diff := cmp.Diff(session.Throttle{Rate: 50, Burst: 5, CancelShare: .25}, throttle(&p)); diff != "" {
		t.Errorf("the pace (-want +got)\n%s", diff)
	}
	if got := throttle(&config.Profile{CancelPct: 10}); got != (session.Throttle{}) {
		t.Errorf("no limit gives %+v", got)
	}
}
