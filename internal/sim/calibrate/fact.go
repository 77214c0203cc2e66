package calibrate

import "fmt"

// Band is where a published figure lies, ends included.
type Band struct {
	Lo, Hi float64
	Source string
}

// Has reports whether x is in the band.
func (b Band) Has(x float64) bool { return x >= b.Lo && x <= b.Hi }

// Estimate is a measured figure with the half width of its 95 % confidence interval.
type Estimate struct{ Value, Half float64 }

// Fact is one measured figure and where it should lie.
type Fact struct {
	Key      string // stable, for programs
	Name     string // with its unit
	Measured float64
	Half     float64 // of the 95 % confidence interval
	Band     Band
	Verdict  Verdict
	Note     string // why nothing was measured, or what to know of it
}

// Verdict says how a fact stands to its band.
type Verdict string

// The verdicts.
const (
	Pass   Verdict = "pass"
	Fail   Verdict = "FAIL"
	Absent Verdict = "-" // not in this scenario; Note says why
)

// Report is what a calibration found.
type Report struct {
	Scenario string
	Seed     uint64
	Short    bool
	Facts    []Fact
}

// Missed counts the facts outside their bands.
func (r *Report) Missed() (n int) {
	for i := range r.Facts {
		if r.Facts[i].Verdict == Fail {
			n++
		}
	}
	return n
}

// Fact gives a fact by its key.
func (r *Report) Fact(key string) (Fact, bool) {
	for _, f := range r.Facts {
		if f.Key == key {
			return f, true
		}
	}
	return Fact{}, false
}

// add judges an estimate; the fact may be noted on.
func (r *Report) add(fact int, e Estimate) *Fact {
	p := published[fact]
	b := p.Band
	f := Fact{Key: p.key, Name: p.name, Measured: e.Value, Half: e.Half, Band: b, Verdict: Pass}
	inside := b.Has(e.Value)
	if r.Short { // little data: only what is surely outside
		inside = e.Value-e.Half <= b.Hi && e.Value+e.Half >= b.Lo
	}
	switch {
	case !finite(e.Value):
		f.Verdict, f.Measured, f.Half, f.Note = Fail, 0, 0, "too little of it to measure"
	case !inside:
		f.Verdict = Fail
	}
	if !finite(f.Half) {
		f.Half = 0 // one unit alone has a point for an interval
	}
	r.Facts = append(r.Facts, f)
	return &r.Facts[len(r.Facts)-1]
}

// absent records that a fact cannot be measured here.
func (r *Report) absent(fact int, why string) {
	p := published[fact]
	r.Facts = append(r.Facts, Fact{Key: p.key, Name: p.name, Band: p.Band, Verdict: Absent, Note: why})
}

// AppendText appends the report as a table for a person.
func (r *Report) AppendText(b []byte) []byte {
	b = fmt.Appendf(b, "%s, seed %d", r.Scenario, r.Seed)
	if r.Short {
		b = append(b, ", short: a band is missed where the whole interval is outside"...)
	}
	b = fmt.Appendf(b, "\n\n%-58s %-18s %-16s %-7s %s\n", "fact", "measured ± 95 %", "published", "verdict", "source")
	for i := range r.Facts {
		b = r.Facts[i].appendText(b)
	}
	return fmt.Appendf(b, "\n%d facts, %d outside their bands\n", len(r.Facts), r.Missed())
}

func (f *Fact) appendText(b []byte) []byte {
	measured := "-"
	if f.Verdict != Absent && (f.Measured != 0 || f.Half != 0) {
		measured = fmt.Sprintf("%.4g ± %.2g", f.Measured, f.Half)
	}
	b = fmt.Appendf(b, "%-58s %-18s %-16s %-7s %s", f.Name, measured, f.Band.String(), f.Verdict, f.Band.Source)
	if f.Note != "" {
		b = fmt.Appendf(b, " [%s]", f.Note)
	}
	return append(b, '\n')
}

// String gives the band as text.
func (b Band) String() string { return fmt.Sprintf("%.4g to %.4g", b.Lo, b.Hi) }
