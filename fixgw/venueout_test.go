package fixgw

import (
	"errors"
	"testing"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// FIX-14: the order of each style, by version and profile.
func TestChildOrdersByProfile(t *testing.T) {
	const id = "35=D|1=ACC|11=IR1-C"
	in50 := map[string]string{ // where 5.0 SP2 differs from 4.4
		"dark midpoint by order type": "|38=300|40=P|54=1|55=AMZN|59=0|528=A|1094=2",
		"reserve":                     "|18=6|38=300|40=2|44=10.01|54=1|55=AMZN|59=0|528=A|1138=100",
		"hidden limit":                "|38=300|40=2|44=10.01|54=1|55=AMZN|59=0|528=A|1084=4|1138=0",
	}
	for _, c := range []struct {
		name           string
		child          func(*event.SendChild)
		profile        func(*Profile)
		want42, want44 string
	}{
		{"post", nil, nil,
			"|18=6|21=1|38=300|40=2|44=10.01|47=A|54=1|55=AMZN|59=0", "|18=6|38=300|40=2|44=10.01|54=1|55=AMZN|59=0|528=A"},
		{"post where the venue has no post-only", nil, func(p *Profile) { p.PostOnly = "-" },
			"|21=1|38=300|40=2|44=10.01|47=A|54=1|55=AMZN|59=0", "|38=300|40=2|44=10.01|54=1|55=AMZN|59=0|528=A"},
		{"post, book only, behind a hub", nil, func(p *Profile) { p.ExecInst, p.ExDestination, p.Account, p.HandlInst = "h", "XNAS", "HOUSE", true },
			"|18=h 6|21=1|38=300|40=2|44=10.01|47=A|54=1|55=AMZN|59=0|100=XNAS", "|18=h 6|21=1|38=300|40=2|44=10.01|54=1|55=AMZN|59=0|100=XNAS|528=A"},
		{"take", func(c *event.SendChild) { c.Child.Style, c.Child.TIF = order.StyleTake, order.IOC }, nil,
			"|21=1|38=300|40=2|44=10.01|47=A|54=1|55=AMZN|59=3", "|38=300|40=2|44=10.01|54=1|55=AMZN|59=3|528=A"},
		{"take without a limit", func(c *event.SendChild) {
			c.Child.Style, c.Child.TIF, c.Child.Type, c.Child.Limit = order.StyleTake, order.IOC, order.Market, 0
		}, nil, "|21=1|38=300|40=1|47=A|54=1|55=AMZN|59=3", "|38=300|40=1|54=1|55=AMZN|59=3|528=A"},
		{"dark midpoint with a cap", func(c *event.SendChild) {
			c.Child.Style, c.Child.Type, c.Child.MinQty = order.StyleDark, order.Midpoint, 100
		}, nil,
			"|18=M|21=1|38=300|40=2|44=10.01|47=A|54=1|55=AMZN|59=0|110=100", "|18=M|38=300|40=2|44=10.01|54=1|55=AMZN|59=0|110=100|528=A"},
		{"dark midpoint by order type", func(c *event.SendChild) {
			c.Child.Style, c.Child.Type, c.Child.Limit = order.StyleDark, order.Midpoint, 0
		},
			func(p *Profile) { p.Pegs = PegByOrdType },
			"|18=M|21=1|38=300|40=P|47=A|54=1|55=AMZN|59=0", "|18=M|38=300|40=P|54=1|55=AMZN|59=0|528=A"},
		{"reserve", func(c *event.SendChild) { c.Child.Display = 100 }, nil,
			"|18=6|21=1|38=300|40=2|44=10.01|47=A|54=1|55=AMZN|59=0|111=100", "|18=6|38=300|40=2|44=10.01|54=1|55=AMZN|59=0|111=100|528=A"},
		{"hidden limit", func(c *event.SendChild) { c.Child.Style = order.StyleDark }, func(p *Profile) { p.HideByMaxFloor = true },
			"|21=1|38=300|40=2|44=10.01|47=A|54=1|55=AMZN|59=0|111=0", "|38=300|40=2|44=10.01|54=1|55=AMZN|59=0|111=0|528=A"},
		{"discretionary limit", func(c *event.SendChild) { c.Child.Style, c.Child.Type = order.StyleDLimit, order.DLimit }, nil,
			"|18=6|21=1|38=300|40=2|44=10.01|47=A|54=1|55=AMZN|59=0|7010=Y", "|18=6|38=300|40=2|44=10.01|54=1|55=AMZN|59=0|528=A|7010=Y"},
		{"parties", nil, func(p *Profile) { p.Parties = []Party{{"FIRM", 'D', RoleExecutingFirm}, {"DESK", 'D', RoleClientID}} },
			"|18=6|21=1|38=300|40=2|44=10.01|47=A|54=1|55=AMZN|59=0|76=FIRM|109=DESK",
			"|18=6|38=300|40=2|44=10.01|54=1|55=AMZN|59=0|447=D|447=D|448=FIRM|448=DESK|452=1|452=3|453=2|528=A"},
		{"short sale, riskless principal", func(c *event.SendChild) { c.Child.Side, c.LocateID, c.Capacity = market.SellShort, "LOC9", 'R' }, nil,
			"|18=6|21=1|38=300|40=2|44=10.01|47=P|54=5|55=AMZN|59=0|114=N|5701=LOC9", "|18=6|38=300|40=2|44=10.01|54=5|55=AMZN|59=0|114=N|528=R|5701=LOC9"},
	} {
		for _, v := range versions {
			t.Run(version(v)+" "+c.name, func(t *testing.T) {
				p, cmd := profile(v), child(12)
				if c.profile != nil {
					c.profile(p)
				}
				if c.child != nil {
					c.child(cmd)
				}
				want := id + c.want42
				if v != FIX42 {
					want = id + c.want44
				}
				if w := in50[c.name]; w != "" && v == FIX50SP2 {
					want = id + w
				}
				if p.Account != "" {
					want = "35=D|1=HOUSE" + want[len("35=D|1=ACC"):]
				}
				if got := show(onWire(t, v, p.Send(cmd, at))); got != want {
					t.Errorf("got  %s\nwant %s", got, want)
				}
			})
		}
	}
}

// DEF-01: F and G carry 41 and a new 11; DEF-03: 38 of a G is the total and 59 is passed on.
func TestRequestsToVenues(t *testing.T) {
	f := cancelOf(12, 2)
	f.VenueOrderID, f.OrigClOrdID = "V1", event.ClOrdID(instance, 12, 1)
	g := &event.ReplaceChild{CancelChild: *f, Limit: 9_990_000, Type: order.Limit, TIF: order.GTC}
	g.Qty = 250
	for _, v := range versions {
		p := profile(v)
		if got, want := show(onWire(t, v, p.Cancel(f, at))), "35=F|11=IR1-C-2|37=V1|38=300|41=IR1-C-1|54=1|55=AMZN"; got != want {
			t.Errorf("%s: got  %s\nwant %s", v, got, want)
		}
		want := "35=G|1=ACC|11=IR1-C-2|18=6|21=1|37=V1|38=250|40=2|41=IR1-C-1|44=9.99|47=A|54=1|55=AMZN|59=1"
		if v != FIX42 {
			want = "35=G|1=ACC|11=IR1-C-2|18=6|37=V1|38=250|40=2|41=IR1-C-1|44=9.99|54=1|55=AMZN|59=1|528=A"
		}
		if got := show(onWire(t, v, p.Replace(g, child(12), at))); got != want {
			t.Errorf("%s: got  %s\nwant %s", v, got, want)
		}
		q := &event.QueryChild{Child: 12, Venue: 2, ClOrdID: "IR1-C-1", VenueOrderID: "V1", Symbol: "AMZN", Side: market.Buy}
		m, err := p.Query(q)
		if got, want := show(m), "35=H|11=IR1-C-1|37=V1|54=1|55=AMZN"; got != want || err != nil {
			t.Errorf("%s: got  %s, %v\nwant %s", v, got, err, want)
		}
		p.NoStatus = true
		if _, err := p.Query(q); !errors.Is(err, ErrNoStatus) {
			t.Errorf("%s: got %v, want %v", v, err, ErrNoStatus)
		}
	}
}
