package config

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/knadh/koanf/parsers/toml/v2"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/risk"
	"github.com/sluice-sor/sluice/internal/table"
)

// A LimitDocument is a file of limits, each with who owns it, why it is what it is, and from when to when it holds
// (RISK-16). It lies over the [limits] of the configuration.
type LimitDocument struct {
	Path       string
	Version    string
	ApprovedBy string // a second person, who is none of the owners
	Limits     []LimitEntry
	Classes    []risk.ClassLimits // names and symbols
	Lists      []risk.List
}

// A LimitEntry is one limit of a document: of all, of a class of symbols, or of a client.
type LimitEntry struct {
	Name      string // as the key of [limits]
	Class     string
	Client    string
	Owner     string
	Rationale string
	From      market.Time // 0 = ever
	Until     market.Time // 0 = for good; then what held before holds again
	Value     string      // as it was written

	whole  int64
	real   float64
	isReal bool
}

// Temporary reports whether the limit reverts by itself.
func (e *LimitEntry) Temporary() bool { return e.Until != 0 }

// At reports whether the limit holds at t.
func (e *LimitEntry) At(t market.Time) bool {
	return e.From <= t && (e.Until == 0 || t < e.Until)
}

func (e *LimitEntry) String() string {
	switch {
	case e.Class != "":
		return e.Name + " of class " + e.Class
	case e.Client != "":
		return e.Name + " of client " + e.Client
	}
	return e.Name
}

// limitField gives where a limit of a name lies; each func is nil where there is no such limit of a class or a client.
type limitField struct {
	name   string
	all    func(*risk.Limits) any
	class  func(*risk.ClassLimits) any
	client func(*risk.ClientLimits) any
}

var limitFields = [...]limitField{
	{"max_parent_shares", func(l *risk.Limits) any { return &l.MaxParentQty }, func(c *risk.ClassLimits) any { return &c.MaxParentQty }, nil},
	{"max_parent_usd", func(l *risk.Limits) any { return &l.MaxParentMoney }, func(c *risk.ClassLimits) any { return &c.MaxParentMoney }, func(c *risk.ClientLimits) any { return &c.MaxParentMoney }},
	{"max_child_shares", func(l *risk.Limits) any { return &l.MaxChildQty }, func(c *risk.ClassLimits) any { return &c.MaxChildQty }, nil},
	{"max_child_usd", func(l *risk.Limits) any { return &l.MaxChildMoney }, func(c *risk.ClassLimits) any { return &c.MaxChildMoney }, nil},
	{"max_adv_pct", func(l *risk.Limits) any { return &l.MaxADVPct }, func(c *risk.ClassLimits) any { return &c.MaxADVPct }, nil},
	{"collar_bps", func(l *risk.Limits) any { return &l.CollarBps }, nil, nil},
	{"soft_collar_bps", func(l *risk.Limits) any { return &l.SoftCollarBps }, nil, nil},
	{"soft_parent_usd", func(l *risk.Limits) any { return &l.SoftParentMoney }, nil, nil},
	{"soft_basket_usd", func(l *risk.Limits) any { return &l.SoftBasketMoney }, nil, nil},
	{"max_spread_bps", func(l *risk.Limits) any { return &l.MaxSpreadBps }, nil, nil},
	{"max_open_children", func(l *risk.Limits) any { return &l.MaxOpenChildren }, nil, nil},
	{"max_client_usd", func(l *risk.Limits) any { return &l.MaxClientMoney }, nil, func(c *risk.ClientLimits) any { return &c.MaxClientMoney }},
	{"max_client_net_usd", func(l *risk.Limits) any { return &l.MaxClientNet }, nil, func(c *risk.ClientLimits) any { return &c.MaxClientNet }},
	{"max_firm_usd", func(l *risk.Limits) any { return &l.MaxFirmMoney }, nil, nil},
	{"max_firm_net_usd", func(l *risk.Limits) any { return &l.MaxFirmNet }, nil, nil},
	{"max_basket_usd", func(l *risk.Limits) any { return &l.MaxBasketMoney }, nil, func(c *risk.ClientLimits) any { return &c.MaxBasketMoney }},
	{"max_repeats", func(l *risk.Limits) any { return &l.MaxRepeats }, nil, nil},
	{"max_venues_per_second", func(l *risk.Limits) any { return &l.MaxVenueRate }, nil, nil},
	{"max_replaces_per_child", func(l *risk.Limits) any { return &l.MaxReplaces }, nil, nil},
	{"client_rate", func(l *risk.Limits) any { return &l.ClientRate }, nil, func(c *risk.ClientLimits) any { return &c.Rate }},
	{"symbol_rate", func(l *risk.Limits) any { return &l.SymbolRate }, nil, nil},
	{"firm_rate", func(l *risk.Limits) any { return &l.FirmRate }, nil, nil},
}

