package market

import (
	"encoding/json"
	"fmt"
	"time"
)

// Time is a point in time: Unix nanoseconds, UTC.
type Time int64

// The lengths of time in nanoseconds that a Time is added to.
const (
	Microsecond = int64(1_000)
	Millisecond = 1_000 * Microsecond
	Second      = 1_000 * Millisecond
	Minute      = 60 * Second
	Hour        = 60 * Minute
)

// Add gives t plus d nanoseconds.
func (t Time) Add(d int64) Time { return t + Time(d) }

// Sub gives t − u in nanoseconds.
func (t Time) Sub(u Time) int64 { return int64(t - u) }

// UTC gives t as a time.Time in UTC, for displays.
func (t Time) UTC() time.Time { return time.Unix(0, int64(t)).UTC() }

func (t Time) String() string { return t.UTC().Format("2006-01-02T15:04:05.000000Z") }

// Date is a trading date as the number yyyymmdd, so that dates compare and print as numbers.
type Date int32

// ParseDate reads "2013-10-07".
func ParseDate(s string) (Date, error) {
	t, err := time.Parse("2006-01-02", s)
	if err != nil {
		return 0, fmt.Errorf("%q is not a date of the form 2006-01-02", s)
	}
	return dateOf(t), nil
}

func dateOf(t time.Time) Date {
	y, m, d := t.Date()
	return Date(y*10000 + int(m)*100 + d)
}

func (d Date) String() string {
	return fmt.Sprintf("%04d-%02d-%02d", d/10000, d/100%100, d%100)
}

// Day is one trading day of a market: its date and the regular session's bounds.
type Day struct {
	Date        Date
	Open, Close Time
}

// DateUTC gives the UTC calendar date of t; where a venue's own time zone matters, use its Hours.
func DateUTC(t Time) Date { return dateOf(t.UTC()) }

// Hours is a venue's or market's regular session in its own time zone. The zero value is always open, in UTC.
// It marshals as {"zone": "America/New_York", "open": "9h30m0s", "close": "16h0m0s"}.
type Hours struct {
	zone      *time.Location
	open, end time.Duration // since midnight in zone; both zero means always open
}

// NewHours gives the session from open until end, both since midnight in the IANA time zone of that name.
func NewHours(zone string, open, end time.Duration) (Hours, error) {
	loc, err := time.LoadLocation(zone)
	if err != nil || zone == "Local" { // the machine's own zone would make two machines disagree
		return Hours{}, fmt.Errorf("time zone %q is unknown: use an IANA name such as America/New_York", zone)
	}
	if open < 0 || end > 24*time.Hour || (end <= open && (open != 0 || end != 0)) {
		return Hours{}, fmt.Errorf("a session from %v to %v: want 0 <= open < close <= 24h", open, end)
	}
	return Hours{loc, open, end}, nil
}

type hoursJSON struct {
	Zone  string `json:"zone"`
	Open  string `json:"open"`
	Close string `json:"close"`
}

// MarshalJSON implements json.Marshaler.
func (h Hours) MarshalJSON() ([]byte, error) {
	return json.Marshal(hoursJSON{h.location().String(), h.open.String(), h.end.String()})
}

// UnmarshalJSON implements json.Unmarshaler.
func (h *Hours) UnmarshalJSON(b []byte) error {
	var j hoursJSON
	if err := json.Unmarshal(b, &j); err != nil {
		return err
	}
	open, err := time.ParseDuration(j.Open)
	if err != nil {
		return err
	}
	end, err := time.ParseDuration(j.Close)
	if err != nil {
		return err
	}
	*h, err = NewHours(j.Zone, open, end)
	return err
}

func (h Hours) location() *time.Location {
	if h.zone == nil {
		return time.UTC
	}
	return h.zone
}

// AlwaysOpen reports whether h has no sessions: the zero Hours.
func (h Hours) AlwaysOpen() bool { return h.open == 0 && h.end == 0 }

// Session gives the first regular session that closes after t: the one that t lies in, else the next. It passes over
// Saturdays and Sundays; it knows no holidays.
func (h Hours) Session(t Time) Day {
	y, m, d := t.UTC().In(h.location()).Date()
	for ; ; d++ {
		noon := time.Date(y, m, d, 12, 0, 0, 0, h.location())
		if day := h.Day(Time(noon.UnixNano())); day.Close > t && (h.AlwaysOpen() || noon.Weekday() != time.Saturday && noon.Weekday() != time.Sunday) {
			return day
		}
	}
}

// Day gives the trading day that contains t in the market's own time zone.
func (h Hours) Day(t Time) Day {
	y, m, d := t.UTC().In(h.location()).Date()
	end := h.end
	if h.open == 0 && end == 0 {
		end = 24 * time.Hour
	}
	at := func(since time.Duration) Time {
		// Built from wall-clock parts so that a daylight-saving change before the open does not move it.
		c := time.Date(y, m, d, int(since/time.Hour), int(since/time.Minute)%60, int(since/time.Second)%60, 0, h.location())
		return Time(c.UnixNano())
	}
	return Day{Date: Date(y*10000 + int(m)*100 + d), Open: at(h.open), Close: at(end)}
}

// IsOpen reports whether t lies in the regular session.
func (h Hours) IsOpen(t Time) bool {
	d := h.Day(t)
	return t >= d.Open && t < d.Close
}
