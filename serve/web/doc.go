// Package web is the desk's page and its read-only JSON API over a view of the journal.
//
//	http.Handler from New(view, log); Serve(ctx, listener, handler) runs it until ctx ends
//
//	GET /                       the page: venue board, blotter, selected parent, decision, alerts, sessions
//	GET /api/v1/state           view.State
//	GET /api/v1/parents/{id}    view.ParentDetail
//	GET /api/v1/decisions/{id}  view.Decision
//	GET /api/v1/venues          []view.Venue
//	GET /api/v1/decisions/{id}/explanation  tca.Explanation: expected costs by part, as `sluice report --decision` gives it
//	GET /api/v1/children/{id}/explanation   tca.ChildExplanation: a child and its decision, as `sluice report --child` does
//	GET /api/v1/stream          server-sent events: rendered panels as they change, at most four times a second
//	GET /healthz                200 while the process answers
//
// The page is rendered here, also without scripts; the script only replaces panels by newer ones and keeps focus and
// scrolling. Everything is embedded; nothing is fetched from another host.
//
// It is read-only: there is no login yet, so no control. It answers only requests whose Host is this machine by a
// loopback name, which stops a foreign page that points its own name at 127.0.0.1 (DNS rebinding), and sends a policy
// without inline script and no CORS headers (SEC-03).
//
// A stream holds no queue: a client that reads slowly skips to the newest state, and one that does not read for two
// seconds is dropped and reconnects by itself.
package web
