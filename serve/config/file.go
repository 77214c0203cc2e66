package config

import (
	"net/netip"
	"time"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
	"github.com/sluice-sor/sluice/internal/risk"
	"github.com/sluice-sor/sluice/internal/router"
)

// File is a whole configuration, checked. Paths in it start at the working directory or are absolute.
type File struct {
	Path        string // as it was given
	Router      Router
	FIX         FIX
	Clients     []Client
	Venues      []Venue // index = market.VenueID
	Instruments []market.Instrument
	Regulatory  []market.Regulatory
	Regimes     []market.Regime // dated rules (RULE-01)
	Hours       market.Hours
	Objectives  [4]router.Weights // by order.Objective
	Limits      risk.Limits       // of [limits]; see LimitsAt
	LimitFiles  []LimitDocument   // over them
	Tactics     router.Tactics
	Learning    router.Learning
	Journal     Journal
	Models      Models
	Attest      Attest
	Market      Market
}

// Router is the process: where it keeps what, and where it listens.
type Router struct {
	Name          string // short, part of alerts and ids
	JournalDir    string
	Seed          uint64
	StoreURL      string // sqlite:PATH or postgres://USER@HOST/DATABASE, without a password
	StorePassword Secret
	HTTPAddr      string // the page; loopback, or with HTTPTLS (SEC-03); empty = none
	HTTPTLS       TLS    // of the page: On, CertFile and KeyFile
	HTTPOpen      bool   // the page is read without a login, on loopback
	UsersFile     string // who may log in, with what roles (SEC-04)
	AuditFile     string // who did what (SEC-05)
	AuditSyslog   Syslog // who else keeps its head (SEC-05)
	MetricsAddr   string // metrics and pprof; loopback (SEC-09); empty = none
	RiskMonitor   bool   // a risk monitor gives a sign of life every second; without it nothing new is sent (KILL-05)
}

// FIX is the acceptor for clients.
type FIX struct {
	ListenAddr string // host:port; port 0 takes a free one
	CompID     string // ours, where a client does not name another
	TLS        TLS
	Allow      []netip.Prefix // addresses that may connect, before anything else is looked at (SEC-01); empty = all
	DropCopies []DropCopy
}

// DropCopy is a FIX session that reads every report the clients got (DC-01).
type DropCopy struct {
	Name         string
	CompID       string // theirs
	OurCompID    string
	Version      Version  // 4.4 or 5.0SP2: 4.2 has no CopyMsgIndicator (797)
	Clients      []string // names of the [[client]]s whose reports it reads; empty = all
	Certificates []string // as a client's
	Username     string
	Password     Secret
}

// Version is a FIX version, "4.2", "4.4" or "5.0SP2".
type Version string

// The FIX versions a session may have.
const (
	FIX42 Version = "4.2"
	FIX44 Version = "4.4"
	FIX50 Version = "5.0SP2" // over FIXT.1.1
)

// BeginString gives the text of tag 8.
func (v Version) BeginString() string {
	if v == FIX50 {
		return "FIXT.1.1"
	}
	return "FIX." + string(v)
}

// OnDisconnect is what happens to a client's orders when its link drops (RACE-09).
type OnDisconnect string

// The choices of RACE-09.
const (
	DisconnectContinue OnDisconnect = "continue" // go on as if nothing had happened
	DisconnectStop     OnDisconnect = "stop"     // no new children; after Grace all are canceled
	DisconnectCancel   OnDisconnect = "cancel"   // cancel everything at once
)

// DayEnd is how a client's day orders end at the close.
type DayEnd string

// The choices of the matrices: 150=C, or A.1.b's 150=3.
const (
	DayEndExpired    DayEnd = "expired"
	DayEndDoneForDay DayEnd = "done-for-day"
)

// Client is one FIX session of the desk's EMS or OMS.
type Client struct {
	Name         string // unique; the session's name in events and on the page
	CompID       string // theirs: SenderCompID of what they send
	OurCompID    string
	Version      Version
	Heartbeat    time.Duration
	OnDisconnect OnDisconnect
	DayEnd       DayEnd
	Grace        time.Duration
	HideDark     bool     // its reports do not say which dark pool traded (FIX-12)
	NoExplore    bool     // its orders are never explored with (MOP-25)
	KillSwitch   bool     // its mass cancel (35=q) halts everything, or a symbol (KILL-02)
	SelfCross    bool     // its orders may trade with those of clients who say so too (RISK-18)
	Certificates []string // with tls_ca_file: names its certificate may carry, one suffices; empty = its comp_id (SEC-01)
	Accounts     []string // that its orders may name (1); empty = any
	AllowReset   bool     // it may begin anew with ResetSeqNumFlag (141=Y); reports it has not seen are then sent again
	Username     string
	Password     Secret
}