// maxPerSecond is the largest rate of messages.
const maxPerSecond = 1_000_000

// read reads a limit into where it lies.
func (s *section) limit(k string, into any) {
	switch v := into.(type) {
	case *market.Qty:
		table.Whole(s.Section, k, v, 0, maxShares)
	case *market.Money:
		table.Micro(s.Section, k, v, 0, maxDollars)
	case *int:
		table.Whole(s.Section, k, v, 0, maxPerSecond)
	case *float64:
		s.Real(k, v, 0, 100_000)
	}
}

func (f *File) decodeLimits(s *section) {
	l := &f.Limits
	s.Text("version", &l.Version)
	for _, field := range limitFields {
		s.limit(field.name, field.all(l))
	}
	var restricted []string
	s.Texts("restricted", &restricted)
	for _, text := range restricted {
		symbol := market.Symbol(text)
		if !f.hasSymbol(symbol) {
			s.Problem("restricted", fmt.Sprintf("has the symbol %q, which no [[instrument]] has", text), "add the instrument, or remove it here")
		}
		l.Restricted = append(l.Restricted, symbol)
	}
	s.Duration("duplicate_window", &l.DuplicateWindow, 0, maxTime)
	s.Flag("require_reference", &l.RequireReference)
	s.Flag("no_self_cross", &l.NoSelfCross)
	s.Flag("two_persons", &l.TwoPersons)
	s.Flag("require_lists", &l.RequireLists)
	s.Texts("may_be_off", &l.MayBeOff)
	if l.CollarBps > 0 && l.SoftCollarBps > l.CollarBps {
		s.Problem("soft_collar_bps", fmt.Sprintf("is %v, outside collar_bps = %v", l.SoftCollarBps, l.CollarBps), "the soft collar lies inside the collar")
	}
	soft := func(k string, v market.Money, hard string, most market.Money) {
		if most > 0 && v > most {
			s.Problem(k, fmt.Sprintf("is %v, above %s = %v", v, hard, most), "a soft limit lies below the hard one")
		}
	}
	soft("soft_parent_usd", l.SoftParentMoney, "max_parent_usd", l.MaxParentMoney)
	soft("soft_basket_usd", l.SoftBasketMoney, "max_basket_usd", l.MaxBasketMoney)
	var files []string
	s.Texts("files", &files)
	s.Done()
	for _, path := range files {
		f.readLimits(s, s.in.resolve(path))
	}
}

func (f *File) hasSymbol(symbol market.Symbol) bool {
	return slices.ContainsFunc(f.Instruments, func(in market.Instrument) bool { return in.Symbol == symbol })
}

// readLimits reads one document of limits. What is wrong with it is a problem of the configuration.
func (f *File) readLimits(s *section, path string) {
	b, err := read(path, "name an existing one in limits.files")
	if err != nil {
		var ps Problems
		if !errors.As(err, &ps) {
			ps = Problems{{File: path, Wrong: err.Error(), Remedy: "let the router's user read it"}}
		}
		s.in.Problems = append(s.in.Problems, ps...)
		return
	}
	raw, err := toml.Parser().Unmarshal(b)
	if err != nil {
		s.in.Problems = append(s.in.Problems, table.SyntaxProblem(path, err))
		return
	}
	in := &input{Input: table.Input{File: path}, dir: filepath.Dir(path), lookup: s.in.lookup}
	f.LimitFiles = append(f.LimitFiles, f.decodeLimitFile(newSection(in, raw), path))
	s.in.Problems = append(s.in.Problems, in.Problems...)
}

