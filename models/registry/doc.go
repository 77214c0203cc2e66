// Package registry keeps artifacts of package models: immutable versions, four aliases that people move, and a ledger of who
// moved what, what became live where, and why (MOP-01, MOP-02). It is a directory, or a PostgreSQL database; both pass one
// conformance suite, and routing needs neither (MOP-06).
//
// # What is promised
//
//   - A version is there whole or not at all, whatever crashes: artifact and manifest are written aside and made durable, and
//     one rename, or one transaction, makes them the version (MOP-03). A version never changes.
//   - The aliases are what the ledger says: each move is one line, so they cannot disagree (TEST-64). Lines are chained by their
//     hashes; a line that was cut by a crash is dropped, and damage anywhere else is an error that names the line.
//   - What [Registry.Load] gives is what somebody signed whose key is trusted here (MOP-11). An entry that is damaged is listed
//     with its problem and stands in nobody's way (MOP-05).
//
// A registry says which model should serve; what does serve is in the routers' journals, and they write it into the ledger.
package registry
