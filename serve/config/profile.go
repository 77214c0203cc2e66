package config

import (
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/sluice-sor/sluice/internal/event"
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/table"
)

// BustPath is how a venue says that a trade does not stand.
type BustPath string

// The ways of a bust.
const (
	BustSession  BustPath = "session"   // 150=H or G on the session of its orders
	BustDropCopy BustPath = "drop-copy" // on another session, which is not read here
	BustNextDay  BustPath = "next-day"  // by telephone, mail or a file
)

// Profile is how a venue's FIX dialect differs (VEN-01): a table of the configuration, or a file of its own with a name
// and a version.
type Profile struct {
	File    string // empty = it stands in the configuration
	Name    string
	Version string // of the profile, not of FIX

	ClOrdIDMax   int    // longest ClOrdID (11) it takes; 0 = any
	ClOrdIDChars string // of which characters, such as "A-Z0-9-"; empty = any
	OrderTypes   []string
	TIFs         []string

	MsgPerSec       float64 // pace of what we send; 0 = no limit
	CancelPct       float64 // share of MsgPerSec that only cancels may use
	StatusRequests  bool    // it answers 35=H
	CancelBeforeAck bool    // it takes the cancel of an order that it has not acknowledged yet (RACE-05)
	BustPath        BustPath
	ResetOnLogon    bool   // it wants 141=Y at every logon; then gaps cannot be filled
	PegByOrdType    bool   // pegs are 40=P; else 40=1 or 2 with 18
	PostOnlyInst    string // value of 18 that keeps an order from taking; "-" = the venue has none
	ExecInst        string // added to 18 of every order, such as "h" (FIX-14)
	ExDestination   string // 100 of every order, for venues behind a hub
	Account         string // 1 of every order; empty = the client's
	HandlInst       bool   // 21=1 in 4.4 too; in 4.2 it always is
	HideByMaxFloor  bool   // 111=0 hides a limit order
	LiquidityTag    int    // the venue's own tag of liquidity, read before 851; 0 = 7011
	Liquidity       map[string]market.Liquidity
	Parties         []Party
}

// Party is somebody whom the venue wants named in every order (FIX-10).
type Party struct {
	ID     string // 448
	Source byte   // 447
	Role   int    // 452
}

// String names the profile and its version for people.
func (p *Profile) String() string {
	name := strings.TrimSpace(p.Name + " " + p.Version)
	switch {
	case p.File != "":
		return name + " (" + p.File + ")"
	case name != "":
		return name + " (in the configuration)"
	}
	return "unnamed (in the configuration)"
}

// decodeProfile reads the profile of a session for orders, from its own file or the session's table, and holds it
// against what the venue is said to be.
func (v *Venue) decodeProfile(orders *section) {
	p := &v.Orders.Profile
	*p = Profile{OrderTypes: []string{"limit", "midpoint", "d-limit"}, TIFs: []string{"day", "ioc"}, CancelPct: 10,
		StatusRequests: true, CancelBeforeAck: true, BustPath: BustSession, PostOnlyInst: "6"}
	s := orders.profileTable(p)
	if s == nil {
		return
	}
	p.decode(s, v.Orders.Version)
	v.checkProfile(s)
	if !p.CancelBeforeAck {
		v.Caps |= market.CapCancelAfterAck
	}
	if s.in != orders.in {
		orders.in.Problems = append(orders.in.Problems, s.in.Problems...)
	}
}

