package talk

import (
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/quickfixgo/quickfix"
	fixcfg "github.com/quickfixgo/quickfix/config"

	"github.com/sluice-sor/sluice/fixgw/dictionary"
)

// generous bounds a wait that ends soon unless something is wrong.
const generous = 30 * time.Second

func eventually(what string, ok func() bool) error {
	for end := time.Now().Add(generous); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			return fmt.Errorf("never: %s", what)
		}
	}
	return nil
}

// A fixPeer is a client or a venue on stock quickfixgo, with the dictionary on. It keeps its session's numbers while it
// is down, as a real one does.
type fixPeer struct {
	version string
	id      quickfix.SessionID
	accepts bool
	port    string
	dict    string
	store   *keptStores
	stop    func() // nil while it is down

	mu     sync.Mutex
	in     []message
	faults []error
	up     bool
	beat   string // the last 112 that was answered
	asked  int
}

// keptStores gives a session the same numbers again after it was stopped.
type keptStores struct {
	made map[quickfix.SessionID]quickfix.MessageStore
}

// Create implements quickfix.MessageStoreFactory.
func (k *keptStores) Create(id quickfix.SessionID) (quickfix.MessageStore, error) {
	if s := k.made[id]; s != nil {
		return s, nil
	}
	s, err := quickfix.NewMemoryStoreFactory().Create(id)
	k.made[id] = s
	return s, err
}

func newFixPeer(t *testing.T, version, sender, target string) *fixPeer {
	t.Helper()
	return &fixPeer{version: version, dict: t.TempDir(), store: &keptStores{map[quickfix.SessionID]quickfix.MessageStore{}},
		id: quickfix.SessionID{BeginString: version, SenderCompID: sender, TargetCompID: target}}
}

// listen makes the peer an acceptor on a free port.
func (p *fixPeer) listen() error {
	p.accepts = true
	return eventually("a free port", func() bool {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return false
		}
		p.port = strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
		if l.Close() != nil || p.open() != nil { // somebody else may have taken it
			return false
		}
		return true
	})
}

func (p *fixPeer) settings() (*quickfix.Settings, error) {
	s, one := quickfix.NewSettings(), quickfix.NewSessionSettings()
	set := map[string]string{fixcfg.BeginString: p.version, fixcfg.SenderCompID: p.id.SenderCompID, fixcfg.TargetCompID: p.id.TargetCompID,
		fixcfg.CheckUserDefinedFields: "N"}
	app, err := dictionary.Write(p.dict, p.version)
	if err != nil {
		return nil, err
	}
	set[fixcfg.DataDictionary] = app
	if p.version == fix50 {
		transport, err := dictionary.WriteTransport(p.dict)
		if err != nil {
			return nil, err
		}
		delete(set, fixcfg.DataDictionary)
		set[fixcfg.AppDataDictionary], set[fixcfg.TransportDataDictionary], set[fixcfg.DefaultApplVerID] = app, transport, quickfix.ApplVerIDFIX50SP2
	}
	for k, v := range set {
		one.Set(k, v)
	}
	more := map[string]string{fixcfg.SocketAcceptPort: p.port, fixcfg.SocketAcceptHost: "127.0.0.1"}
	if !p.accepts {
		more = map[string]string{fixcfg.HeartBtInt: "30", fixcfg.SocketConnectHost: "127.0.0.1", fixcfg.SocketConnectPort: p.port, fixcfg.ReconnectInterval: "10ms"}
	}
	for k, v := range more {
		s.GlobalSettings().Set(k, v)
	}
	_, err = s.AddSession(one)
	return s, err
}

// open starts the peer; a client then logs on.
func (p *fixPeer) open() error {
	if p.stop != nil {
		return nil
	}
	s, err := p.settings()
	if err != nil {
		return err
	}
	if p.accepts {
		a, err := quickfix.NewAcceptor(p, p.store, s, quickfix.NewNullLogFactory())
		if err != nil {
			return err
		}
		if err := a.Start(); err != nil {
			return errors.Join(err, quickfix.UnregisterSession(p.id)) // it was registered before it could not listen
		}
		p.stop = a.Stop
		return nil
	}
	i, err := quickfix.NewInitiator(p, p.store, s, quickfix.NewNullLogFactory())
	if err != nil {
		return err
	}
	if err := i.Start(); err != nil {
		return err
	}
	p.stop = i.Stop
	return nil
}