func (f *File) decodeLimitFile(s *section, path string) LimitDocument {
	d := LimitDocument{Path: path}
	if s.Require("version", `give it one that is used once, such as "2026-11-28"`) {
		s.Text("version", &d.Version)
	}
	s.Text("approved_by", &d.ApprovedBy)
	for _, t := range s.tables("class", maxEntries) {
		c := risk.ClassLimits{}
		t.Text("name", &c.Class)
		t.Require("name", `give it one such as "thin"`)
		c.Symbols = f.symbols(t, "symbols")
		t.Done()
		d.Classes = append(d.Classes, c)
	}
	for _, t := range s.tables("list", maxEntries) {
		l := risk.List{}
		t.Text("name", &l.Name)
		if l.Name != risk.ListRestricted && l.Name != risk.ListEasyToBorrow {
			t.Problem("name", fmt.Sprintf("is %q", l.Name), "want "+risk.ListRestricted+" or "+risk.ListEasyToBorrow)
		}
		t.Text("version", &l.Version)
		t.Require("day", `give the trading day that it is for, such as "2026-11-30"`)
		t.Date("day", &l.Day)
		l.Symbols = f.symbols(t, "symbols")
		t.Done()
		d.Lists = append(d.Lists, l)
	}
	for _, t := range s.tables("limit", maxEntries) {
		d.Limits = append(d.Limits, f.decodeLimit(t, &d))
	}
	s.Done()
	return d
}

// symbols reads symbols of instruments of the configuration.
func (f *File) symbols(s *section, k string) (out []market.Symbol) {
	var texts []string
	s.Texts(k, &texts)
	for _, text := range texts {
		if !f.hasSymbol(market.Symbol(text)) {
			s.Problem(k, fmt.Sprintf("has the symbol %q, which no [[instrument]] has", text), "add the instrument, or remove it here")
		}
		out = append(out, market.Symbol(text))
	}
	return out
}

func (f *File) decodeLimit(s *section, d *LimitDocument) LimitEntry {
	e := LimitEntry{}
	s.Text("name", &e.Name)
	s.Text("class", &e.Class)
	s.Text("client", &e.Client)
	for _, k := range [...]struct {
		key    string
		into   *string
		remedy string
	}{{"owner", &e.Owner, "name who answers for it"}, {"rationale", &e.Rationale, "say why it is what it is: an examiner will ask"}} {
		if s.Require(k.key, k.remedy) {
			s.Text(k.key, k.into)
		}
	}
	e.From, e.Until = s.moment("from"), s.moment("until")
	if e.Until != 0 && e.Until <= e.From {
		s.Problem("until", "is not after from", "a limit holds from a time until a later one")
	}
	if why := risk.Distinct(e.Owner, d.ApprovedBy); why != "" {
		s.Problem("owner", fmt.Sprintf("is %q, and approved_by of the document %q: %s", e.Owner, d.ApprovedBy, why), "let another person approve the document, and name them in approved_by")
	}
	f.scopeOf(s, &e, d)
	if s.Require("value", "give the limit") {
		e.readValue(s)
	}
	s.Done()
	return e
}

// scopeOf checks that there is such a limit, of such a class or client.
func (f *File) scopeOf(s *section, e *LimitEntry, d *LimitDocument) {
	i := slices.IndexFunc(limitFields[:], func(l limitField) bool { return l.name == e.Name })
	switch {
	case i < 0:
		var names []string
		for _, l := range limitFields {
			names = append(names, l.name)
		}
		s.Problem("name", fmt.Sprintf("is %q", e.Name), "want one of "+strings.Join(names, ", "))
	case e.Class != "" && e.Client != "":
		s.Problem("class", "and client are both set", "a limit is of a class or of a client")
	case e.Class != "" && limitFields[i].class == nil:
		s.Problem("class", "has no "+e.Name, "leave class out, or give a limit that a class has")
	case e.Client != "" && limitFields[i].client == nil:
		s.Problem("client", "has no "+e.Name, "leave client out, or give a limit that a client has")
	case e.Class != "" && !slices.ContainsFunc(d.Classes, func(c risk.ClassLimits) bool { return c.Class == e.Class }):
		s.Problem("class", fmt.Sprintf("is %q, which no [[class]] of this file is", e.Class), "add the class with its symbols")
	case e.Client != "" && !slices.ContainsFunc(f.Clients, func(c Client) bool { return c.Name == e.Client }):
		s.Problem("client", fmt.Sprintf("is %q, which no [[client]] of the configuration is", e.Client), "name a client of the configuration")
	}
}

// readValue reads the value as what it is a limit of.
func (e *LimitEntry) readValue(s *section) {
	e.Value = fmt.Sprint(s.M["value"])
	var l risk.Limits
	switch v := e.in(&l).(type) {
	case *market.Qty:
		s.limit("value", v)
		e.whole = int64(*v)
	case *market.Money:
		s.limit("value", v)
		e.whole = int64(*v)
	case *int:
		s.limit("value", v)
		e.whole = int64(*v)
	case *float64:
		s.limit("value", v)
		e.real, e.isReal = *v, true
	default:
		var text string
		s.Text("value", &text) // the name is wrong, and was told
	}
}