// profileTable gives the table that describes the venue, nil if its file cannot be read.
func (s *section) profileTable(p *Profile) *section {
	path := ""
	if _, isFile := s.M["profile"].(string); !isFile {
		return s.sub("profile")
	}
	s.Text("profile", &path)
	if path == "" {
		s.Problem("profile", "is empty", "name the profile's file, or leave it out")
		return nil
	}
	p.File = s.in.resolve(path)
	b, err := read(p.File, fmt.Sprintf("mend %s in %s: a relative path starts at that file's folder", s.Key("profile"), s.in.File))
	var ps Problems
	if errors.As(err, &ps) { // read gives nothing else
		s.in.Problems = append(s.in.Problems, ps...)
		return nil
	}
	root, err := table.Read(p.File, b)
	if problem := (Problem{}); errors.As(err, &problem) { // Read gives nothing else
		s.in.Problems = append(s.in.Problems, problem)
		return nil
	}
	return newSection(&input{Input: table.Input{File: p.File}, dir: filepath.Dir(p.File), lookup: s.in.lookup}, root.M)
}

func (p *Profile) decode(s *section, fix Version) {
	if p.File == "" || s.Require("name", `give it a short name such as "darka"`) {
		s.fixValue("name", &p.Name)
	}
	if p.File == "" || s.Require("version", `give the profile's own version, such as "2026-11-02"; raise it with every change`) {
		s.fixValue("version", &p.Version)
	}
	p.decodeIDs(s)
	s.words("order_types", &p.OrderTypes, "market", "limit", "midpoint", "primary", "d-limit")
	s.words("tifs", &p.TIFs, "day", "ioc", "fok", "gtc", "gtd")
	s.Real("msg_per_sec", &p.MsgPerSec, 0, 1e6)
	s.Real("cancel_pct", &p.CancelPct, 0, 90)
	s.Flag("status_requests", &p.StatusRequests)
	s.Flag("cancel_before_ack", &p.CancelBeforeAck)
	s.Text("bust_path", (*string)(&p.BustPath))
	switch p.BustPath {
	case BustSession, BustDropCopy, BustNextDay:
	default:
		s.Problem("bust_path", fmt.Sprintf("is %q", string(p.BustPath)), "want session, drop-copy or next-day")
	}
	s.Flag("reset_on_logon", &p.ResetOnLogon)
	s.Flag("peg_by_ord_type", &p.PegByOrdType)
	s.fixValue("post_only_inst", &p.PostOnlyInst)
	s.fixValue("exec_inst", &p.ExecInst)
	s.fixValue("ex_destination", &p.ExDestination)
	s.fixValue("account", &p.Account)
	s.Flag("handl_inst", &p.HandlInst)
	s.Flag("hide_by_max_floor", &p.HideByMaxFloor)
	table.Whole(s.Section, "liquidity_tag", &p.LiquidityTag, 0, 99_999)
	p.Liquidity = s.liquidity("liquidity")
	for _, one := range s.tables("parties", 10) {
		p.Parties = append(p.Parties, one.party(fix))
	}
	s.Done()
}

// decodeIDs holds what the venue takes as ClOrdID against ours, which cannot be other than they are: a restart finds its
// orders by them.
func (p *Profile) decodeIDs(s *section) {
	remedy := fmt.Sprintf("our ids are INSTANCE-CHILD-REQUEST in base 36, of 0-9, A-Z and -, with up to %d characters: agree that with the venue; without, orders cannot be sent there", event.ClOrdIDLen)
	table.Whole(s.Section, "clordid_max", &p.ClOrdIDMax, 0, 255)
	if p.ClOrdIDMax > 0 && p.ClOrdIDMax < event.ClOrdIDLen {
		s.Problem("clordid_max", fmt.Sprintf("is %d", p.ClOrdIDMax), remedy)
	}
	s.Text("clordid_chars", &p.ClOrdIDChars)
	if p.ClOrdIDChars == "" {
		return
	}
	takes := alphabet(p.ClOrdIDChars)
	missing := strings.Map(func(r rune) rune {
		if takes[r] {
			return -1
		}
		return r
	}, event.ClOrdIDChars)
	if missing != "" {
		s.Problem("clordid_chars", fmt.Sprintf("is %q, without %q", p.ClOrdIDChars, missing), remedy)
	}
}