// Session is one FIX session that we open to a venue.
type Session struct {
	Addr        string // host:port
	OurCompID   string
	TheirCompID string
	Version     Version
	Heartbeat   time.Duration
	Username    string
	Password    Secret
	TLS         TLS
	Profile     Profile // of a session for orders
}

// IsSet reports whether the file has this session.
func (s *Session) IsSet() bool { return s.Addr != "" }

// TLS is how a session is secured; all empty is plaintext, which only loopback or a waiver permits (SEC-02).
type TLS struct {
	On         bool
	CAFile     string // pinned authority of the other side; empty = the system's
	CertFile   string // our certificate and key, for mutual TLS
	KeyFile    string
	ServerName string // name in the venue's certificate; empty = the host of Addr
	Waiver     bool   // plaintext to another machine is wanted; the page shows it
}

// Venue is one venue: what the engine knows of it and its sessions.
type Venue struct {
	market.Venue
	Desk       string // how its desk is reached, for a halt that is not confirmed (KILL-04)
	Orders     Session
	MarketData Session
}

// MarketKind is where the simulated venues' flow comes from.
type MarketKind string

// The kinds of market.
const (
	Synthetic MarketKind = "synthetic" // agents
	Lobster   MarketKind = "lobster"   // one venue driven by recorded LOBSTER messages
	Tape      MarketKind = "tape"      // several venues driven by a recorded trade and quote tape
	Recorded  MarketKind = "recorded"  // the small recording in the binary for its symbol, agents in the others
)

// Market is the simulated market of `sluice venues`.
type Market struct {
	Kind       MarketKind // empty = the file is not for `sluice venues`
	Seed       uint64
	Speed      float64       // market seconds per second
	JournalDir string        // where the venues keep their sessions' numbers and reports; empty = only in memory
	Start      time.Duration // lobster, tape: where in the recorded day the market begins, since midnight; 0 = 09:30
	Recordings []Recording
	Venues     []SimVenue // index = market.VenueID
	unset      Problems   // recordings whose path needs a variable that is not set
}

// Recording is one symbol's recorded day.
type Recording struct {
	Symbol   market.Symbol
	Date     market.Date
	Venue    market.VenueID // lobster: the venue that the recording drives
	Messages string         // lobster: message file
	Book     string         // lobster: order book file
	Trades   string         // tape
	Quotes   string         // tape
}

// SimVenue is what the simulation must know of a venue and no policy may.
type SimVenue struct {
	Elsewhere bool    // `sluice venues` leaves it out: somebody else serves it
	Code      string  // the venue's letter on the tape, empty = not recorded
	Order     Latency // each way between us and the venue
	Feed      Latency // market data
	Hidden    Hidden
	Rules     SimRules
	Params    map[string]float64 // figures of single agents, by name
}

// Latency is a delay: Base, plus an exponential jitter of mean Jitter, plus with probability TailProb an exponential
// tail of mean Tail.
type Latency struct {
	Base, Jitter, Tail time.Duration
	TailProb           float64
}

// Hidden is the latent interest at a venue that shows none or not all.
type Hidden struct {
	Qty      market.Qty    // mean size, shares
	Pct      float64       // percent of the time that there is any
	Refill   time.Duration // mean time until it comes back
	Informed float64       // percent of the venue's flow that knows the next moves
}

// SimRules is how a simulated venue matches where venues differ.
type SimRules struct {
	PostOnlySlide   bool // a post-only that would take is moved one tick away instead of being rejected
	RoundLotsOnly   bool
	SizePriority    bool // dark: larger orders first, then time
	MinQtyAggregate bool // MinQty may be met by several contras at once
	ViewDelay       time.Duration
}

// defaults gives a File in which every key that may be left out has its value.
func defaults(path string) *File {
	c := router.DefaultConfig()
	return &File{
		Path:       path,
		Router:     Router{Name: c.Router, JournalDir: "data/journal", Seed: c.Seed, StoreURL: "sqlite:data/sluice.db", HTTPAddr: "127.0.0.1:8080", MetricsAddr: "127.0.0.1:9464"},
		FIX:        FIX{ListenAddr: "127.0.0.1:9878", CompID: "SLUICE"},
		Objectives: c.Objectives,
		Limits:     c.Limits,
		Tactics:    c.Tactics,
		Learning:   c.Learning,
		Journal: Journal{SnapshotEvery: 10 * market.Minute, SnapshotEvents: 1_000_000, KeepDays: 5, WarnFree: 20, ParentsFree: 10, ChildrenFree: 5,
			CommitP99: 100 * market.Millisecond},
		Models: Models{Poll: 250 * time.Millisecond, CanaryShare: .01},
		Market: Market{Seed: 1, Speed: 1},
	}
}

// objectiveKeys are the tables below [objective], by order.Objective.
func objectiveKeys() []string {
	var keys []string
	for o := order.Balanced; o <= order.MinCost; o++ {
		keys = append(keys, o.String())
	}
	return keys
}
