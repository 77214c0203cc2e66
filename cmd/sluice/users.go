package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/sluice-sor/sluice/serve/access"
	"github.com/sluice-sor/sluice/serve/config"
)

// newUsers keeps the list of who may log in to the page and its API.
func newUsers() *cobra.Command {
	c := &cobra.Command{
		Use:   "users",
		Short: "List, add and remove who may log in, give roles and tokens",
		Long: "Users works on the users file that the configuration names (router.users_file; left out, users.json beside the journal's\n" +
			"directory). A running router follows it at once, and its audit log says what changed. Passwords are asked for without\n" +
			"showing them and kept as argon2id hashes.\n\n" +
			"Roles: viewer reads; trader steers orders; risk halts, confirms baskets, asks for what arms again; model decides about models up\n" +
			"to a canary, rolls back, and runs experiments; admin approves what needs two people.\n\n" +
			"Who has --clients sees and acts on the orders of these clients only, whatever the role, on the page and over its API: orders,\n" +
			"baskets, alerts, decisions, sessions, limits, approvals and halts of others are for them as if they were not there. They see what is\n" +
			"of no client or summed over all: venues and what they did, books of symbols that their clients trade, models, the experiment, the\n" +
			"ladder, the router's and the firm's totals, limits that hold for all, halts of a venue, a symbol or everything. They act on none of\n" +
			"that. Where a user has --clients, router.http_open_reading lets nobody read without a login. The local socket, the store, and the\n" +
			"commands that read them are not held to it: they are for the router's own user.",
		Example: "  sluice users add ann --roles trader,risk -c desk.toml\n  sluice users list -c desk.toml\n  sluice users token ann --roles viewer --days 30 -c desk.toml",
		Args:    cobra.NoArgs,
		RunE:    func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(newUsersAdd(), newUsersList(), newUsersRemove(), newUsersRoles(), newUsersToken(), newUsersHash())
	return c
}

// userFlags are the flags of every command on users.
type userFlags struct {
	path    string
	asJSON  bool
	clients []string // whose orders the user sees
}

func (u *userFlags) flags(c *cobra.Command) {
	c.Flags().StringVarP(&u.path, "config", "c", "", "configuration file that names the users file")
	c.Flags().BoolVar(&u.asJSON, "json", false, "print JSON")
}

// knownClients finds a misspelled client: who is bound to it would see nothing.
func (u *userFlags) knownClients(file *config.File) error {
	for _, name := range u.clients {
		if slices.ContainsFunc(file.Clients, func(c config.Client) bool { return c.Name == name }) {
			continue
		}
		var names []string
		for i := range file.Clients {
			names = append(names, file.Clients[i].Name)
		}
		return usageError{fmt.Errorf("--clients: %q is no [[client]] of %s: want some of %s", name, u.path, strings.Join(names, ", "))}
	}
	return nil
}

// edit changes the users file and says what was done.
func (u *userFlags) edit(c *cobra.Command, f func(*access.Users) (any, string, error)) error {
	file, err := load(u.path)
	if err == nil {
		err = u.knownClients(file)
	}
	if err != nil {
		return err
	}
	var made any
	var text string
	if err := access.Edit(file.Router.UsersFile, func(all *access.Users) (err error) {
		made, text, err = f(all)
		return err
	}); err != nil {
		return err
	}
	if u.asJSON {
		return json.NewEncoder(c.OutOrStdout()).Encode(made)
	}
	_, err = fmt.Fprintln(c.OutOrStdout(), text)
	return err
}

// userRow is a user as the commands show it.
type userRow struct {
	Name     string         `json:"name"`
	Roles    []access.Role  `json:"roles"`
	Clients  []string       `json:"clients,omitempty"`
	Password bool           `json:"password"`
	Since    time.Time      `json:"since"`
	Tokens   []userTokenRow `json:"tokens,omitempty"`
}

type userTokenRow struct {
	ID      string        `json:"id"`
	Roles   []access.Role `json:"roles"`
	Expires time.Time     `json:"expires"`
	Note    string        `json:"note,omitempty"`
}

func rowOf(x *access.User) userRow {
	r := userRow{Name: x.Name, Roles: x.Roles, Clients: x.Clients, Password: x.Password != "", Since: x.Since}
	for _, t := range x.Tokens {
		r.Tokens = append(r.Tokens, userTokenRow{t.ID, t.Roles, t.Expires, t.Note})
	}
	return r
}

func roleText(roles []access.Role) string {
	var out []string
	for _, r := range roles {
		out = append(out, string(r))
	}
	return strings.Join(out, ", ")
}

func newUsersAdd() *cobra.Command {
	var u userFlags
	var roles []string
	var passwordFile string
	var noPassword, again bool
	c := &cobra.Command{
		Use:   "add NAME --roles ROLES -c FILE",
		Short: "Add a user, or with --replace give one another password, other roles and clients",
		Long: "The password is asked for twice, or read from --password-file, a file of mode 0600. With --no-password the user is a\n" +
			"program, which has tokens only. A password has 15 characters or more.",
		Example: "  sluice users add ann --roles trader --clients DESK -c desk.toml\n  sluice users add bob --roles admin --password-file bob.password -c desk.toml\n" +
			"  sluice users add robot --roles viewer --no-password --clients OMS42 -c desk.toml",
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			list, err := access.ParseRoles(roles)
			if err != nil {
				return usageError{err}
			}
			password := ""
			if !noPassword {
				if password, err = newPassword(c, passwordFile); err != nil {
					return err
				}
			} else if passwordFile != "" {
				return usageError{errors.New("give --password-file or --no-password, not both")}
			}
			x, err := access.NewUser(args[0], list, u.clients, password, time.Now())
			if err != nil {
				return err
			}
			return u.edit(c, func(all *access.Users) (any, string, error) {
				old := all.Find(x.Name)
				switch {
				case old != nil && !again:
					return nil, "", fmt.Errorf("there is a user %s: --replace changes it, `sluice users roles` only its roles", x.Name)
				case old == nil && again:
					return nil, "", fmt.Errorf("there is no user %s to replace: `sluice users list` shows them", x.Name)
				case old != nil:
					x.Tokens, x.Since = old.Tokens, old.Since
					*old = x
					return rowOf(&x), fmt.Sprintf("%s has another password and the roles %s; whoever was logged in as %s is not any more", x.Name, roleText(list), x.Name), all.KeepsAdmin()
				}
				all.Users = append(all.Users, x)
				text := fmt.Sprintf("%s is a user with the roles %s", x.Name, roleText(list))
				if all.KeepsAdmin() != nil {
					text += "; nobody is an admin yet, without whom nothing that needs two people can be approved: `sluice users add NAME --roles admin`"
				}
				return rowOf(&x), text, nil
			})
		},
	}
	u.flags(c)
	c.Flags().StringSliceVar(&roles, "roles", nil, "roles, with commas: viewer, trader, risk, model, admin")
	c.Flags().StringSliceVar(&u.clients, "clients", nil, "clients whose orders the user sees and acts on, by the names of the file; left out: all")
	c.Flags().StringVar(&passwordFile, "password-file", "", "file of mode 0600 with the password on its first line")
	c.Flags().BoolVar(&noPassword, "no-password", false, "a program: it has tokens only")
	c.Flags().BoolVar(&again, "replace", false, "change a user that there is")
	return c
}

