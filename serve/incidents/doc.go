// Package incidents is the industry's incidents as tests, one a row, for a risk officer to read: what went wrong, what of it
// this router does, and where the parts are shown that need more than an engine. Run them with
//
//	go test -v -run TestIncidents ./serve/incidents
//
// It has no code of its own.
package incidents
