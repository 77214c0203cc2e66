// Package control is how a person on the router's machine decides what no machine may: a UNIX socket in the journal's
// directory, which only the router's own user may open. Requests and answers are JSON, one a line; an answer comes once
// what it says is durable, so that nobody is told "done" of what a crash would undo (CRASH-11).
//
// Every decision carries the name of who takes it and a reason; both stand in the journal with it.
package control
