package session

import (
	"fmt"
	"runtime/debug"
	"time"

	"github.com/quickfixgo/quickfix"

	"github.com/sluice-sor/sluice/fixgw/wire"
)

// Tags that the callbacks read or write.
const (
	tagBeginSeqNo      quickfix.Tag = 7
	tagMsgSeqNum       quickfix.Tag = 34
	tagMsgType         quickfix.Tag = 35
	tagNewSeqNo        quickfix.Tag = 36
	tagPossDup         quickfix.Tag = 43
	tagRefSeqNum       quickfix.Tag = 45
	tagSendingTime     quickfix.Tag = 52
	tagText            quickfix.Tag = 58
	tagHeartBtInt      quickfix.Tag = 108
	tagOrigSendingTime quickfix.Tag = 122
	tagGapFill         quickfix.Tag = 123
	tagResetSeqNum     quickfix.Tag = 141
	tagRefTagID        quickfix.Tag = 371
	tagReason          quickfix.Tag = 373
	tagRefID           quickfix.Tag = 379
	tagBusiness        quickfix.Tag = 380
	tagUsername        quickfix.Tag = 553
	tagPassword        quickfix.Tag = 554
	tagApplVerID       quickfix.Tag = 1128
	tagDefaultVer      quickfix.Tag = 1137
)

// app is the quickfix.Application of the sessions. Its methods decode, note and
// enqueue; none sends (CB-04), and none lets a panic reach quickfixgo.
type app struct {
	env      Env
	sessions map[quickfix.SessionID]*Session
	peers    func(quickfix.SessionID) (peer, bool) // of an acceptor; nil else
}

func (a *app) OnCreate(quickfix.SessionID) {}

func (a *app) OnLogon(id quickfix.SessionID) {
	s := a.sessions[id]
	defer s.recovered("OnLogon", nil)
	s.mu.Lock()
	s.qfUp, s.logout = true, ""
	quiet := s.quiet
	if s.link.logonNum <= 1 { // the peer cannot miss anything before our first message
		quiet = 0
	}
	on := s.link.drop != nil
	n := s.stats.Connections
	s.mu.Unlock()
	if quiet <= 0 || !on {
		s.mayBegin(n)
		return
	}
	time.AfterFunc(quiet, func() { s.mayBegin(n) })
}

// mayBegin lets messages out on the connection with that number, if quickfixgo is still logged on on it.
func (s *Session) mayBegin(connection uint64) {
	s.mu.Lock()
	ok := s.qfUp && s.stats.Connections == connection
	s.up = s.up || ok
	s.mu.Unlock()
	if ok {
		s.settle("logged on")
	}
}

func (a *app) OnLogout(id quickfix.SessionID) {
	s := a.sessions[id]
	defer s.recovered("OnLogout", nil)
	s.mu.Lock()
	s.up, s.qfUp = false, false
	reason := "logged out"
	if s.logout != "" {
		reason += ": " + s.logout
	}
	s.mu.Unlock()
	s.settle(reason)
}

// ToApp sees a message before it gets its place in quickfixgo's queue, and each
// replay of one. An error on the first send uses no number; on a replay it makes
// a gap fill (QF-11).
func (a *app) ToApp(m *quickfix.Message, id quickfix.SessionID) (err error) {
	s := a.sessions[id]
	defer s.recovered("ToApp", func() { err = quickfix.ErrDoNotSend })
	kind, _ := m.Header.GetBytes(tagMsgType)
	if dup, _ := m.Header.GetBool(tagPossDup); dup {
		if isOrder(kind) {
			return quickfix.ErrDoNotSend // no stale order goes out (CB-01)
		}
		return nil
	}
	num, _ := m.Header.GetInt(tagMsgSeqNum)
	s.mu.Lock()
	flies, out := m == s.flight.message, s.flight.out
	if flies {
		s.flight.num = num
	}
	s.mu.Unlock()
	switch {
	case !raisesRisk(kind):
		return nil
	case !flies:
		return quickfix.ErrDoNotSend // nobody gave it its leave
	case s.cfg.Gate != nil:
		return s.cfg.Gate(&out) // the kill flag once more (PACE-05)
	}
	return nil
}

// ToAdmin completes a Logon and notes what quickfixgo asks or fills.
func (a *app) ToAdmin(m *quickfix.Message, id quickfix.SessionID) {
	s := a.sessions[id]
	defer s.recovered("ToAdmin", nil)
	kind, _ := m.Header.GetBytes(tagMsgType)
	switch string(kind) {
	case "A":
		if s.cfg.Username != "" {
			m.Body.SetString(tagUsername, s.cfg.Username)
		}
		if s.cfg.Password != nil {
			m.Body.SetString(tagPassword, s.cfg.Password())
		}
	case "2":
		s.openGap(1)
	case "4":
		s.filled(m)
	}
}

