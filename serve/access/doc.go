// Package access says who may use the page and the API: users with their roles in a file, passwords as argon2id hashes,
// sessions of the page, tokens of programs, and the bounds on guessing (SEC-03, SEC-04).
//
//	Gate.Login, Setup    a name and a password become a session
//	Gate.Session, Token  what a request shows becomes a Person
//	Edit                 changes the users file, also beside a running router, which follows it
//
// There is no default password. A router that has no user makes a setup token and writes it into a file of mode 0600
// beside the users file; whoever can read that file sets the first user up, once.
//
// A users file that is damaged, that others can read, or that is gone lets nobody in until it is mended: access fails
// closed. Orders, the local socket and the kill switch need none of it (KILL-02).
package access
