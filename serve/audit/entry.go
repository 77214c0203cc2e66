package audit

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// An Entry is one line of the log.
type Entry struct {
	Seq     uint64    `json:"seq"`
	At      time.Time `json:"at"`
	Request string    `json:"request,omitempty"` // the lines of one request have the same
	Actor   string    `json:"actor,omitempty"`   // who
	Second  string    `json:"second,omitempty"`  // who approved it
	Roles   []string  `json:"roles,omitempty"`   // of the actor, when it happened
	Via     string    `json:"via,omitempty"`     // page, api, socket; empty: the router itself
	From    string    `json:"from,omitempty"`    // address
	What    string    `json:"what"`              // an action such as parent.cancel, or login, logout, setup, users, audit
	Of      string    `json:"of,omitempty"`      // what it is about
	Before  string    `json:"before,omitempty"`  // how that stood
	After   string    `json:"after,omitempty"`
	Reason  string    `json:"reason,omitempty"`
	Outcome Outcome   `json:"outcome"`
	Text    string    `json:"text,omitempty"` // what was answered
	Prev    string    `json:"prev"`           // Hash of the line before; of the first, empty
	Hash    string    `json:"hash"`           // SHA-256 of this line with an empty Hash, hexadecimal
}

// An Outcome is what became of what an entry is about.
type Outcome string

// The outcomes. What is begun has a second line, unless the process ended in between: then the journal says.
const (
	Begun   Outcome = "begun"
	Done    Outcome = "done"
	Waits   Outcome = "waits"   // for a second person
	Refused Outcome = "refused" // nothing was done, because it may not be
	Failed  Outcome = "failed"  // nothing was done, because it did not work
)

// textMax bounds each text of an entry, in bytes; longer ones are cut.
const textMax = 4096

// lineMax bounds a line: every text at its longest, escaped.
const lineMax = 1 << 20

// clip makes an entry's texts valid and short enough, so that no entry is refused.
func (e *Entry) clip() {
	for _, s := range []*string{&e.Request, &e.Actor, &e.Second, &e.Via, &e.From, &e.What, &e.Of, &e.Before, &e.After, &e.Reason, &e.Text} {
		*s = strings.ToValidUTF8(*s, "\uFFFD")
		if len(*s) > textMax {
			cut := textMax
			for !utf8.RuneStart((*s)[cut]) {
				cut--
			}
			*s = (*s)[:cut]
		}
	}
}

// line is the entry as it is kept, with its newline. It fills Hash.
func (e *Entry) line() []byte {
	e.Hash = ""
	sum := sha256.Sum256(e.encode())
	e.Hash = hex.EncodeToString(sum[:])
	return e.encode()
}

func (e *Entry) encode() []byte {
	var b bytes.Buffer
	j := json.NewEncoder(&b)
	j.SetEscapeHTML(false)
	if err := j.Encode(e); err != nil {
		panic("audit: " + err.Error()) // texts and a time
	}
	return b.Bytes()
}

var (
	errHash   = errors.New("it was changed: its hash is another's")
	errFollow = errors.New("it does not follow the line before: lines were changed, lost or put in")
)

// parse reads the line, newline and all, that must follow the head before it.
func parse(line []byte, before Head) (*Entry, error) {
	e := new(Entry)
	d := json.NewDecoder(bytes.NewReader(line))
	d.DisallowUnknownFields()
	if err := d.Decode(e); err != nil {
		return nil, fmt.Errorf("it is no entry: %w", err)
	}
	seq, hash := e.Seq, e.Hash
	switch {
	case !bytes.Equal(e.line(), line) || e.Hash != hash:
		return nil, errHash
	case seq != before.Seq+1 || e.Prev != before.Hash:
		return nil, errFollow
	}
	return e, nil
}
