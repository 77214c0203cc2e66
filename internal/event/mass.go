package event

import (
	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/order"
)

// The scopes of a mass request: MassCancelRequestType (530) and MassStatusReqType (585) as FIX letters.
const (
	CancelSymbol = '1' // 530: the orders of Symbol, of one Side if it is given
	CancelAll    = '7' // 530: all orders, of one Side if it is given
	StatusSymbol = '1' // 585
	StatusAll    = '7' // 585
)

// MassRefused is MassCancelResponse (531) of a request that was not done; any other response repeats the scope.
const MassRefused = '0'

// ParentMassCancelRequested is an OrderMassCancelRequest (35=q) of a client.
type ParentMassCancelRequested struct {
	Client  string
	ClOrdID string
	Scope   byte // FIX 530
	Symbol  market.Symbol
	Side    market.Side // 0 = both
}

// ParentMassStatusRequested is an OrderMassStatusRequest (35=AF) of a client.
type ParentMassStatusRequested struct {
	Client string
	ReqID  string // FIX 584
	Scope  byte   // FIX 585
	Symbol market.Symbol
	Side   market.Side // 0 = both
}

// VenueMassCanceled is a venue's OrderMassCancelReport (35=r). It never says that a child is gone: each child's own
// report does (DEF-15).
type VenueMassCanceled struct {
	Venue    market.VenueID
	Request  uint32 // of CancelVenue, 0 if the venue named none
	Response byte   // FIX 531
	Affected uint32 // FIX 533
	Text     string
	At       Time
}

// AffectedOrder is one order of a mass cancel's report: FIX 535 and its ClOrdID.
type AffectedOrder struct {
	Parent  order.ParentID
	ClOrdID string
}

// ReportMassCancel is an OrderMassCancelReport (35=r) to a client.
type ReportMassCancel struct {
	Client       string
	ReportID     uint64 // a number of the reports' row, as ReportParent.ExecID
	ClOrdID      string
	Scope        byte            // FIX 530 as asked
	Response     byte            // FIX 531
	RejectReason uint16          // FIX 532, where Response is MassRefused
	Affected     uint32          // FIX 533
	Orders       []AffectedOrder // the first of them; a report lists a bounded number
	Symbol       market.Symbol
	Side         market.Side
	Text         string
	At           Time
}

// QueryVenue is an OrderMassStatusRequest (35=AF) for a venue: all our orders there, or those of Symbol.
type QueryVenue struct {
	Venue  market.VenueID
	ReqID  string // FIX 584
	Symbol market.Symbol
}

// CancelVenue is an OrderMassCancelRequest (35=q) for a venue. ClOrdID is ClOrdID(Instance, 0, Request).
type CancelVenue struct {
	Venue   market.VenueID
	Request uint32
	ClOrdID string
	Scope   byte // FIX 530
	Symbol  market.Symbol
	Side    market.Side
	Why     string
}

// Kind implements Body.
func (*ParentMassCancelRequested) Kind() Kind { return KindParentMassCancelRequested }
func (*ParentMassStatusRequested) Kind() Kind { return KindParentMassStatusRequested }
func (*VenueMassCanceled) Kind() Kind         { return KindVenueMassCanceled }
func (*ReportMassCancel) Kind() Kind          { return KindReportMassCancel }
func (*QueryVenue) Kind() Kind                { return KindQueryVenue }
func (*CancelVenue) Kind() Kind               { return KindCancelVenue }

func (e *ParentMassCancelRequested) visit(c *coder) {
	text(c, 1, &e.Client)
	text(c, 2, &e.ClOrdID)
	uvar(c, 3, &e.Scope)
	text(c, 4, &e.Symbol)
	uvar(c, 5, &e.Side)
}

func (e *ParentMassStatusRequested) visit(c *coder) {
	text(c, 1, &e.Client)
	text(c, 2, &e.ReqID)
	uvar(c, 3, &e.Scope)
	text(c, 4, &e.Symbol)
	uvar(c, 5, &e.Side)
}

func (e *VenueMassCanceled) visit(c *coder) {
	uvar(c, 1, &e.Venue)
	uvar(c, 2, &e.Request)
	uvar(c, 3, &e.Response)
	uvar(c, 4, &e.Affected)
	text(c, 5, &e.Text)
	sint(c, 6, &e.At)
}

func (e *ReportMassCancel) visit(c *coder) {
	text(c, 1, &e.Client)
	uvar(c, 2, &e.ReportID)
	text(c, 3, &e.ClOrdID)
	uvar(c, 4, &e.Scope)
	uvar(c, 5, &e.Response)
	uvar(c, 6, &e.RejectReason)
	uvar(c, 7, &e.Affected)
	list(c, 8, &e.Orders, visitAffected)
	text(c, 9, &e.Symbol)
	uvar(c, 10, &e.Side)
	text(c, 11, &e.Text)
	sint(c, 12, &e.At)
}

func visitAffected(o *AffectedOrder, c *coder) {
	uvar(c, 1, &o.Parent)
	text(c, 2, &o.ClOrdID)
}

func (e *QueryVenue) visit(c *coder) {
	uvar(c, 1, &e.Venue)
	text(c, 2, &e.ReqID)
	text(c, 3, &e.Symbol)
}

func (e *CancelVenue) visit(c *coder) {
	uvar(c, 1, &e.Venue)
	uvar(c, 2, &e.Request)
	text(c, 3, &e.ClOrdID)
	uvar(c, 4, &e.Scope)
	text(c, 5, &e.Symbol)
	uvar(c, 6, &e.Side)
	text(c, 7, &e.Why)
}
