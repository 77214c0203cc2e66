package act

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/sluice-sor/sluice/internal/order"
)

// An Action is something a person asks a router to do. Do says what; the fields that it needs, and may have, are in the
// table of rules; all others are empty.
type Action struct {
	Do        string         `json:"do"`
	Parent    order.ParentID `json:"parent,omitempty"`
	Basket    uint64         `json:"basket,omitempty"`
	Client    string         `json:"client,omitempty"` // with Symbol and Venue the scope of a halt; all empty = everything
	Symbol    string         `json:"symbol,omitempty"`
	Venue     string         `json:"venue,omitempty"`
	Algorithm string         `json:"algorithm,omitempty"` // part of the scope: a strategy by its name, such as block
	Model     string         `json:"model,omitempty"`     // an id, the beginning of one, an alias or builtin
	Share     float64        `json:"share,omitempty"`     // of the parents: a canary's, or of an experiment's treatment; 0 = the default
	Name      string         `json:"name,omitempty"`      // of an experiment
	Kind      string         `json:"kind,omitempty"`      // what an experiment assigns: parent or switchback; empty = parent
	Control   string         `json:"control,omitempty"`   // an experiment's policies: static, learner or a model's id
	Treatment string         `json:"treatment,omitempty"` // empty = static against learner
	Most      int64          `json:"most,omitempty"`      // orders after which an experiment ends; 0 = none
	Urgency   string         `json:"urgency,omitempty"`   // a parent's: low, normal or high; empty = as it is
	Limit     string         `json:"limit,omitempty"`     // in dollars, never worse than the client's; 0 = the client's own again
	MaxPct    *float64       `json:"max_pct,omitempty"`   // percent of the volume, likewise
	Reason    string         `json:"reason"`
}

// What an action does.
const (
	ParentPause     = "parent.pause"
	ParentResume    = "parent.resume"
	ParentCancel    = "parent.cancel"
	ParentSteer     = "parent.steer" // urgency, limit, share of volume
	Halt            = "halt"
	Resume          = "resume" // lifts a halt of exactly this scope
	LearningHold    = "learning.hold"
	LearningRelease = "learning.release"
	ModelPromote    = "model.promote"
	ModelCanary     = "model.canary"
	ModelShadow     = "model.shadow"
	ModelRollback   = "model.rollback"
	ExperimentStart = "experiment.start"
	ExperimentStop  = "experiment.stop"
	BasketConfirm   = "basket.confirm" // what waits of a basket goes on (RISK-20)
	BasketDeny      = "basket.deny"
)

// Bounds of an action's texts.
const (
	textMax      = 64  // bytes of a name
	reasonMax    = 500 // bytes
	reasonOfTwo  = 20  // characters at least where two people decide (RISK-12)
	bodyMaxBytes = 16 << 10
)

// ParseJSON reads an action as the API gets it: one object with known fields.
func ParseJSON(b []byte) (*Action, error) {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	a := new(Action)
	if err := d.Decode(a); err != nil {
		return nil, fmt.Errorf("this is no action: %w", err)
	}
	if d.More() {
		return nil, errors.New("this is more than one action")
	}
	return a, nil
}

// ParseForm reads an action from the fields of a form, which have the names of the JSON. Fields that are no action's are
// the page's own.
func ParseForm(v url.Values) (*Action, error) {
	a := &Action{Do: v.Get("do"), Client: v.Get("client"), Symbol: v.Get("symbol"), Venue: v.Get("venue"), Algorithm: v.Get("algorithm"), Model: v.Get("model"),
		Name: v.Get("name"), Kind: v.Get("kind"), Control: v.Get("control"), Treatment: v.Get("treatment"), Urgency: v.Get("urgency"), Limit: strings.TrimSpace(v.Get("limit")), Reason: v.Get("reason")}
	var errs []error
	number := func(name string, into func(string) error) {
		if s := strings.TrimSpace(v.Get(name)); s != "" {
			if err := into(s); err != nil {
				errs = append(errs, fmt.Errorf("%s is %q: want a number", name, s))
			}
		}
	}
	number("parent", func(s string) error {
		n, err := strconv.ParseUint(s, 10, 64)
		a.Parent = order.ParentID(n)
		return err
	})
	number("basket", func(s string) (err error) { a.Basket, err = strconv.ParseUint(s, 10, 64); return err })
	number("share", func(s string) (err error) { a.Share, err = strconv.ParseFloat(s, 64); return err })
	number("most", func(s string) (err error) { a.Most, err = strconv.ParseInt(s, 10, 64); return err })
	number("max_pct", func(s string) error {
		x, err := strconv.ParseFloat(s, 64)
		a.MaxPct = &x
		return err
	})
	return a, errors.Join(errs...)
}

