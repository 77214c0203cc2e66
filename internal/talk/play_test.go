package talk

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A stage is a router with clients and venues around it.
type stage interface {
	version(peer string) string
	// say gives a message of a peer to the router; it returns when the router has it in its order of events.
	say(peer string, m message) error
	// next gives the oldest message that a peer has heard and nobody took, or why there is none. The peer "alert" hears
	// what people are told, of the kind that is wanted.
	next(peer, kind string) (message, error)
	// rest takes everything that was heard and nobody took, as far as it is known.
	rest() []heard
	child(clOrdID string) (message, error) // the router's own book of a child
	link(peer string, up bool) error
	wait(d time.Duration) error
	quote(venue string, bid, ask, size string) error
	desk(what, client, clOrdID string) error
	restart() error
	// end stops the router; rest then is complete.
	end() error
}

// heard is a message with who heard it.
type heard struct {
	peer string
	msg  message
}

// errCannot says that a stage has no such thing: the script is not for it.
var errCannot = errors.New("not on this stage")

// telling are tags that change what a message means: they may not be there unnamed.
var telling = [...]int{19, 32, 41, 97, 102, 103, 378}

// A player runs one script on a stage.
type player struct {
	stage  stage
	strict bool // everything that was heard must be taken before somebody speaks again
	vars   map[string]string
	terms  map[string]message // the last D or G of a client, by its 11
	orders map[string]*placed // what the venues were sent, by 11
	execs  int
	counts map[string]int // orders by venue
}

// placed is an order or a request that a venue was sent.
type placed struct {
	root *placed // the order
	kind string
	msg  message
	id   string // 37
}

func newPlayer(s stage, strict bool) *player {
	return &player{stage: s, strict: strict, vars: map[string]string{}, terms: map[string]message{}, orders: map[string]*placed{}, counts: map[string]int{}}
}

// play runs a script and gives its first difference.
func (p *player) play(s *script) error {
	for i := range s.lines {
		l := &s.lines[i]
		if err := p.line(l); err != nil {
			return fmt.Errorf("%s:%d: %s: %w", s.file, l.at, l.text, err)
		}
	}
	if err := p.quiet(); err != nil {
		return fmt.Errorf("%s: at the end of %q: %w", s.file, s.name, err)
	}
	if err := p.stage.end(); err != nil {
		return err
	}
	p.strict = true
	if err := p.quiet(); err != nil {
		return fmt.Errorf("%s: after the end of %q: %w", s.file, s.name, err)
	}
	return nil
}

// quiet fails if something was heard that the script does not say.
func (p *player) quiet() error {
	if !p.strict {
		return nil
	}
	for _, h := range p.stage.rest() {
		return fmt.Errorf("%s heard unexpectedly: %v", h.peer, h.msg)
	}
	return nil
}

func (p *player) line(l *line) error {
	switch l.op {
	case opNothing:
		return nil
	case opHear:
		return p.hear(l)
	case opChild:
		got, err := p.stage.child(p.value(l.args[0]))
		if errors.Is(err, errCannot) {
			return nil // the engine's stage looks
		}
		if err == nil {
			err = p.matches(fix44, &l.msg, &got)
		}
		return err
	}
	if err := p.quiet(); err != nil {
		return err
	}
	return p.act(l)
}

// act is a line that makes something happen.
func (p *player) act(l *line) error {
	switch l.op {
	case opSay:
		m, err := p.spoken(l)
		if err != nil {
			return err
		}
		return p.stage.say(l.peer, m)
	case opTime:
		d, err := time.ParseDuration(strings.TrimPrefix(l.args[0], "+"))
		if err != nil {
			return err
		}
		return p.stage.wait(d)
	case opLink:
		return p.stage.link(l.args[0], l.args[1] == "up")
	case opQuote:
		return p.stage.quote(l.args[0], l.args[1], l.args[2], l.args[3])
	case opDesk:
		return p.stage.desk(l.args[0], clientNames[0], l.args[1])
	case opRestart:
		return p.stage.restart()
	}
	return fmt.Errorf("op %d", l.op)
}

