package market

import "testing"

// TestRulesOn is RULE-01: a rule holds from its first day to its last, and a day's version names all that hold.
func TestRulesOn(t *testing.T) {
	all := []Regime{
		{Jurisdiction: "US", Rule: "611", Version: "1", From: 20070205, To: 20270331, Forbids: ForbidsTradeThrough},
		{Jurisdiction: "US", Rule: "610(e)", Version: "1", From: 20070205, Forbids: ForbidsLockCross},
		{Jurisdiction: "US", Rule: "612", Version: "2", From: 20251103},
	}
	for _, tc := range []struct {
		day  Date
		want Rules
	}{
		{20070204, Rules{}},
		{20070205, Rules{"US-611/1 US-610(e)/1", true, true, nil}},
		{20270331, Rules{"US-611/1 US-610(e)/1 US-612/2", true, true, nil}},
		{20270401, Rules{"US-610(e)/1 US-612/2", false, true, nil}},
	} {
		if got := RulesOn(all, tc.day); got != tc.want {
			t.Errorf("on %v: %+v, want %+v", tc.day, got, tc.want)
		}
	}
}