// newUsersHash makes what a FIX client's password_file may hold in place of the password (SEC-01).
func newUsersHash() *cobra.Command {
	var passwordFile string
	c := &cobra.Command{
		Use:   "hash",
		Short: "Print the argon2id hash of a FIX password, which a [[client]]'s password_file may hold instead of it",
		Long: "Whoever reads the router's files then cannot log on as the client. `sluice send` with the same file cannot either: it needs\n" +
			"the password itself.",
		Example: "  sluice users hash > secrets/desk.hash && chmod 600 secrets/desk.hash\n  sluice users hash --password-file desk.password",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			p, err := newPassword(c, passwordFile)
			if err != nil {
				return err
			}
			hash, err := access.Hash(access.DefaultCost(), p)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(c.OutOrStdout(), hash)
			return err
		},
	}
	c.Flags().StringVar(&passwordFile, "password-file", "", "file of mode 0600 with the password on its first line; left out: it is asked for")
	return c
}

// newPassword asks for a new password twice, or reads it from a file.
func newPassword(c *cobra.Command, file string) (string, error) {
	if file != "" {
		p, err := config.ReadSecret(file)
		return p, errors.Join(err, passwordProblem(p, err))
	}
	p, err := askPassword(c.InOrStdin(), c.ErrOrStderr(), "new password")
	if err != nil {
		return "", err
	}
	if err := access.CheckPassword(p); err != nil {
		return "", err
	}
	second, err := askPassword(c.InOrStdin(), c.ErrOrStderr(), "once more")
	if err == nil && second != p {
		err = errors.New("the two passwords are not the same: nothing was changed")
	}
	return p, err
}

func passwordProblem(p string, err error) error {
	if err != nil {
		return nil
	}
	return access.CheckPassword(p)
}

func newUsersList() *cobra.Command {
	var u userFlags
	c := &cobra.Command{
		Use:     "list -c FILE",
		Short:   "List the users with their roles and tokens",
		Example: "  sluice users list -c desk.toml",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			file, err := load(u.path)
			if err != nil {
				return err
			}
			all, err := access.Load(file.Router.UsersFile)
			if err != nil && !errors.Is(err, os.ErrNotExist) {
				return err
			}
			rows := []userRow{}
			for i := range all.Users {
				rows = append(rows, rowOf(&all.Users[i]))
			}
			if u.asJSON {
				return json.NewEncoder(c.OutOrStdout()).Encode(rows)
			}
			return printUsers(c.OutOrStdout(), rows, file.Router.UsersFile, time.Now())
		},
	}
	u.flags(c)
	return c
}

