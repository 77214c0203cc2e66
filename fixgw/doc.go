// Package fixgw stands between FIX and Sluice's own words: clients' and venues' messages become events, the engine's
// commands become messages. Its sub-packages carry the bytes: wire guards the socket, session runs quickfixgo, store
// keeps the numbers in the journal, dictionary holds the data dictionaries.
//
// # The mapping
//
// Each direction is in one place, is pure, and speaks FIX 4.2, 4.4, and 5.0 SP2 over FIXT.1.1:
//
//	Dialect.Decode            D F G H of a client     -> event.Parent...        clientin.go, terms.go, strategy.go
//	                          q AF Q                                            mass.go
//	Dialect.Report, .Reject   event.ReportParent, ... -> 8, 9, r to a client    clientout.go, mass.go
//	   .MassCanceled
//	Profile.Send, .Cancel,    event.SendChild, ...    -> D F G H to a venue     venueout.go
//	   .Replace, .Query
//	   .MassCancel, ...       event.CancelVenue, ...  -> q AF Q to a venue      mass.go
//	Profile.Decode            8, 9, r of a venue      -> event.Child...         venuein.go
//	ExecutionReport,          plain words of a simulated venue and of an EMS    execution.go, venueorder.go
//	   CancelReject, VenueOrder
//	quoteEntry, ladder        V W X f                 <-> market.Book           quote.go, ladder.go
//
// What a version says differently stands in exectype.go (20 and 150), ordertype.go (40 with 18 or 1094, 47 and 528, 111
// and 1138, 851), party.go (76 and 109 or 453) and strategy.go (848 or 957).
// Prices and quantities are read and written as decimals, never as floats. What cannot be expressed is refused with
// its tag and value, or put aside with an alarm; nothing is guessed (VEN-02).
//
// # Tags of our own
//
//	7001  objective      balanced, speed, impact, cost
//	7002  urgency        normal, low, high
//	7003  venues         names or MICs of the permitted venues, separated by spaces
//	7004  no explore     Y: no exploration with this order (MOP-25)
//	7005  hide dark      Y: reports do not name the dark venue (FIX-12)
//	7006  target price
//	7007  basket         on a D: the name of the list that it is of; nothing of that is worked before it is whole (RISK-20)
//	7008  of orders      how many orders the basket has, 1 to 10000; 66 and 68 do for 7007 and 7008
//	7010  discretionary  Y with 40=2: a discretionary limit
//	7011  liquidity      as market.Liquidity says it: added midpoint, removed, ...
//	5701  locate id of a short sale; 114=N alone says that the client located
//
// Strategies are 847=1000 (immediate), 1001 (POV), 1002 (VWAP), 1003 (block), or FIX's own 1 (VWAP), 2 (participate),
// 3 (minimize impact); 849 is the largest share of volume, 0.10 for 10 percent. 848 is free text, or parameters as
// name=value separated by semicolons: objective, urgency, venues, participation, target, start, end (UTC timestamps).
// The 957 group takes the same names; FIX 5.0 SP2 answers in it. 168 is the start; 126 is the expiry of a GTD order, else the time to be done by.
//
// # The adapters
//
// They run sessions and hold no orders. All are safe for concurrent use.
//
//	Clients      acceptor for clients: D F G H -> Sink; Report and Reject in journal order, never dropped (PACE-06)
//	             and drop copies beside them: Copies, fed from the journal (dropcopy.go)
//	Venues       initiators, one per venue: Send, Cancel, Replace, Query; reports, VenueUp and VenueDown, ChildSent and
//	             ChildDenied -> Sink
//	MarketData   initiators: Watch a symbol at a venue -> BookSink
//	VenueServer  acceptor for simulated venues: orders -> VenueHandler; Report, Reject, Publish, PublishTrade
//	EMS          initiator for a client: Send, Cancel, Replace, Status -> EMSHandler
//
// A Sink's Submit is called from the sessions' goroutines, ahead of the inbound number (CB-02), and from one goroutine
// of Venues; never from inside a method that the engine's side calls. Each adapter is made by New..., begins with Start
// and ends with Close:
//
//	clients, err := fixgw.NewClients(fixgw.ClientsConfig{Clients: ..., Acceptor: ..., Sink: sink, Store: factory})
//	err = clients.Start()
//	err = clients.Report(seq, reportParent) // seq ascends: the report's place in the journal
//
//	venues, err := fixgw.NewVenues(fixgw.VenuesConfig{Venues: ..., Sink: sink, Store: factory})
//	err = venues.Start()
//	venues.Restore(sendChild)               // at recovery: each child that is not done
//	venues.Send(sendChild)                  // what became of it comes as ChildSent or ChildDenied
//
// A message of which bytes may have left when the connection broke, or of whose number the venue got a gap fill, gives
// neither: the child is in doubt, and Query asks the venue. Commands may be used again when the call returns.
//
// A simulated market implements VenueHandler and answers with ExecutionReport and CancelReject:
//
//	server, err := fixgw.NewVenueServer(fixgw.VenueServerConfig{Venues: ..., Acceptor: ..., Handler: market, Store: factory})
//	err = server.Report("DARKA", &fixgw.ExecutionReport{...})
//	server.Publish("DARKA", "AMZN", &book) // before or after somebody watches
//
// The Store of Clients and VenueServer must keep application messages for resends (store.Config.Reports), that of
// Venues, MarketData and EMS must not. Sessions that name no dictionary get the stock one with our own tags; those to
// venues get one that requires nothing and knows every value, so that a venue's oddities reach Profile.Decode.
package fixgw
