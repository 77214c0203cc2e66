package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/sluice-sor/sluice/serve/access"
	"github.com/sluice-sor/sluice/serve/config"
)

// credential is the flags of a command by which a person proves who they are, or names a second one.
type credential struct{ second, passwordFile, tokenFile string }

func (k *credential) flags(c *cobra.Command) {
	c.Flags().StringVar(&k.passwordFile, "password-file", "", "file of mode 0600 with the actor's password; left out: it is asked for")
	c.Flags().StringVar(&k.tokenFile, "token-file", "", "file of mode 0600 with a token of the actor, in place of the password")
}

// secondFlag is for what needs two people.
func (k *credential) secondFlag(c *cobra.Command) {
	k.flags(c)
	c.Flags().StringVar(&k.second, "second", "", "`name` of who agrees, where the router has no users yet; with users, they run sluice approve")
}

// read gives what proves the actor: nothing where the router has no users.
func (k *credential) read(c *cobra.Command, file *config.File, actor string) (string, error) {
	u, err := access.Load(file.Router.UsersFile)
	if err == nil && len(u.Users) == 0 || errors.Is(err, os.ErrNotExist) {
		if k.passwordFile+k.tokenFile != "" {
			return "", usageError{fmt.Errorf("%s has no user: `sluice users add` makes one, or name the second person with --second", file.Router.UsersFile)}
		}
		return "", nil
	}
	switch {
	case err != nil:
		return "", err
	case k.second != "":
		return "", usageError{errors.New("--second is for a router without users: this one has some, and the second runs `sluice approve`")}
	case actor == "":
		return "", usageError{errors.New("--actor is missing: who decides?")}
	case k.passwordFile != "" && k.tokenFile != "":
		return "", usageError{errors.New("give --password-file or --token-file, not both")}
	case k.passwordFile != "":
		return config.ReadSecret(k.passwordFile)
	case k.tokenFile != "":
		return config.ReadSecret(k.tokenFile)
	}
	return askPassword(c.InOrStdin(), c.ErrOrStderr(), "password of "+actor)
}

// askPassword reads a password from a terminal without showing it.
func askPassword(in io.Reader, out io.Writer, what string) (string, error) {
	f, ok := in.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return "", usageError{fmt.Errorf("there is no terminal to ask for the %s: give --password-file, a file of mode 0600", what)}
	}
	fmt.Fprintf(out, "%s: ", what)
	b, err := term.ReadPassword(int(f.Fd()))
	fmt.Fprintln(out)
	return strings.TrimRight(string(b), "\r\n"), err
}
