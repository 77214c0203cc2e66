package doctor

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// Status is how a check came out.
type Status uint8

// The statuses.
const (
	OK   Status = iota + 1
	Warn        // it will run, but somebody should look
	Fail        // it will not run, or not safely
)

func (s Status) String() string {
	switch s {
	case OK:
		return "ok"
	case Warn:
		return "warn"
	case Fail:
		return "fail"
	}
	return fmt.Sprintf("status %d", uint8(s))
}

// MarshalJSON gives the status's name.
func (s Status) MarshalJSON() ([]byte, error) { return json.Marshal(s.String()) }

// Result is one check.
type Result struct {
	Check  string `json:"check"` // such as journal, port router.http_addr or venue LITX orders
	Status Status `json:"status"`
	Text   string `json:"text"`
	Remedy string `json:"remedy,omitempty"` // always there with Fail
}

// Report is all checks, in their order.
type Report struct {
	Results []Result `json:"results"`
}

// Failed reports whether any check failed.
func (r *Report) Failed() bool { return r.count(Fail) > 0 }

func (r *Report) count(s Status) int {
	n := 0
	for i := range r.Results {
		if r.Results[i].Status == s {
			n++
		}
	}
	return n
}

func (r *Report) add(check string, s Status, remedy, format string, args ...any) {
	r.Results = append(r.Results, Result{check, s, fmt.Sprintf(format, args...), remedy})
}

// Text writes a line a check, the remedy below it, once for checks in a row that share it, and a line that sums up.
func (r *Report) Text(w io.Writer) error {
	wide := 0
	for i := range r.Results {
		wide = max(wide, len(r.Results[i].Check))
	}
	var b strings.Builder
	for i := range r.Results {
		c := &r.Results[i]
		fmt.Fprintf(&b, "%-4s  %-*s  %s\n", c.Status, wide, c.Check, strings.ReplaceAll(c.Text, "\n", "\n      "+strings.Repeat(" ", wide+2)))
		if c.Remedy != "" && (i+1 == len(r.Results) || r.Results[i+1].Remedy != c.Remedy) {
			fmt.Fprintf(&b, "      %-*s  -> %s\n", wide, "", c.Remedy)
		}
	}
	fmt.Fprintf(&b, "%d ok, %d to look at, %d to mend\n", r.count(OK), r.count(Warn), r.count(Fail))
	_, err := io.WriteString(w, b.String())
	return err
}