// Of says in words what the action is about.
func (a *Action) Of() string {
	var parts []string
	add := func(what, value string) {
		if value != "" {
			parts = append(parts, what+" "+value)
		}
	}
	if a.Parent != 0 {
		add("parent", strconv.FormatUint(uint64(a.Parent), 10))
	}
	if a.Basket != 0 {
		add("basket", strconv.FormatUint(a.Basket, 10))
	}
	add("client", a.Client)
	add("symbol", a.Symbol)
	add("venue", a.Venue)
	add("algorithm", a.Algorithm)
	add("model", a.Model)
	add("experiment", a.Name)
	if a.Control+a.Treatment != "" {
		add("with", a.Control+" against "+a.Treatment)
	}
	add("urgency", a.Urgency)
	add("limit", a.Limit)
	if a.MaxPct != nil {
		add("max_pct", strconv.FormatFloat(*a.MaxPct, 'g', -1, 64))
	}
	if a.Share != 0 {
		add("share", strconv.FormatFloat(a.Share, 'g', -1, 64))
	}
	if len(parts) == 0 && (a.Do == Halt || a.Do == Resume) {
		return "everything"
	}
	return strings.Join(parts, ", ")
}

// check holds an action to its rule: which fields it needs and may have, and what they may say.
func (a *Action) check(r *rule) error {
	var errs []error
	for _, f := range a.fields() {
		switch {
		case f.set && !slices.Contains(r.needs, f.name) && !slices.Contains(r.may, f.name):
			errs = append(errs, fmt.Errorf("%s takes no %s: leave it out", a.Do, f.name))
		case !f.set && slices.Contains(r.needs, f.name):
			errs = append(errs, fmt.Errorf("%s needs %s", a.Do, f.name))
		}
		if err := checkText(f.name, f.text, textMax); err != nil {
			errs = append(errs, err)
		}
	}
	if !(a.Share >= 0 && a.Share < 1) {
		errs = append(errs, fmt.Errorf("share is %v: want at least 0 and less than 1", a.Share))
	}
	if a.Most < 0 {
		errs = append(errs, fmt.Errorf("most is %d: want 0 or more", a.Most))
	}
	return errors.Join(append(errs, checkReason(a.Reason, r.twoPeople()))...)
}

// checkReason refuses a reason that is none, or that two people cannot decide by (RISK-12).
func checkReason(reason string, two bool) error {
	if err := checkText("reason", reason, reasonMax); err != nil {
		return err
	}
	n := utf8.RuneCountInString(strings.TrimSpace(reason))
	switch {
	case n == 0:
		return errors.New("a decision needs a reason")
	case two && n < reasonOfTwo:
		return fmt.Errorf("the reason is shorter than %d characters: say what happened, and what has changed since (RISK-12)", reasonOfTwo)
	}
	return nil
}

// illegible is what no text that people read has: it writes on a terminal, or turns the direction of reading around.
func illegible(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) }

// legible cuts a text, and blanks what is illegible.
func legible(text string, most int) string {
	text = strings.Map(func(r rune) rune {
		if illegible(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, " "))
	return strings.ToValidUTF8(text[:min(len(text), most)], "")
}

func checkText(name, text string, most int) error {
	switch {
	case len(text) > most:
		return fmt.Errorf("%s is longer than %d bytes", name, most)
	case !utf8.ValidString(text) || strings.ContainsFunc(text, illegible):
		return fmt.Errorf("%s has characters that are no text", name)
	}
	return nil
}

// field is one field of an action beside Do and Reason.
type field struct {
	name string
	set  bool
	text string
}

func (a *Action) fields() []field {
	out := []field{{"parent", a.Parent != 0, ""}, {"basket", a.Basket != 0, ""}, {"share", a.Share != 0, ""}, {"most", a.Most != 0, ""}, {"max_pct", a.MaxPct != nil, ""}}
	for _, t := range []struct{ name, text string }{{"client", a.Client}, {"symbol", a.Symbol}, {"venue", a.Venue}, {"algorithm", a.Algorithm}, {"model", a.Model},
		{"name", a.Name}, {"kind", a.Kind}, {"control", a.Control}, {"treatment", a.Treatment}, {"urgency", a.Urgency}, {"limit", a.Limit}} {
		out = append(out, field{t.name, t.text != "", t.text})
	}
	return out
}
