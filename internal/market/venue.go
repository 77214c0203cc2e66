package market

import "fmt"

// VenueID is a venue's place in the venue table of the running configuration. The table only grows while a
// journal lives, so an id in a journal always means the same venue.
type VenueID uint8

// NoVenue is no venue of the table.
const NoVenue VenueID = 255

// MaxVenues is the largest number of venues one router serves.
const MaxVenues = 64

// VenueType is what kind of venue it is (product text, "The venue types").
type VenueType uint8

// The venue types.
const (
	Lit VenueType = iota + 1
	ECN
	Inverted
	Dark
	Internalizer
)

var venueTypeNames = [...]string{Lit: "lit", ECN: "ecn", Inverted: "inverted", Dark: "dark", Internalizer: "internalizer"}

func (t VenueType) String() string {
	if t >= Lit && t <= Internalizer {
		return venueTypeNames[t]
	}
	return fmt.Sprintf("venue type %d", uint8(t))
}

// ParseVenueType reads the name that String gives.
func ParseVenueType(s string) (VenueType, error) {
	for t := Lit; t <= Internalizer; t++ {
		if venueTypeNames[t] == s {
			return t, nil
		}
	}
	return 0, fmt.Errorf("%q is not a venue type: use lit, ecn, inverted, dark or internalizer", s)
}

// Displayed reports whether the venue publishes quotes.
func (t VenueType) Displayed() bool { return t == Lit || t == ECN || t == Inverted }

// Caps is the set of order features a venue accepts.
type Caps uint32

// The order features.
const (
	CapMidpoint           Caps = 1 << iota // midpoint peg
	CapMinQty                              // minimum execution quantity
	CapPostOnly                            // rejects or slides what would take
	CapReserve                             // displays less than the order (MaxFloor)
	CapDLimit                              // discretionary limit behind a crumbling-quote signal
	CapISO                                 // intermarket sweep
	CapReplace                             // cancel/replace
	CapStatus                              // answers order status requests
	CapHidden                              // non-displayed limit
	CapMassStatus                          // answers mass status requests (35=AF)
	CapMassCancel                          // takes mass cancel requests (35=q)
	CapCancelOnDisconnect                  // cancels our orders when the session ends (REC-05)
	CapKeepsPriority                       // a replace that only lowers the quantity keeps its place in the queue
	CapCancelAfterAck                      // takes the cancel of an order only once it has acknowledged it (RACE-05)
)

// Has reports whether every feature of want is there.
func (c Caps) Has(want Caps) bool { return c&want == want }

// Venue is one place to trade. History is what the desk measured before; live measurements replace it as they come.
type Venue struct {
	ID      VenueID
	Name    string // short and unique, such as "DARKA"
	MIC     string // ISO 10383
	Type    VenueType
	Caps    Caps
	Hours   Hours
	Lot     Qty // round lot accepted; 0 means the instrument's
	MaxQty  Qty // largest child; 0 means no limit
	Fees    []FeeSchedule
	History History
	Leakage float64 // λ, bps of a lot that each lot sent there costs, filled or not; an offline estimate, 0 until there is one
	QuoteMs int64   // a book older than this many milliseconds is stale and the venue excluded (MD-01); 0 means never
}

// History is the desk's prior view of a venue, the inputs of the static scorer (product text, the reference matrix).
type History struct {
	LatencyUs   float64 // round trip, microseconds
	FillRatePct float64 // percent of routed shares that filled
	Impact      float64 // 1 (none) to 10 (severe)
	VolumeShare float64 // share of market volume, 0 to 1
}