// in gives where the limit lies in l, nil if there is no such limit. A class or a client that l does not have yet is added.
func (e *LimitEntry) in(l *risk.Limits) any {
	i := slices.IndexFunc(limitFields[:], func(f limitField) bool { return f.name == e.Name })
	switch {
	case i < 0:
		return nil
	case e.Class != "" && limitFields[i].class != nil:
		j := slices.IndexFunc(l.Classes, func(c risk.ClassLimits) bool { return c.Class == e.Class })
		if j < 0 {
			j, l.Classes = len(l.Classes), append(l.Classes, risk.ClassLimits{Class: e.Class})
		}
		return limitFields[i].class(&l.Classes[j])
	case e.Client != "" && limitFields[i].client != nil:
		j := slices.IndexFunc(l.Credits, func(c risk.ClientLimits) bool { return c.Client == e.Client })
		if j < 0 {
			j, l.Credits = len(l.Credits), append(l.Credits, risk.ClientLimits{Client: e.Client})
		}
		return limitFields[i].client(&l.Credits[j])
	}
	return limitFields[i].all(l)
}

// apply puts the limit in force.
func (e *LimitEntry) apply(l *risk.Limits) {
	switch v := e.in(l).(type) {
	case *market.Qty:
		*v = market.Qty(e.whole)
	case *market.Money:
		*v = market.Money(e.whole)
	case *int:
		*v = int(e.whole)
	case *float64:
		*v = e.real
	}
}

// moment reads a time such as "2026-11-28T14:30:00Z" or the beginning of a UTC day such as "2026-11-28"; 0 if it is not
// there.
func (s *section) moment(k string) market.Time {
	var text string
	if s.Has(k) {
		s.Text(k, &text)
	}
	if text == "" {
		return 0
	}
	for _, layout := range [...]string{time.RFC3339, time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil {
			return market.Time(t.UnixNano())
		}
	}
	s.Problem(k, fmt.Sprintf("is %q", text), `want a time such as "2026-11-28T14:30:00Z" or a day such as "2026-11-28"`)
	return 0
}

// LimitsAt gives the limits in force at t: those of [limits], over them the documents in their order, and of each document
// what holds for good by when it begins, then what is temporary. The version names each document and what of it is
// temporary, so that equal versions are equal limits.
func (f *File) LimitsAt(t market.Time) risk.Limits {
	l := f.Limits.Clone()
	for i := range f.LimitFiles {
		d := &f.LimitFiles[i]
		l.Version += "/" + d.Version
		l.Classes = append(l.Classes, slices.Clone(d.Classes)...)
		l.Lists = append(l.Lists, d.Lists...)
		for _, e := range d.inForce(t) {
			e.apply(&l)
			if e.Temporary() {
				l.Version += "+" + e.Name + "=" + e.Value
			} else if e.From != 0 {
				l.Version += "@" + time.Unix(0, int64(e.From)).UTC().Format("20060102T1504")
			}
		}
	}
	return l
}

// inForce gives what of a document holds at t, in the order in which it is put in force.
func (d *LimitDocument) inForce(t market.Time) []*LimitEntry {
	var in []*LimitEntry
	for i := range d.Limits {
		if e := &d.Limits[i]; e.At(t) {
			in = append(in, e)
		}
	}
	temporary := func(e *LimitEntry) int {
		if e.Temporary() {
			return 1
		}
		return 0
	}
	slices.SortStableFunc(in, func(a, b *LimitEntry) int {
		return cmp.Or(cmp.Compare(temporary(a), temporary(b)), cmp.Compare(a.From, b.From))
	})
	return in
}

// LimitsChange gives when after t the limits change next by themselves, false for never, and the entry that does it.
func (f *File) LimitsChange(t market.Time) (at market.Time, by *LimitEntry, approver string) {
	for i := range f.LimitFiles {
		d := &f.LimitFiles[i]
		for j := range d.Limits {
			e := &d.Limits[j]
			for _, edge := range [...]market.Time{e.From, e.Until} {
				if edge > t && (by == nil || edge < at) {
					at, by, approver = edge, e, d.ApprovedBy
				}
			}
		}
	}
	return at, by, approver
}
