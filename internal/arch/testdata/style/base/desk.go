// Package desk lives in a directory of a name that says nothing.
package desk // want name