func printUsers(w io.Writer, rows []userRow, file string, now time.Time) error {
	if len(rows) == 0 {
		_, err := fmt.Fprintf(w, "%s has no user: `sluice users add` makes one\n", file)
		return err
	}
	for _, r := range rows {
		line := fmt.Sprintf("%s: %s", r.Name, roleText(r.Roles))
		if len(r.Clients) > 0 {
			line += "; orders of " + strings.Join(r.Clients, ", ")
		}
		if !r.Password {
			line += "; no password"
		}
		if _, err := fmt.Fprintln(w, line); err != nil {
			return err
		}
		for _, t := range r.Tokens {
			until := "until " + t.Expires.Format("2006-01-02 15:04")
			if !now.Before(t.Expires) {
				until = "EXPIRED"
			}
			if _, err := fmt.Fprintf(w, "  token %s: %s, %s %s\n", t.ID, roleText(t.Roles), until, t.Note); err != nil {
				return err
			}
		}
	}
	return nil
}

func newUsersRemove() *cobra.Command {
	var u userFlags
	c := &cobra.Command{
		Use:     "remove NAME -c FILE",
		Short:   "Remove a user with their tokens and sessions",
		Example: "  sluice users remove ann -c desk.toml",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return u.edit(c, func(all *access.Users) (any, string, error) {
				x, err := known(all, args[0])
				if err != nil {
					return nil, "", err
				}
				row := rowOf(x)
				all.Users = slices.DeleteFunc(all.Users, func(x access.User) bool { return x.Name == args[0] })
				return row, args[0] + " is no user any more", all.KeepsAdmin()
			})
		},
	}
	u.flags(c)
	return c
}

func known(all *access.Users, name string) (*access.User, error) {
	if x := all.Find(name); x != nil {
		return x, nil
	}
	return nil, fmt.Errorf("there is no user %q: `sluice users list` shows them", name)
}

func newUsersRoles() *cobra.Command {
	var u userFlags
	c := &cobra.Command{
		Use:     "roles NAME ROLES -c FILE",
		Short:   "Give a user these roles and no others, and with --clients these clients",
		Example: "  sluice users roles ann trader,risk -c desk.toml\n  sluice users roles ann trader --clients DESK,OMS42 -c desk.toml",
		Args:    cobra.ExactArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			list, err := access.ParseRoles(strings.Split(args[1], ","))
			if err != nil {
				return usageError{err}
			}
			return u.edit(c, func(all *access.Users) (any, string, error) {
				x, err := known(all, args[0])
				if err != nil {
					return nil, "", err
				}
				x.Roles = list
				if c.Flags().Changed("clients") {
					x.Clients = u.clients
				}
				text := fmt.Sprintf("%s has the roles %s", x.Name, roleText(list))
				if len(x.Clients) > 0 {
					text += ", for orders of " + strings.Join(x.Clients, ", ")
				}
				return rowOf(x), text, all.KeepsAdmin()
			})
		},
	}
	u.flags(c)
	c.Flags().StringSliceVar(&u.clients, "clients", nil, "clients whose orders the user sees and acts on; empty = all; left out: as they are")
	return c
}

func newUsersToken() *cobra.Command {
	var u userFlags
	var roles []string
	var days int
	var note, revoke string
	c := &cobra.Command{
		Use:   "token NAME --roles ROLES -c FILE",
		Short: "Give a user a token for programs, shown once; or revoke one",
		Long: "A program sends its token with every request: Authorization: Bearer sluice_…. It has the roles that it was given, as far\n" +
			"as its user has them still, until it expires. The file keeps only its hash: what is printed here is nowhere else.",
		Example: "  sluice users token ann --roles viewer --days 30 --note 'blotter in a sheet' -c desk.toml > ann.token\n" +
			"  sluice users token ann --revoke 3f2a9c01 -c desk.toml",
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if revoke != "" {
				return u.edit(c, func(all *access.Users) (any, string, error) { return revokeToken(all, args[0], revoke) })
			}
			list, err := access.ParseRoles(roles)
			if err != nil {
				return usageError{err}
			}
			return u.edit(c, func(all *access.Users) (any, string, error) {
				x, err := known(all, args[0])
				if err != nil {
					return nil, "", err
				}
				token, id, err := x.NewToken(list, time.Now(), time.Duration(days)*24*time.Hour, note)
				return map[string]string{"token": token, "id": id}, token, err
			})
		},
	}
	u.flags(c)
	c.Flags().StringSliceVar(&roles, "roles", nil, "roles of the token, all of them its user's")
	c.Flags().IntVar(&days, "days", 30, "how long it lasts, at most 366")
	c.Flags().StringVar(&note, "note", "", "what it is for")
	c.Flags().StringVar(&revoke, "revoke", "", "id of a token that ends now")
	return c
}

func revokeToken(all *access.Users, name, id string) (any, string, error) {
	x, err := known(all, name)
	if err != nil {
		return nil, "", err
	}
	n := len(x.Tokens)
	x.Tokens = slices.DeleteFunc(x.Tokens, func(t access.Token) bool { return t.ID == id })
	if len(x.Tokens) == n {
		return nil, "", fmt.Errorf("%s has no token %q: `sluice users list` shows them", name, id)
	}
	return rowOf(x), "the token " + id + " is revoked", nil
}
