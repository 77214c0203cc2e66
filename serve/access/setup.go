package access

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/sluice-sor/sluice/serve/audit"
)

// newSetup makes the token by which the first user is set up, and writes it where only the router's user can read it.
func (g *Gate) newSetup() error {
	token := secret()
	if err := replace(g.setupFile(), []byte(token+"\n")); err != nil {
		return fmt.Errorf("setup token: %w: name a users file in a directory of the router's user as router.users_file", err)
	}
	g.setup = digest(token)
	g.cfg.Log.Warn("there is no user yet: set the first one up on the page, with the token of this file", "file", g.setupFile())
	return nil
}

// SetupFile is where the setup token stands while there is no user; empty otherwise.
func (g *Gate) SetupFile() string {
	if !g.Empty() {
		return ""
	}
	return g.setupFile()
}

// Setup makes the first user, with every role, and begins their session. It works once: with the token that Open made,
// and while there is no user.
func (g *Gate) Setup(token, name, password, from string) (*Session, error) {
	if err := errors.Join(checkName(name), CheckPassword(password)); err != nil {
		return nil, err
	}
	if err := g.trySetup(token, from); err != nil {
		g.failed("setup", "", from, err)
		return nil, err
	}
	x := User{Name: name, Roles: Roles(), Password: g.cfg.Cost.hash(password), Since: g.cfg.Now().UTC().Truncate(time.Second)}
	err := Edit(g.cfg.File, func(u *Users) error {
		if len(u.Users) > 0 {
			return ErrSetup // the command was quicker
		}
		u.Users = append(u.Users, x)
		return nil
	})
	if err != nil {
		return nil, err
	}
	g.mu.Lock()
	g.setup = ""
	g.mu.Unlock()
	if err := os.Remove(g.setupFile()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		g.cfg.Log.Error("the setup token's file is still there; it opens nothing any more", "error", err)
	}
	g.cfg.Audit(audit.Entry{What: "setup", Actor: name, Via: "page", From: from, Outcome: audit.Done, Text: "the first user is set up"})
	return g.Login(name, password, from)
}

// trySetup compares the token; wrong ones count as failed logins do.
func (g *Gate) trySetup(token, from string) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	u, err := g.current()
	if err != nil {
		return ErrClosed
	}
	const key = "setup token" // no name of a user
	if err := g.guesses.begin(key, from, g.cfg.Now()); err != nil {
		return err
	}
	if len(u.Users) > 0 || g.setup == "" || !sameDigest(token, g.setup) {
		return ErrSetup
	}
	g.guesses.clear(key, from)
	return nil
}
