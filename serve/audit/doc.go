// Package audit keeps who did what: every action of a person, every login and every failure of one, as a line of a file
// that only grows (SEC-05).
//
// A line is JSON and holds the hash of the line before, so that an edit of any byte is found by [Verify]. Lines that were
// cut off the end are found against a head that was exported earlier: the router logs its head every hour, writes it
// into the database where the store is one, and sends it to a syslog receiver where the configuration names one: [Agrees] holds a
// log against what they kept. A line is on the disk before whoever asked gets an answer.
package audit