// alphabet reads a set of characters such as "A-Z0-9-": a - between two others is a range, else it stands for itself.
func alphabet(spec string) map[rune]bool {
	set := map[rune]bool{}
	rs := []rune(spec)
	for len(rs) > 0 {
		first, last, n := rs[0], rs[0], 1
		if len(rs) > 2 && rs[1] == '-' {
			last, n = min(rs[2], 0x7f), 3
		}
		for r := first; r <= last; r++ {
			set[r] = true
		}
		rs = rs[n:]
	}
	return set
}

// checkProfile refuses a profile that does not take what Sluice sends to such a venue: limit, midpoint and d-limit orders,
// for the day or IOC.
func (v *Venue) checkProfile(s *section) {
	lacks := func(k string, have []string, word, why string) {
		if !slices.Contains(have, word) {
			s.Problem(k, fmt.Sprintf("lacks %q", word), fmt.Sprintf("venue %s needs it: %s; add it if the venue takes it, else change what the venue is said to be", v.Name, why))
		}
	}
	p := &v.Orders.Profile
	is := fmt.Sprintf("type = %q", v.Type)
	if v.Caps.Has(market.CapMidpoint) {
		lacks("order_types", p.OrderTypes, "midpoint", `caps has "midpoint"`)
	}
	if v.Caps.Has(market.CapDLimit) {
		lacks("order_types", p.OrderTypes, "d-limit", `caps has "d-limit"`)
	}
	if v.Type.Displayed() || v.Type != 0 && !v.Caps.Has(market.CapMidpoint) {
		lacks("order_types", p.OrderTypes, "limit", is)
	}
	if v.Type.Displayed() || v.Type == market.Dark {
		lacks("tifs", p.TIFs, "day", is)
	}
	if v.Type.Displayed() || v.Type == market.Internalizer {
		lacks("tifs", p.TIFs, "ioc", is)
	}
}

// words reads a list of known words.
func (s *section) words(k string, into *[]string, known ...string) {
	s.Texts(k, into)
	for _, w := range *into {
		if !slices.Contains(known, w) {
			s.Problem(k, fmt.Sprintf("has %q", w), "known: "+strings.Join(known, ", "))
		}
	}
}

// liquidity reads what the venue's own values mean, in the words of a fee schedule; nil if it does not say.
func (s *section) liquidity(k string) map[string]market.Liquidity {
	if !s.Has(k) {
		return nil
	}
	words := map[string]market.Liquidity{}
	for l := market.Added; l <= market.RemovedMid; l++ {
		words[strings.ReplaceAll(l.String(), " ", "_")] = l
	}
	out := map[string]market.Liquidity{}
	t := s.sub(k)
	for _, value := range slices.Sorted(maps.Keys(t.M)) {
		var word string
		t.Text(value, &word)
		l, ok := words[word]
		if !ok {
			t.Problem(value, fmt.Sprintf("is %q", word), "known: "+strings.Join(slices.Sorted(maps.Keys(words)), ", "))
		}
		out[value] = l
	}
	return out
}

func (s *section) party(fix Version) Party {
	p := Party{Source: 'D'}
	if s.Require("id", "give what the venue calls the party (448)") {
		s.fixValue("id", &p.ID)
	}
	source := string(p.Source)
	if s.fixValue("source", &source); len(source) != 1 {
		s.Problem("source", fmt.Sprintf("is %q", source), `want one character of PartyIDSource (447), such as "D"`)
		source = "D"
	}
	p.Source = source[0]
	if s.Require("role", "give the PartyRole (452): 1 is the executing firm, 3 the client") {
		table.Whole(s.Section, "role", &p.Role, 1, 999)
	}
	if fix == FIX42 && p.Role != 0 && p.Role != 1 && p.Role != 3 {
		s.Problem("role", fmt.Sprintf("is %d in FIX 4.2", p.Role), "want 1 (76) or 3 (109): 4.2 has no tag for another")
	}
	s.Done()
	return p
}
