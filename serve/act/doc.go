// Package act is what a person can do to a running router: one [Action], checked, allowed or refused by role, carried
// out, and kept in the audit log. The page, the API and the local socket all come through a [Desk], and the engine's part
// goes on to serve/control, which knows how a request becomes an event.
//
// Some actions need two people (RISK-12, KILL-03, SEC-04): lifting a halt, ending the learner's hold, promoting a model.
// Whoever may ask for them may not approve them: Risk and Model ask, Admin approves, and nobody approves their own. Until
// somebody does, and for a quarter of an hour at most, the action waits. A restart forgets what waits: it must be asked
// for again.
//
// What makes a router do less (halt, pause, cancel, hold) needs one person and works also when the audit log does not:
// it is done first and recorded then. Everything else is recorded before it is done, or is not done.
package act
