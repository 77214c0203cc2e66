package market

import (
	"encoding/json"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func newYork(t testing.TB) Hours {
	t.Helper()
	h, err := NewHours("America/New_York", 9*time.Hour+30*time.Minute, 16*time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func at(t testing.TB, s string) Time {
	t.Helper()
	v, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return Time(v.UnixNano())
}

func TestHoursDay(t *testing.T) {
	h := newYork(t)
	for _, tc := range []struct{ name, in, date, open, end string }{
		{"winter", "2013-01-15T15:00:00Z", "2013-01-15", "2013-01-15T14:30:00Z", "2013-01-15T21:00:00Z"},
		{"summer", "2013-10-07T15:00:00Z", "2013-10-07", "2013-10-07T13:30:00Z", "2013-10-07T20:00:00Z"},
		{"a late evening belongs to its own date", "2013-10-08T03:00:00Z", "2013-10-07", "2013-10-07T13:30:00Z", "2013-10-07T20:00:00Z"},
		{"clocks go forward", "2026-03-08T12:00:00Z", "2026-03-08", "2026-03-08T13:30:00Z", "2026-03-08T20:00:00Z"},
		{"clocks go forward, before it", "2026-03-08T06:30:00Z", "2026-03-08", "2026-03-08T13:30:00Z", "2026-03-08T20:00:00Z"},
		{"clocks go back", "2026-11-01T12:00:00Z", "2026-11-01", "2026-11-01T14:30:00Z", "2026-11-01T21:00:00Z"},
		{"the hour that comes twice", "2026-11-01T05:30:00Z", "2026-11-01", "2026-11-01T14:30:00Z", "2026-11-01T21:00:00Z"},
	} {
		d := h.Day(at(t, tc.in))
		if d.Date.String() != tc.date || d.Open != at(t, tc.open) || d.Close != at(t, tc.end) {
			t.Errorf("%s: Day = %v %v %v, want %s %s %s", tc.name, d.Date, d.Open, d.Close, tc.date, tc.open, tc.end)
		}
	}
}

func TestHoursIsOpen(t *testing.T) {
	h := newYork(t)
	for in, want := range map[string]bool{
		"2026-11-01T14:29:59Z": false, "2026-11-01T14:30:00Z": true, "2026-11-01T20:59:59Z": true, "2026-11-01T21:00:00Z": false,
	} {
		if got := h.IsOpen(at(t, in)); got != want {
			t.Errorf("IsOpen(%s) = %v, want %v", in, got, want)
		}
	}
}

// TestHoursEveryDay walks 400 days in hours (TEST-36): dates never go back, the session is always six and a half hours, and
// every time lies in the day of its date.
func TestHoursEveryDay(t *testing.T) {
	h := newYork(t)
	last := Date(0)
	for i := range 400 * 24 {
		now := at(t, "2026-01-01T00:00:00Z").Add(int64(i) * Hour)
		d := h.Day(now)
		if d.Date < last {
			t.Fatalf("%v: date %v after %v", now, d.Date, last)
		}
		last = d.Date
		if got := d.Close.Sub(d.Open); got != 6*Hour+30*Minute {
			t.Fatalf("%v: a session of %v", now, time.Duration(got))
		}
		if again := h.Day(d.Open); again != d {
			t.Fatalf("Day(%v) = %v, want %v", d.Open, again, d)
		}
	}
}

func TestZeroHoursAreAlwaysOpen(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		now := Time(rapid.Int64Range(0, 4_000_000_000*Second).Draw(t, "now"))
		var h Hours
		d := h.Day(now)
		if !h.IsOpen(now) || d.Date != DateUTC(now) || d.Close.Sub(d.Open) != 24*Hour {
			t.Fatalf("Day(%v) = %+v, open %v", now, d, h.IsOpen(now))
		}
	})
}

func TestNewHoursRefuses(t *testing.T) {
	for _, tc := range []struct {
		zone      string
		open, end time.Duration
	}{
		{"Mars/Olympus", 0, time.Hour}, {"Local", 0, time.Hour}, {"UTC", time.Hour, time.Hour}, {"UTC", 2 * time.Hour, time.Hour},
		{"UTC", -time.Hour, time.Hour}, {"UTC", 0, 25 * time.Hour},
	} {
		if h, err := NewHours(tc.zone, tc.open, tc.end); err == nil {
			t.Errorf("NewHours(%q, %v, %v) = %v, want an error", tc.zone, tc.open, tc.end, h)
		}
	}
}

func TestHoursJSON(t *testing.T) {
	want := newYork(t)
	b, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	if got := string(b); got != `{"zone":"America/New_York","open":"9h30m0s","close":"16h0m0s"}` {
		t.Errorf("Marshal = %s", got)
	}
	var got Hours
	if err := json.Unmarshal(b, &got); err != nil {
		t.Fatal(err)
	}
	if now := at(t, "2013-10-07T15:00:00Z"); got.Day(now) != want.Day(now) {
		t.Errorf("after a round trip Day = %v, want %v", got.Day(now), want.Day(now))
	}
	for _, bad := range []string{`{}`, `{"zone":"UTC","open":"x","close":"1h"}`, `{"zone":"UTC","open":"1h","close":"y"}`, `7`} {
		if err := json.Unmarshal([]byte(bad), &got); err == nil {
			t.Errorf("Unmarshal(%s) gave no error", bad)
		}
	}
}

// The session of a time is the one it lies in, else the next, over nights, weekends and changes of daylight saving.
func TestSession(t *testing.T) {
	ny, err := NewHours("America/New_York", 9*time.Hour+30*time.Minute, 16*time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ at, close string }{
		{"2023-11-03T15:00:00Z", "2023-11-03T20:00:00Z"}, // Friday
		{"2023-11-03T20:00:00Z", "2023-11-06T21:00:00Z"}, // its close: Monday, after the clocks went back
		{"2023-11-05T05:30:00Z", "2023-11-06T21:00:00Z"}, // twice 01:30 on Sunday
		{"2023-11-07T01:00:00Z", "2023-11-07T21:00:00Z"}, // Monday evening
		{"2024-03-08T23:00:00Z", "2024-03-11T20:00:00Z"}, // Friday, the clocks go forward
	} {
		if got := ny.Session(at(t, c.at)).Close; got != at(t, c.close) {
			t.Errorf("the session of %s closes at %v, want %s", c.at, got, c.close)
		}
	}
	if saturday := at(t, "2023-11-04T12:00:00Z"); !(Hours{}).AlwaysOpen() || (Hours{}).Session(saturday) != (Hours{}).Day(saturday) {
		t.Error("a market that is always open has a session every day")
	}
}

func TestDate(t *testing.T) {
	d, err := ParseDate("2013-10-07")
	if err != nil || d != 20131007 || d.String() != "2013-10-07" {
		t.Errorf("ParseDate = %d, %v, %q", d, err, d.String())
	}
	for _, bad := range []string{"", "2013-13-01", "20131007", "2013-02-30"} {
		if d, err := ParseDate(bad); err == nil {
			t.Errorf("ParseDate(%q) = %v, want an error", bad, d)
		}
	}
}