func (p *fixPeer) close() {
	if p.stop != nil {
		p.stop()
		p.stop = nil
	}
}

// say sends a message and returns when the other side has read it: it answers a test request that came after.
func (p *fixPeer) say(m message) error {
	out := quickfix.NewMessage()
	out.Header.SetString(35, m.kind)
	for _, f := range m.toWire(p.version).fields {
		if slices.Contains(headed[:], f.tag) {
			out.Header.SetString(quickfix.Tag(f.tag), f.value)
		} else {
			out.Body.SetString(quickfix.Tag(f.tag), f.value)
		}
	}
	if err := quickfix.SendToTarget(out, p.id); err != nil {
		return err
	}
	return p.read()
}

// read waits until the other side has read what was sent.
func (p *fixPeer) read() error {
	p.asked++
	id := "T" + strconv.Itoa(p.asked)
	ask := quickfix.NewMessage()
	ask.Header.SetString(35, "1")
	ask.Body.SetString(112, id)
	if err := quickfix.SendToTarget(ask, p.id); err != nil {
		return err
	}
	return eventually(p.id.SenderCompID+" is answered", func() bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		return p.beat == id
	})
}

func (p *fixPeer) next() (m message, err error) {
	err = eventually(p.id.SenderCompID+" hears something", func() bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		if len(p.in) == 0 {
			return false
		}
		m, p.in = p.in[0], p.in[1:]
		return true
	})
	return m, err
}

func (p *fixPeer) loggedOn() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.up
}

func (p *fixPeer) set(up bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.up = up
}

// OnCreate implements quickfix.Application.
func (p *fixPeer) OnCreate(quickfix.SessionID) {}

// OnLogon implements quickfix.Application.
func (p *fixPeer) OnLogon(quickfix.SessionID) { p.set(true) }

// OnLogout implements quickfix.Application.
func (p *fixPeer) OnLogout(quickfix.SessionID) { p.set(false) }

// ToAdmin implements quickfix.Application.
func (p *fixPeer) ToAdmin(*quickfix.Message, quickfix.SessionID) {}

// ToApp implements quickfix.Application.
func (p *fixPeer) ToApp(*quickfix.Message, quickfix.SessionID) error { return nil }

// FromAdmin implements quickfix.Application.
func (p *fixPeer) FromAdmin(m *quickfix.Message, _ quickfix.SessionID) quickfix.MessageRejectError {
	if m.IsMsgTypeOf("0") && m.Body.Has(112) {
		p.mu.Lock()
		p.beat, _ = m.Body.GetString(112)
		p.mu.Unlock()
	}
	if m.IsMsgTypeOf("3") {
		p.hear(m)
	}
	return nil
}

// FromApp implements quickfix.Application.
func (p *fixPeer) FromApp(m *quickfix.Message, _ quickfix.SessionID) quickfix.MessageRejectError {
	p.hear(m)
	return nil
}

func (p *fixPeer) hear(m *quickfix.Message) {
	got, err := unpack(p.version, m)
	p.mu.Lock()
	defer p.mu.Unlock()
	if err != nil {
		p.faults = append(p.faults, err)
	}
	p.in = append(p.in, got)
}

// TestPeerListensAfterALostRace: a port that somebody takes between its choice and its use costs a peer only another try.
func TestPeerListensAfterALostRace(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	p := newFixPeer(t, "FIX.4.4", "LOSTRACE", "SLUICE")
	p.accepts, p.port = true, strconv.Itoa(taken.Addr().(*net.TCPAddr).Port)
	if p.open() == nil {
		t.Fatal("opened on a port that is taken")
	}
	if err := p.listen(); err != nil {
		t.Fatal(err)
	}
	p.close()
}
