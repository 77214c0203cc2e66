package fixgw

import (
	"strconv"

	"github.com/quickfixgo/quickfix"
)

// A Party is somebody whom a venue wants named in every order (FIX-10).
type Party struct {
	ID     string // PartyID (448)
	Source byte   // PartyIDSource (447), such as D (own code), C (accepted market participant) or N (LEI)
	Role   int    // PartyRole (452)
}

// The party roles that FIX 4.2 has a tag for.
const (
	RoleExecutingFirm = 1 // 76
	RoleClientID      = 3 // 109
)

// writeParties sets the 453 group, or in FIX 4.2 the two tags that it has in its place.
func writeParties(m *quickfix.Message, version string, parties []Party) {
	if len(parties) == 0 {
		return
	}
	g := quickfix.NewRepeatingGroup(tagNoPartyIDs, quickfix.GroupTemplate{
		quickfix.GroupElement(tagPartyID), quickfix.GroupElement(tagPartyIDSource), quickfix.GroupElement(tagPartyRole)})
	for _, p := range parties {
		switch {
		case version != FIX42:
			e := g.Add()
			e.SetString(tagPartyID, p.ID)
			e.SetString(tagPartyIDSource, string(rune(p.Source)))
			e.SetString(tagPartyRole, strconv.Itoa(p.Role))
		case p.Role == RoleExecutingFirm:
			put(m, tagExecBroker, p.ID)
		case p.Role == RoleClientID:
			put(m, tagClientID, p.ID)
		}
	}
	if version != FIX42 {
		m.Body.SetGroup(g)
	}
}
