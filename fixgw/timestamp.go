package fixgw

import (
	"errors"
	"time"

	"github.com/sluice-sor/sluice/internal/market"
)

var errTime = errors.New("a time is UTC, as YYYYMMDD-HH:MM:SS with at most nine decimals")

// parseTime reads a FIX UTCTimestamp.
func parseTime(s string) (market.Time, error) {
	if len(s) < 17 || len(s) > 27 || s[8] != '-' {
		return 0, errTime
	}
	layout := "20060102-15:04:05"
	if len(s) > 17 {
		if s[17] != '.' || len(s) == 18 {
			return 0, errTime
		}
		layout += ".000000000"[:len(s)-17]
	}
	t, err := time.Parse(layout, s)
	if err != nil || t.Year() < 1970 || t.Year() > 2200 {
		return 0, errTime
	}
	return market.Time(t.UnixNano()), nil
}

// formatTime gives t with microseconds (FIX-11), in FIX 4.2 with milliseconds, where that version's timestamps end.
func formatTime(version string, t market.Time) string {
	if version == FIX42 {
		return t.UTC().Format("20060102-15:04:05.000")
	}
	return t.UTC().Format("20060102-15:04:05.000000")
}

// parseDate reads a FIX LocalMktDate.
func parseDate(s string) (market.Date, bool) {
	t, err := time.Parse("20060102", s)
	if err != nil {
		return 0, false
	}
	y, m, d := t.Date()
	return market.Date(y*10000 + int(m)*100 + d), true
}

// endOfDate is the last second of a LocalMktDate in zone.
func endOfDate(d market.Date, zone *time.Location) market.Time {
	if zone == nil {
		zone = time.UTC
	}
	end := time.Date(int(d/10000), time.Month(d/100%100), int(d%100), 23, 59, 59, 0, zone)
	return market.Time(end.UnixNano())
}