// filled reports the orders that a gap fill of ours covers: the peer asked for
// them again and will not get them (CB-01).
func (s *Session) filled(m *quickfix.Message) {
	begin, err1 := m.Header.GetInt(tagMsgSeqNum)
	end, err2 := m.Body.GetInt(tagNewSeqNo)
	if err1 != nil || err2 != nil {
		return
	}
	var covered []numbered
	s.mu.Lock()
	s.tokens.orders(begin, end, func(n numbered) {
		covered = append(covered, n)
		s.tokens.put(n.num, n.token, false)
	})
	s.stats.Stale += uint64(len(covered))
	s.mu.Unlock()
	for _, n := range covered {
		s.env.Handler.Outcome(s.id, Outcome{Token: n.token, Num: n.num, Result: GapFilled, Reason: "the peer asked for it again"})
	}
}

// FromApp gives a message to the handler, ahead of the inbound number (CB-02).
func (a *app) FromApp(m *quickfix.Message, id quickfix.SessionID) (reject quickfix.MessageRejectError) {
	s := a.sessions[id]
	defer s.recovered("FromApp", func() { reject = nil; s.arm() })
	if m.IsMsgTypeOf("j") {
		s.env.Handler.Reject(id, s.reject(m, true))
		return nil
	}
	if reject = otherVersion(m); reject != nil {
		return reject
	}
	if a.peers != nil { // of a client: a venue's report counts whatever its header says
		if reject = sentBefore(m); reject != nil {
			return reject
		}
	}
	reject = s.env.Handler.Message(id, m)
	if _, again := reject.(Retry); again {
		s.arm()
		return nil
	}
	return reject
}

// wrongVersion is SessionRejectReason (373) "invalid or unsupported application
// version".
const wrongVersion = 18

// otherVersion refuses a message whose ApplVerID (1128) is not that of the
// session: it would be read by the wrong dictionary. quickfixgo does not look.
func otherVersion(m *quickfix.Message) quickfix.MessageRejectError {
	v, err := m.Header.GetString(tagApplVerID)
	if err != nil || v == quickfix.ApplVerIDFIX50SP2 {
		return nil
	}
	tag := tagApplVerID
	return quickfix.NewMessageRejectError(fmt.Sprintf("ApplVerID(1128)=%s is not spoken here; use 9 (FIX 5.0 SP2), or leave it out", v), wrongVersion, &tag)
}

// Reasons of a Reject (373) for a header that does not fit.
const (
	reasonMissing = 1
	reasonTime    = 10
)

// sentBefore refuses a possible duplicate that does not say when it was sent first, or says that this is yet to come (ER-17).
// quickfixgo looks only where the number is too low.
func sentBefore(m *quickfix.Message) quickfix.MessageRejectError {
	if dup, _ := m.Header.GetBool(tagPossDup); !dup {
		return nil
	}
	tag := tagOrigSendingTime
	if !m.Header.Has(tag) {
		return quickfix.NewMessageRejectError("PossDupFlag(43)=Y needs OrigSendingTime(122)", reasonMissing, &tag)
	}
	first, err := m.Header.GetTime(tag)
	if err != nil {
		return err
	}
	if now, err := m.Header.GetTime(tagSendingTime); err != nil || now.Before(first) {
		return quickfix.NewMessageRejectError("OrigSendingTime(122) is later than SendingTime(52)", reasonTime, &tag)
	}
	return nil
}

// FromAdmin sees session messages before quickfixgo acts on them.
func (a *app) FromAdmin(m *quickfix.Message, id quickfix.SessionID) (reject quickfix.MessageRejectError) {
	s := a.sessions[id]
	kind, _ := m.Header.GetBytes(tagMsgType)
	defer s.recovered("FromAdmin", func() {
		if reject = nil; string(kind) == "A" {
			reject = quickfix.RejectLogon{Text: "internal error"}
			return
		}
		s.arm()
	})
	switch string(kind) {
	case "A":
		return s.logon(m, a.peers)
	case "2":
		return s.resendRequest(m)
	case "3":
		s.env.Handler.Reject(id, s.reject(m, false))
	case "4":
		if fill, _ := m.Body.GetBool(tagGapFill); !fill {
			if next, _ := m.Body.GetInt(tagNewSeqNo); s.holdGap() {
				s.alarm(AlarmReset, fmt.Sprintf("SequenceReset to %d without GapFill", next))
			}
		}
	case "5":
		text, _ := m.Body.GetString(tagText)
		s.mu.Lock()
		s.logout = text
		s.mu.Unlock()
	}
	return nil
}

