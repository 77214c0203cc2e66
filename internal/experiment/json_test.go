package experiment

import (
	"encoding/json"
	"testing"
)

// TestEveryReadingEncodes: a reading is a figure or none at every number of units: JSON knows no NaN, and a report must not fail at a
// single one of them.
func TestEveryReadingEncodes(t *testing.T) {
	d := Default("encodes")
	rows := world(&d, 3, 2*Least, 0, 10, .3)
	for n := range rows {
		r, err := Analyze(&d, rows[:n])
		if err == nil {
			_, err = json.Marshal(r)
		}
		if err != nil {
			t.Errorf("%d units: %v", n, err)
		}
	}
	for i := range rows { // costs that are all the same tell no variance
		rows[i].Y = 2
	}
	for _, n := range []int{1, 2, 3, Least, Least + 1, Least + 2, len(rows)} {
		r, err := Analyze(&d, rows[:n])
		if err == nil {
			_, err = json.Marshal(r)
		}
		if err != nil {
			t.Errorf("%d units that cost the same: %v", n, err)
		}
	}
}