func (p *player) hear(l *line) error {
	got, err := p.stage.next(l.peer, l.msg.kind)
	if err != nil {
		return err
	}
	if got.kind != l.msg.kind {
		return fmt.Errorf("heard %v", got)
	}
	p.learn(l.peer, got)
	if err := p.matches(p.stage.version(l.peer), &l.msg, &got); err != nil {
		return fmt.Errorf("%w; heard %v", err, got)
	}
	return nil
}

// matches compares what is listed, and binds names.
func (p *player) matches(version string, want, got *message) error {
	for _, f := range want.fields {
		if strings.HasPrefix(f.value, "$") {
			if _, bound := p.vars[f.value]; !bound && got.has(f.tag) {
				p.vars[f.value] = got.get(f.tag)
			}
			f.value = p.value(f.value)
		}
		if is := got.get(f.tag); is != inVersion(version, f) {
			return fmt.Errorf("tag %d is %q, want %q", f.tag, is, inVersion(version, f))
		}
	}
	for _, tag := range telling {
		if got.has(tag) && !want.has(tag) {
			return fmt.Errorf("tag %d=%s is there, and the script does not name it", tag, got.get(tag))
		}
	}
	return nil
}

func (p *player) value(v string) string {
	if is, ok := p.vars[v]; ok {
		return is
	}
	return v
}

// learn keeps what a venue was sent.
func (p *player) learn(peer string, m message) {
	if !isVenue(peer) || m.kind != "D" && m.kind != "F" && m.kind != "G" {
		return
	}
	x := &placed{kind: m.kind, msg: m}
	if x.root = p.orders[m.get(41)]; x.root == nil {
		p.counts[peer]++
		x.id = fmt.Sprintf("%s-%d", peer, p.counts[peer])
		x.root = x
	} else {
		x.root = x.root.root
	}
	p.orders[m.get(11)] = x
}

func isVenue(peer string) bool { return slices.Contains(venueNames[:], peer) }

// transactTime is 60 of everything that is said.
const transactTime = "20231114-22:13:20.123"

// spoken completes a message with plain values. An empty value takes a field away.
func (p *player) spoken(l *line) (message, error) {
	m := message{kind: l.msg.kind}
	for _, f := range l.msg.fields {
		v := p.value(f.value)
		if strings.HasPrefix(v, "$") {
			return m, fmt.Errorf("%s was not heard yet", v)
		}
		m.fields = append(m.fields, field{f.tag, v})
	}
	if isVenue(l.peer) {
		p.asVenue(&m)
	} else {
		p.asClient(l.peer, &m)
	}
	m.fields = slices.DeleteFunc(m.fields, func(f field) bool { return f.value == "" })
	return m, nil
}

func (p *player) asClient(peer string, m *message) {
	m.fill(55, symbol, 54, "1")
	switch m.kind {
	case "D", "G":
		if old, ok := p.terms[peer+" "+m.get(41)]; ok {
			for _, f := range old.fields {
				if f.tag != 11 && f.tag != 97 && !(f.tag == 44 && m.get(40) == "1") {
					m.fill(f.tag, f.value)
				}
			}
		}
		m.fill(40, "2")
		if m.get(40) == "2" {
			m.fill(44, "49")
		}
		if !m.has(100) {
			m.fill(100, venueNames[0])
		}
		m.fill(59, "0")
		p.terms[peer+" "+m.get(11)] = *m
	}
	if m.kind != "H" {
		m.fill(60, transactTime)
	}
}

func (p *player) asVenue(m *message) {
	about := p.orders[m.get(11)]
	if about == nil {
		about = p.orders[m.get(41)]
	}
	if m.kind == "9" {
		if about != nil {
			m.fill(37, about.root.id, 41, about.msg.get(41), 434, map[string]string{"F": "1", "G": "2"}[about.kind])
		}
		m.fill(37, "NONE", 434, "1")
		return
	}
	if about != nil {
		m.fill(37, about.root.id, 54, about.root.msg.get(54), 55, about.root.msg.get(55), 38, about.root.msg.get(38))
	}
	if m.kind != "8" {
		return
	}
	if !m.has(17) {
		p.execs++
		m.set(17, "A"+strconv.Itoa(p.execs))
	}
	if m.has(32) {
		m.fill(31, "49")
	}
	m.fill(37, "NONE", 54, "1", 55, symbol, 6, "0", 14, "0", 151, "0", 60, transactTime)
}