// resendRequest refuses ranges that make no sense, and notices a peer that knows
// more of us than we do (REC-02).
func (s *Session) resendRequest(m *quickfix.Message) quickfix.MessageRejectError {
	begin, err := m.Body.GetInt(tagBeginSeqNo)
	if err != nil {
		return nil // quickfixgo rejects it
	}
	if begin < 1 {
		return quickfix.ValueIsIncorrect(tagBeginSeqNo)
	}
	if next := s.store.NextSenderMsgSeqNum(); begin > next {
		s.alarm(AlarmLostLog, fmt.Sprintf("the peer asks for number %d, our next is %d", begin, next))
	}
	return nil
}

// reject decodes a 3 or a j of ours (FIX-02).
func (s *Session) reject(m *quickfix.Message, business bool) Reject {
	r := Reject{Business: business, Code: -1, Message: m}
	r.RefNum, _ = m.Body.GetInt(tagRefSeqNum)
	code := tagReason
	if business {
		code = tagBusiness
	}
	if n, err := m.Body.GetInt(code); err == nil {
		r.Code = n
	}
	r.RefTag, _ = m.Body.GetInt(tagRefTagID)
	r.RefID, _ = m.Body.GetString(tagRefID)
	r.Text, _ = m.Body.GetString(tagText)
	s.mu.Lock()
	r.Token = s.tokens.get(r.RefNum)
	s.mu.Unlock()
	return r
}

// arm makes the next advance of the inbound number fail.
func (s *Session) arm() {
	s.mu.Lock()
	s.poison.armed = true
	s.mu.Unlock()
}

// recovered ends a panic of a callback: quickfixgo could not (GRD-12).
func (s *Session) recovered(where string, then func()) {
	p := recover()
	if p == nil {
		return
	}
	if then != nil {
		then()
	}
	s.log.Error("fix callback panicked", "callback", where, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
	s.env.Alarm(Alarm{Session: s.id, Kind: AlarmPanic, Text: fmt.Sprintf("%s: %v", where, p)})
}

// isOrder reports the types that must never be replayed: D E F G AB q (CB-01),
// and AF, whose answer would come twice.
func isOrder(kind []byte) bool {
	switch string(kind) {
	case "D", "E", "F", "G", "AB", "AC", "AF", "q":
		return true
	}
	return false
}

// raisesRisk reports the types that the last gate is asked of: new orders and replaces.
func raisesRisk(kind []byte) bool {
	switch string(kind) {
	case "D", "E", "G", "AB", "AC":
		return true
	}
	return false
}

// logon checks a Logon: of a client who it is, of either side that it resets
// nothing unasked (CB-03), and whether numbers are missing before it.
func (s *Session) logon(m *quickfix.Message, peers func(quickfix.SessionID) (peer, bool)) quickfix.MessageRejectError {
	s.mu.Lock()
	stopped := s.stopped
	s.mu.Unlock()
	if stopped {
		return quickfix.RejectLogon{Text: "session is stopped"}
	}
	reset, _ := m.Body.GetBool(tagResetSeqNum)
	c := &s.cfg
	if reset && !c.AllowReset && !c.ResetOnLogon && !c.ResetOnLogout && !c.ResetOnDisconnect {
		return quickfix.RejectLogon{Text: "ResetSeqNumFlag(141)=Y is not agreed for this session"}
	}
	if v, err := m.Body.GetString(tagDefaultVer); s.id.IsFIXT() && (err != nil || v != quickfix.ApplVerIDFIX50SP2) {
		return quickfix.RejectLogon{Text: fmt.Sprintf("DefaultApplVerID(1137) is %q; use 9 (FIX 5.0 SP2)", v)}
	}
	if peers != nil {
		beat, err := m.Body.GetInt(tagHeartBtInt)
		if err != nil || beat < 1 || time.Duration(beat)*time.Second > c.MaxHeartBtInt {
			return quickfix.RejectLogon{Text: fmt.Sprintf("HeartBtInt(108) must be 1 to %d", int(c.MaxHeartBtInt/time.Second))}
		}
		p, _ := peers(s.id)
		if err := p.authenticate(s, m); err != nil {
			return quickfix.RejectLogon{Text: "logon refused"}
		}
	}
	num, _ := m.Header.GetInt(tagMsgSeqNum)
	s.mu.Lock()
	s.link.seen = max(s.link.seen, num)
	s.mu.Unlock()
	if !reset && num > s.store.NextTargetMsgSeqNum() {
		s.openGap(num)
		return nil
	}
	s.mu.Lock()
	s.gap.end = 0
	s.mu.Unlock()
	return nil
}

var _ wire.Observer = (*Session)(nil)
