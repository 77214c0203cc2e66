package registry

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// What a line of the ledger says. Imperatives are people's, the rest the routers' own.
const (
	Publish  = "publish"
	Promote  = "promote"
	Shadow   = "shadow"
	Canary   = "canary"
	Rollback = "rollback"

	Serving    = "serving"     // the model decides
	Shadowing  = "shadowing"   // it predicts beside
	Canarying  = "canarying"   // it decides for a share of parents
	RolledBack = "rolled back" // it decided, and the one before decides again, because a person said so
	Demoted    = "demoted"     // the same, or the end of a trial, because it did worse
	Refused    = "refused"     // it does not serve, and why
	Cut        = "cut"         // a training cut was made
)

// Builtin is the id of the built-in prior, which is no artifact.
const Builtin = "builtin"

// The aliases (MOP-01).
const (
	Champion       = "champion"        // should serve
	Challenger     = "challenger"      // should decide for a share of parents
	ShadowAlias    = "shadow"          // should predict beside
	RollbackTarget = "rollback-target" // served before
)

// A Pointer moves an alias; an empty ID takes it away.
type Pointer struct {
	Alias string `json:"alias"`
	ID    string `json:"id"`
}

// A Line is one entry of the ledger.
type Line struct {
	Seq        uint64    `json:"seq"`
	At         time.Time `json:"at"`
	What       string    `json:"what"`
	Model      string    `json:"model,omitempty"`
	Share      float64   `json:"share,omitempty"` // of parents, of a canary
	Set        []Pointer `json:"set,omitempty"`   // aliases that this moves
	Actor      string    `json:"actor,omitempty"` // who
	Reason     string    `json:"reason,omitempty"`
	Router     string    `json:"router,omitempty"`  // that says so, with the journal and the place in it; empty: a person
	Serving    string    `json:"serving,omitempty"` // what decides at the router from here on
	Beside     string    `json:"beside,omitempty"`  // what predicts beside it
	Instance   uint32    `json:"instance,omitempty"`
	JournalSeq uint64    `json:"journal_seq,omitempty"`
	Epoch      uint32    `json:"epoch,omitempty"` // of learning, of a cut or a swap
	Prev       string    `json:"prev"`            // Hash of the line before
	Hash       string    `json:"hash"`            // SHA-256 of this line without Hash, hexadecimal
}

// text is the line as it is kept. It fills Hash.
func (l *Line) text() string {
	l.Hash = ""
	b, err := json.Marshal(l)
	if err != nil {
		panic("registry: " + err.Error()) // texts and finite numbers
	}
	sum := sha256.Sum256(b)
	l.Hash = hex.EncodeToString(sum[:])
	b, _ = json.Marshal(l)
	return string(b)
}

// parseLine reads the line that must follow prev, and nothing else.
func parseLine(text string, prev *Line) (*Line, error) {
	l := new(Line)
	d := json.NewDecoder(strings.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(l); err != nil {
		return nil, fmt.Errorf("ledger line %d is damaged: %w", prev.Seq+1, err)
	}
	seq, hash := l.Seq, l.Hash
	switch {
	case l.text() != text || l.Hash != hash:
		return nil, fmt.Errorf("ledger line %d is damaged: its hash is another's", prev.Seq+1)
	case seq != prev.Seq+1 || l.Prev != prev.Hash:
		return nil, fmt.Errorf("ledger line %d does not follow line %d: lines were lost or put in", seq, prev.Seq)
	}
	return l, nil
}

// Aliases is where the aliases stand.
type Aliases struct {
	Champion       string  `json:"champion"` // Builtin before any promotion
	Challenger     string  `json:"challenger,omitempty"`
	Share          float64 `json:"share,omitempty"` // of parents, of the challenger
	Shadow         string  `json:"shadow,omitempty"`
	RollbackTarget string  `json:"rollback_target,omitempty"`
	Seq            uint64  `json:"seq"`    // of the line that moved one last
	Actor          string  `json:"actor"`  // who moved it
	Reason         string  `json:"reason"` // and why
	What           string  `json:"what"`
}

// apply follows one line.
func (a *Aliases) apply(l *Line) {
	for _, p := range l.Set {
		switch p.Alias {
		case Champion:
			a.Champion = p.ID
		case Challenger:
			a.Challenger, a.Share = p.ID, l.Share
		case ShadowAlias:
			a.Shadow = p.ID
		case RollbackTarget:
			a.RollbackTarget = p.ID
		}
	}
	if len(l.Set) > 0 {
		a.Seq, a.Actor, a.Reason, a.What = l.Seq, l.Actor, l.Reason, l.What
	}
}

// AliasesOf gives where the lines of a ledger left the aliases.
func AliasesOf(lines []Line) Aliases {
	a := Aliases{Champion: Builtin}
	for i := range lines {
		a.apply(&lines[i])
	}
	return a
}

// Of names the aliases of a version.
func (a *Aliases) Of(id string) []string {
	var names []string
	for _, p := range a.pointers() {
		if p.ID == id && id != "" {
			names = append(names, p.Alias)
		}
	}
	return names
}

// ID is what an alias stands for; empty: nothing.
func (a *Aliases) ID(alias string) string {
	for _, p := range a.pointers() {
		if p.Alias == alias {
			return p.ID
		}
	}
	return ""
}

func (a *Aliases) pointers() [4]Pointer {
	return [4]Pointer{{Champion, a.Champion}, {Challenger, a.Challenger}, {ShadowAlias, a.Shadow}, {RollbackTarget, a.RollbackTarget}}
}

// Live gives the line by which a model decides at a router at a time: which, since when, who wanted it and why (MOP-02). Nil
// before the router's first.
func Live(lines []Line, router string, at time.Time) (live *Line) {
	for i := range lines {
		l := &lines[i]
		if l.Router != router || l.At.After(at) {
			continue
		}
		switch l.What {
		case Serving, RolledBack, Demoted:
			if l.Serving != "" {
				live = l
			}
		}
	}
	return live
}
