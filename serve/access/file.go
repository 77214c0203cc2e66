package access

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

// A User is one line of the users file.
type User struct {
	Name     string    `json:"name"`
	Roles    []Role    `json:"roles"`
	Clients  []string  `json:"clients,omitempty"` // whose orders they see and act on; empty = all
	Password string    `json:"password"`          // argon2id, PHC string; empty = logs on with tokens only
	Since    time.Time `json:"since"`
	Tokens   []Token   `json:"tokens,omitempty"`
}

// Users is the content of a users file.
type Users struct {
	Version int    `json:"version"`
	Users   []User `json:"users"`
}

// fileVersion is the only version there is; fileMax bounds the file, usersMax what is in it.
const (
	fileVersion = 1
	fileMax     = 4 << 20
	usersMax    = 1000
)

// Find gives the user of that name, nil for none.
func (u *Users) Find(name string) *User {
	i := slices.IndexFunc(u.Users, func(x User) bool { return x.Name == name })
	if i < 0 {
		return nil
	}
	return &u.Users[i]
}

// Load reads a users file. A file that is not there is one without users, and says so by [fs.ErrNotExist] beside it.
func Load(path string) (*Users, error) {
	f, err := os.Open(path)
	if err != nil {
		return &Users{Version: fileVersion}, fmt.Errorf("users file: %w", err)
	}
	defer f.Close()
	return read(f, path)
}

func read(f *os.File, path string) (*Users, error) {
	info, err := f.Stat()
	switch {
	case err != nil:
		return nil, fmt.Errorf("users file: %w", err)
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("users file %s is no regular file: name another as router.users_file", path)
	case info.Mode().Perm()&0o077 != 0:
		return nil, fmt.Errorf("users file %s has mode %04o, so others can read it: chmod 600 %s", path, info.Mode().Perm(), path)
	case info.Size() > fileMax:
		return nil, fmt.Errorf("users file %s has %d bytes, more than any list of users: is it the right file?", path, info.Size())
	}
	b := make([]byte, info.Size())
	if _, err := f.ReadAt(b, 0); err != nil {
		return nil, fmt.Errorf("users file %s: %w", path, err)
	}
	u, err := parse(b)
	if err != nil {
		return nil, fmt.Errorf("users file %s: %w: mend it, or restore it from a backup", path, err)
	}
	return u, nil
}

// parse reads the file's bytes and holds them to what Edit writes.
func parse(b []byte) (*Users, error) {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	u := new(Users)
	if err := d.Decode(u); err != nil {
		return nil, err
	}
	if d.More() {
		return nil, errors.New("there is more behind the list")
	}
	return u, u.check()
}

func (u *Users) check() error {
	if u.Version != fileVersion {
		return fmt.Errorf("it has version %d, this build knows %d", u.Version, fileVersion)
	}
	if len(u.Users) > usersMax {
		return fmt.Errorf("it has %d users, at most %d are possible", len(u.Users), usersMax)
	}
	var names, tokens []string
	for i := range u.Users {
		x := &u.Users[i]
		if err := x.check(); err != nil {
			return fmt.Errorf("user %q: %w", x.Name, err)
		}
		names = append(names, x.Name)
		for _, t := range x.Tokens {
			tokens = append(tokens, t.ID)
		}
	}
	for _, list := range [][]string{names, tokens} {
		slices.Sort(list)
		if len(slices.Compact(list)) != len(list) {
			return errors.New("a name of a user or an id of a token stands twice")
		}
	}
	return nil
}

func (x *User) check() error {
	if err := checkName(x.Name); err != nil {
		return err
	}
	if _, err := parseRoles(x.Roles); err != nil {
		return err
	}
	if x.Password != "" {
		if _, err := parseHash(x.Password); err != nil {
			return fmt.Errorf("its password %w", err)
		}
	}
	for i := range x.Tokens {
		if err := x.Tokens[i].check(); err != nil {
			return err
		}
	}
	return nil
}

func parseRoles(roles []Role) ([]Role, error) {
	var names []string
	for _, r := range roles {
		names = append(names, string(r))
	}
	return ParseRoles(names)
}

// Edit changes a users file: what f leaves is written whole or not at all, and is durable when Edit returns. Only one
// Edit of a file runs at a time, whatever the process.
func Edit(path string, f func(*Users) error) error {
	const remedy = "name one in a directory of the router's user as router.users_file"
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil { // before the first start there is none
		return fmt.Errorf("users file: %w: %s", err, remedy)
	}
	lock, err := os.OpenFile(path+".lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("users file: %w: %s", err, remedy)
	}
	defer lock.Close() // and with it the lock
	if err := unix.Flock(int(lock.Fd()), unix.LOCK_EX); err != nil {
		return fmt.Errorf("users file %s: %w", lock.Name(), err)
	}
	u, err := Load(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := f(u); err != nil {
		return err
	}
	if err := u.check(); err != nil {
		return err
	}
	b, err := json.MarshalIndent(u, "", "  ")
	if err != nil {
		return err
	}
	return replace(path, append(b, '\n'))
}

// replace writes a file of mode 0600 in one step.
func replace(path string, b []byte) error {
	temp := path + ".new"
	if err := os.Remove(temp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	f, err := os.OpenFile(temp, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(temp))
	}
	if err := os.Rename(temp, path); err != nil {
		return err
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// NewUser makes a user; without a password they have tokens only.
func NewUser(name string, roles []Role, clients []string, password string, now time.Time) (User, error) {
	x := User{Name: name, Roles: roles, Clients: clients, Since: now.UTC().Truncate(time.Second)}
	if err := checkName(name); err != nil {
		return x, err
	}
	if password == "" {
		return x, nil
	}
	if err := CheckPassword(password); err != nil {
		return x, err
	}
	x.Password = DefaultCost().hash(password)
	return x, nil
}

// KeepsAdmin refuses a list that has users but nobody who approves and could log in to do so.
func (u *Users) KeepsAdmin() error {
	for i := range u.Users {
		if slices.Contains(u.Users[i].Roles, Admin) && u.Users[i].Password != "" {
			return nil
		}
	}
	return errors.New("no admin with a password would be left, and nobody could approve anything: give the role to somebody else first")
}
