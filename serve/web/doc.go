// Package web is the desk's pages and their JSON API over a view of the journal.
//
//	http.Handler from New(view, log); Serve(ctx, listener, handler) runs it until ctx ends
//
//	GET /                       orders: blotter, selected parent with the market beside its children, why these venues
//	GET /venues                 the board: static score and what is learned, with intervals and histories; traffic; books
//	GET /models                 versions, aliases, what each one's decisions cost, the ledger
//	GET /experiment             the running confidence sequence with its verdict
//	GET /risk                   halts and their way to flat, limits and their use, sessions, doubts, alerts, decisions
//	GET /confirm?do=…           what a dangerous action will do, its reason, and the button: needs no script
//	GET /api/v1/state           view.State
//	GET /api/v1/parents/{id}    view.ParentDetail
//	GET /api/v1/decisions/{id}  view.Decision
//	GET /api/v1/venues          []view.Venue
//	GET /api/v1/decisions/{id}/explanation  tca.Explanation: expected costs by part, as `sluice report --decision` gives it
//	GET /api/v1/children/{id}/explanation   tca.ChildExplanation: a child and its decision, as `sluice report --child` does
//	GET /api/v1/stream?page=…   server-sent events: rendered panels of a page as they change, at most four times a second
//	GET /healthz                200 while the process answers
//
// The pages are rendered here, also without scripts; the script only replaces panels by newer ones and keeps focus and
// scrolling. What one looks at is all in the address, which can be shared. The blotter is cut into pages of 100 rows here, so
// that a browser lays out as much of 5,000 parents as of 100. Everything is embedded; nothing is fetched from another host.
//
// Who may act sees forms for it ([Access]); everybody else sees none, and is refused by the server all the same. It answers
// only requests whose Host is this machine by a loopback name, unless it is served to others with TLS, and sends a policy
// without inline script and no CORS headers (SEC-03).
//
// Who is bound to clients (access.Person.Bound) sees their orders and what belongs to them, whatever they ask: a handler gets what it
// shows from [site.seen] alone. What is of no client or summed over all is shown to everybody: the venue board and its history, books
// of symbols that their clients trade, models and their costs, the experiment, the ladder, the totals of router and firm, limits that
// hold for all, and halts of no client. Alerts of no order and orders that the router does not know are shown to nobody who is bound
// (SEC-04).
//
// A stream holds no queue: a client that reads slowly skips to the newest state, and one that does not read for two
// seconds is dropped and reconnects by itself.
package web
