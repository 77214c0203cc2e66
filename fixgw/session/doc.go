// Package session runs FIX sessions on stock quickfixgo v0.9.11: acceptors for
// clients, initiators for venues. It is transport only and knows no orders.
//
// # For the user of the package
//
//	env := session.Env{Handler: h, Store: factory, Log: logger, Alarm: page}
//
//	a, err := session.NewAcceptor(session.AcceptorConfig{
//		Address: "0.0.0.0:9880", TLS: cfg, Sessions: []session.Config{client},
//	}, env)
//	err = a.Start()          // a.Addr(), a.Session(id), a.Close()
//
//	i, err := session.NewInitiator(venue, env)
//	err = i.Start()          // i.Session(), i.Restart(), i.Close()
//
//	s := i.Session()
//	err = s.Send(session.Outgoing{Token: 7, Class: session.New, Order: 3, Message: m})
//
// What happens to a message comes back through the Handler:
//
//   - Send returned an error: it was refused, nothing follows.
//   - Outcome Sent: the whole frame reached the socket, with its MsgSeqNum.
//   - Outcome NeverSent: no byte left, and none will (REC-06).
//   - Outcome Unknown: some bytes may have left.
//   - Outcome GapFilled, after Sent: the peer asked for the number again and got
//     a gap fill; it may or may not have processed the message.
//   - Reject: the peer refused it by 3 or j, with the token (FIX-02).
//
// # Sending orders
//
// One goroutine per session hands messages to quickfixgo, one at a time: the
// next follows the guard's report that the former reached the socket (PACE-03,
// PACE-04). The queue is bounded and refuses when it is full (PACE-02); cancels
// go before replaces, replaces before new orders, and a cancel removes a new
// order that is still queued (PACE-05). While the session is not LoggedOn
// everything is refused and what is queued comes back NeverSent: no order waits
// for a reconnect (PACE-01).
//
// # Sending reports to a client
//
// Reports are pulled from a ReportSource at a cursor, in order, whenever the
// session is up; none is refused or dropped (PACE-06). A report that took a
// number is in the message store, and the peer gets it by a resend if the
// connection breaks; the cursor has moved on. ReportQueue is a ReportSource in
// memory.
//
// # Receiving
//
// Handler.Message runs in quickfixgo's session goroutine ahead of the inbound
// number (CB-02): it gives the event its place in the journal and returns. A
// panic in it, or Retry as its result, drops the connection with the number
// unchanged, so that the peer resends; the third failure of the same frame
// stops the session and raises an alarm (SUP-02).
package session
