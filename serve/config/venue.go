package config

import (
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/table"
)

// maxLeakage is more than any lot loses by being shown, bps.
const maxLeakage = 100

// maxDesk bounds how a desk is reached: one line of a list, bytes.
const maxDesk = 120

func (f *File) decodeVenue(s *section, i int) Venue {
	v := Venue{Venue: market.Venue{ID: market.VenueID(i), Hours: f.Hours, QuoteMs: 1000}}
	if s.Require("name", "give it a short name such as DARKA") {
		s.Text("name", &v.Name)
		if !table.IsName(v.Name, 16) {
			s.Problem("name", fmt.Sprintf("is %q", v.Name), "want 1 to 16 letters, digits, _ - and .")
		}
	}
	if s.Require("mic", "give its ISO 10383 market identifier code such as XNAS") {
		s.Text("mic", &v.MIC)
		if !table.IsName(v.MIC, 4) || len(v.MIC) != 4 || strings.ToUpper(v.MIC) != v.MIC {
			s.Problem("mic", fmt.Sprintf("is %q", v.MIC), "want four capital letters or digits")
		}
	}
	if s.Require("type", "want lit, ecn, inverted, dark or internalizer") {
		var text string
		s.Text("type", &text)
		var err error
		if v.Type, err = market.ParseVenueType(text); err != nil {
			s.Problem("type", fmt.Sprintf("is %q", text), "want lit, ecn, inverted, dark or internalizer")
		}
	}
	v.Caps = s.Caps("caps")
	s.Text("desk", &v.Desk)
	if len(v.Desk) > maxDesk || strings.ContainsFunc(v.Desk, unicode.IsControl) {
		s.Problem("desk", fmt.Sprintf("is %q", v.Desk), `want a name and a telephone number in one line of at most 120 bytes, such as "DARKA trading desk, +1 212 555 0100"`)
	}
	table.Whole(s.Section, "lot_shares", &v.Lot, 0, maxShares)
	table.Whole(s.Section, "max_qty_shares", &v.MaxQty, 0, maxShares)
	s.Real("leakage_bps_per_lot", &v.Leakage, 0, maxLeakage)
	ttl := v.QuoteMs * market.Millisecond
	s.Duration("quote_ttl", &ttl, 0, maxTime)
	if v.QuoteMs = ttl / market.Millisecond; ttl%market.Millisecond != 0 {
		s.Problem("quote_ttl", fmt.Sprintf("is %v", time.Duration(ttl)), "want whole milliseconds")
	}
	if s.Has("hours") {
		v.Hours = s.sub("hours").hours()
	}
	v.History = s.sub("history").History()
	for _, fs := range s.tables("fees", maxEntries) {
		v.Fees = append(v.Fees, fs.FeeSchedule())
	}
	s.UniqueDates("fees", len(v.Fees), func(i int) market.Date { return v.Fees[i].From })
	if orders := s.sub("orders"); len(orders.M) > 0 {
		v.Orders = f.decodeSession(orders)
		v.decodeProfile(orders)
		orders.Done()
	}
	if quotes := s.sub("market_data"); len(quotes.M) > 0 {
		v.MarketData = f.decodeSession(quotes)
		quotes.Done()
	}
	v.checkCaps(s)
	s.Done()
	return v
}

// checkCaps refuses features of which the session or its profile says that the venue has them not.
func (v *Venue) checkCaps(s *section) {
	if !v.Orders.IsSet() {
		return
	}
	if v.Caps.Has(market.CapStatus) && !v.Orders.Profile.StatusRequests {
		s.Problem("caps", `has "status" although orders.profile.status_requests = false`, "keep the one that is true of the venue: does it answer 35=H?")
	}
	if v.Orders.Version == FIX42 && v.Caps&(market.CapMassStatus|market.CapMassCancel) != 0 {
		s.Problem("caps", `has "mass-status" or "mass-cancel" although orders.version = "4.2"`, "remove them: 35=AF and 35=q came with later versions")
	}
}

func (f *File) decodeSession(s *section) Session {
	out := Session{OurCompID: f.FIX.CompID, Version: FIX44, Heartbeat: 30 * time.Second}
	if s.Require("addr", `give host:port such as "127.0.0.1:9901"`) {
		s.Text("addr", &out.Addr)
		s.addr("addr", out.Addr, false)
	}
	s.compID("our_comp_id", &out.OurCompID)
	if s.Require("their_comp_id", "give the venue's CompID") {
		s.compID("their_comp_id", &out.TheirCompID)
	}
	s.version("version", &out.Version)
	s.Duration("heartbeat", (*int64)(&out.Heartbeat), time.Second, time.Hour)
	s.Text("username", &out.Username)
	s.secret("password", &out.Password)
	out.TLS = s.tls("addr", out.Addr)
	return out
}

// fixValue reads the value of a FIX field.
func (s *section) fixValue(k string, into *string) {
	s.Text(k, into)
	if len(*into) > 64 || strings.ContainsFunc(*into, func(r rune) bool { return r < ' ' || r > '~' }) {
		s.Problem(k, fmt.Sprintf("is %q", *into), "want at most 64 printable ASCII characters")
	}
}
