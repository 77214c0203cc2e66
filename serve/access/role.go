package access

import (
	"fmt"
	"slices"
	"strings"
)

// A Role is a set of rights. A user may have several.
type Role string

// The roles of SEC-04. No role can both ask for and approve what needs two people: Risk and Model ask, Admin approves.
const (
	Viewer Role = "viewer" // reads
	Trader Role = "trader" // steers orders
	Risk   Role = "risk"   // halts, resets
	Model  Role = "model"  // the model registry, experiments
	Admin  Role = "admin"  // approves what needs two people; users and configuration
)

// Roles gives every role. Whatever the role, somebody may be bound to some clients: see [Person.Bound].
func Roles() []Role { return []Role{Viewer, Trader, Risk, Model, Admin} }

// ParseRoles reads names of roles; each may stand once and there is at least one.
func ParseRoles(names []string) ([]Role, error) {
	var out []Role
	for _, n := range names {
		r := Role(strings.TrimSpace(n))
		if !slices.Contains(Roles(), r) {
			return nil, fmt.Errorf("%q is no role: want some of viewer, trader, risk, model, admin", n)
		}
		if slices.Contains(out, r) {
			return nil, fmt.Errorf("the role %s stands twice", r)
		}
		out = append(out, r)
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("there is no role: give some with --roles: viewer, trader, risk, model, admin")
	}
	return out, nil
}

// A Person is somebody whose name is proven, with what they may do.
type Person struct {
	Name    string
	Roles   []Role
	Clients []string // whose orders they see and act on; empty = everybody's
	Via     string   // how they came: page, api or socket
	From    string   // the address they came from
}

// Has reports whether the person has one of these roles.
func (p *Person) Has(roles ...Role) bool {
	return slices.ContainsFunc(roles, func(r Role) bool { return slices.Contains(p.Roles, r) })
}

// Bound reports whether the person sees and acts on some clients' orders only (SEC-04).
func (p *Person) Bound() bool { return len(p.Clients) > 0 }

// Owns reports whether the person sees a client's orders, and acts on them as their roles let them.
func (p *Person) Owns(client string) bool {
	return len(p.Clients) == 0 || slices.Contains(p.Clients, client)
}

// RoleNames gives the roles as texts.
func (p *Person) RoleNames() []string {
	var out []string
	for _, r := range p.Roles {
		out = append(out, string(r))
	}
	return out
}

// nameMax bounds a user's name.
const nameMax = 32

// checkName refuses a name that could be taken for something else in a log or in the journal.
func checkName(name string) error {
	ok := name != "" && len(name) <= nameMax && name[0] != '-' && name[0] != '.'
	for _, c := range name {
		ok = ok && (c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '.' || c == '-' || c == '_')
	}
	if !ok {
		return fmt.Errorf("%q is no user's name: want 1 to %d of a-z, 0-9, '.', '-' and '_', not beginning with '.' or '-'", name, nameMax)
	}
	return nil
}
