package bandit

import (
	"math"
	"testing"
)

// FIT-01: what a datum says to an offline fit is what the heads learn of it.
func TestOfflineDatum(t *testing.T) {
	h, err := NewSizeHead(DefaultSizePrior(), DefaultMemory())
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range []SizeDatum{
		{Sent: 20, Filled: 7}, {Sent: 5, Filled: 5}, {Sent: 9, Filled: 3, Canceled: true}, {Sent: 12, MinQty: 6},
	} {
		d.Curve = h.Curve(.4)
		ended, survived := d.Counts()
		prior := DefaultSizePrior()
		for b := range ended {
			prior.A[b] += ended[b]
			prior.B[b] += survived[b]
		}
		learned, err := NewSizeHead(DefaultSizePrior(), DefaultMemory())
		if err != nil {
			t.Fatal(err)
		}
		if r := learned.Update(d); r != Applied {
			t.Fatalf("%+v: %v", d, r)
		}
		for b := range ended {
			got, _ := learned.Hazard(b)
			if want := prior.A[b] / (prior.A[b] + prior.B[b]); math.Abs(got-want) > 1e-12 {
				t.Errorf("%+v, bin %d: the head has %v, its counts give %v", d, b, got, want)
			}
		}
	}
	if a, b := (&SizeDatum{Sent: 2, Filled: 3}).Counts(); a != ([NumBins]float64{}) || b != a {
		t.Error("more filled than was sent, and it counts")
	}
	life := Life{End: 5e5, Filled: true, Rest: 2e9}
	if y, share, ok := life.Bin(0); y != 1 || share != 0 || !ok {
		t.Errorf("a life of half a millisecond is %v with %v in the first bin, %v", y, share, ok)
	}
	if _, _, ok := life.Bin(1); ok {
		t.Error("a life that ended in the first bin reached the second")
	}
	life = Life{End: 55e6} // withdrawn after half of the third bin
	if y, share, ok := life.Bin(2); y != 0 || math.Abs(share-math.Log(.5)) > 1e-12 || !ok {
		t.Errorf("half a bin is %v with %v, %v", y, share, ok)
	}
}
