package config

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/risk"
)

// A LimitValue is one limit that holds, as the keys of [limits] and of its documents name it (RISK-16).
type LimitValue struct {
	Limit     string `json:"limit"`
	Of        string `json:"of,omitempty"` // "class thin" or "client EMS1"; empty for all
	Value     string `json:"value"`        // shares, dollars, percent or bps, as the key says; none where there is no such limit
	From      string `json:"from"`         // the version of its document, or the configuration's file
	Owner     string `json:"owner,omitempty"`
	Approved  string `json:"approved_by,omitempty"`
	Until     string `json:"until,omitempty"` // UTC; what held before holds again
	Rationale string `json:"rationale,omitempty"`
}

// LimitValues gives every limit that holds at t, with whose it is where a document sets it.
func (f *File) LimitValues(t market.Time) []LimitValue {
	l := f.LimitsAt(t)
	var out []LimitValue
	add := func(name, of string, at any) {
		v := LimitValue{Limit: name, Of: of, Value: limitText(at), From: "[limits] of " + f.Path}
		if of == "" || v.Value != "none" {
			f.explain(&v, t)
			out = append(out, v)
		}
	}
	for _, field := range limitFields {
		add(field.name, "", field.all(&l))
		for i := range l.Classes {
			if field.class != nil {
				add(field.name, "class "+l.Classes[i].Class, field.class(&l.Classes[i]))
			}
		}
		for i := range l.Credits {
			if field.client != nil {
				add(field.name, "client "+l.Credits[i].Client, field.client(&l.Credits[i]))
			}
		}
	}
	return append(out, f.switches(&l)...)
}

// switches gives what of the limits is no number.
func (f *File) switches(l *risk.Limits) (out []LimitValue) {
	add := func(name, of, value, from string) {
		out = append(out, LimitValue{Limit: name, Of: of, Value: value, From: from})
	}
	own := "[limits] of " + f.Path
	add("restricted", "", symbolsText(l.Restricted), own)
	add("duplicate_window", "", textOr(strings.TrimPrefix(time.Duration(l.DuplicateWindow).String(), "0s")), own)
	add("require_reference", "", strconv.FormatBool(l.RequireReference), own)
	add("no_self_cross", "", strconv.FormatBool(l.NoSelfCross), own)
	add("two_persons", "", strconv.FormatBool(l.TwoPersons), own)
	add("require_lists", "", strconv.FormatBool(l.RequireLists), own)
	add("may_be_off", "", textOr(strings.Join(l.MayBeOff, " ")), own)
	for i := range f.LimitFiles {
		d := &f.LimitFiles[i]
		for _, list := range d.Lists {
			add("list", list.Name+" of "+list.Day.String(), symbolsText(list.Symbols), d.Version+", list "+list.Version)
		}
	}
	return out
}

// explain says which document sets v, the last that is put in force.
func (f *File) explain(v *LimitValue, t market.Time) {
	for i := range f.LimitFiles {
		d := &f.LimitFiles[i]
		for _, e := range d.inForce(t) {
			if e.Name != v.Limit || e.of() != v.Of {
				continue
			}
			v.From, v.Owner, v.Approved, v.Rationale, v.Until = d.Version, e.Owner, d.ApprovedBy, e.Rationale, ""
			if e.Temporary() {
				v.Until = e.Until.UTC().Format("2006-01-02T15:04:05Z")
			}
		}
	}
}

// of names the scope of a limit, empty for all.
func (e *LimitEntry) of() string {
	switch {
	case e.Class != "":
		return "class " + e.Class
	case e.Client != "":
		return "client " + e.Client
	}
	return ""
}

func limitText(at any) string {
	text := ""
	switch v := at.(type) {
	case *market.Qty:
		text = strconv.FormatInt(int64(*v), 10)
	case *market.Money:
		text = strings.TrimSuffix(v.String(), ".00")
	case *int:
		text = strconv.Itoa(*v)
	case *float64:
		text = strconv.FormatFloat(*v, 'f', -1, 64)
	}
	if text == "0" {
		return "none"
	}
	return text
}

func symbolsText(symbols []market.Symbol) string {
	return textOr(strings.Trim(fmt.Sprint(symbols), "[]"))
}

func textOr(text string) string {
	if text == "" {
		return "none"
	}
	return text
}
