package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/sluice-sor/sluice/serve/audit"
)

// newAudit reads the log of who did what.
func newAudit() *cobra.Command {
	c := &cobra.Command{
		Use:   "audit",
		Short: "Read the log of who did what, and prove that nobody changed it",
		Long: "The router keeps every login and every action of a person as a line of a file that only grows; each line has the hash of\n" +
			"the one before. It tells its head, the hash of the last line, every hour to its log, and to the store where that is\n" +
			"PostgreSQL (table audit_heads): against such a head it is also found when lines were cut off the end.",
		Example: "  sluice audit verify -c desk.toml\n  sluice audit list -c desk.toml --since 24h",
		Args:    cobra.NoArgs,
		RunE:    func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(newAuditVerify(), newAuditList())
	return c
}

// auditFlags name a log: a file, or the configuration of the router that writes it.
type auditFlags struct {
	path   string
	asJSON bool
}

func (a *auditFlags) flags(c *cobra.Command) {
	c.Flags().StringVarP(&a.path, "config", "c", "", "configuration file of the router that writes the log")
	c.Flags().BoolVar(&a.asJSON, "json", false, "print JSON")
}

// open opens the log that an argument or the configuration names.
func (a *auditFlags) open(args []string) (*os.File, error) {
	if len(args) > 0 {
		if a.path != "" {
			return nil, usageError{errors.New("name the log, or a configuration with -c, not both")}
		}
		f, err := os.Open(args[0])
		if err != nil {
			err = fmt.Errorf("%w: name the audit.log in a router's journal directory, or its configuration with -c", err)
		}
		return f, err
	}
	file, err := load(a.path)
	if err != nil {
		return nil, err
	}
	return os.Open(file.Router.AuditFile)
}

func newAuditVerify() *cobra.Command {
	var a auditFlags
	var head string
	c := &cobra.Command{
		Use:   "verify [LOG] -c FILE",
		Short: "Check every byte of an audit log, and with --head that nothing is missing at its end",
		Long: "Verify ends with status 1 and says where the log is not as it was written. A last line without an end is one that is\n" +
			"being written, or that a crash cut: the router's next start says so in the log.",
		Example: "  sluice audit verify -c desk.toml\n  sluice audit verify audit.log --head 4fe2…",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			f, err := a.open(args)
			if err != nil {
				return err
			}
			defer f.Close()
			got, err := audit.Verify(f, strings.ToLower(head), nil)
			if err != nil {
				return fmt.Errorf("%s, after %d sound lines: %w", f.Name(), got.Seq, err)
			}
			if a.asJSON {
				return json.NewEncoder(c.OutOrStdout()).Encode(got)
			}
			_, err = fmt.Fprintf(c.OutOrStdout(), "%s: %d lines, none changed; head %s\n", f.Name(), got.Seq, got.Hash)
			return err
		},
	}
	a.flags(c)
	c.Flags().StringVar(&head, "head", "", "hash of a head that the router exported: it must be in the log")
	return c
}

func newAuditList() *cobra.Command {
	var a auditFlags
	var since time.Duration
	var actor, what string
	c := &cobra.Command{
		Use:     "list [LOG] -c FILE",
		Short:   "List what people did, the oldest first",
		Example: "  sluice audit list -c desk.toml --since 24h --what login\n  sluice audit list audit.log --actor ann --json",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			f, err := a.open(args)
			if err != nil {
				return err
			}
			defer f.Close()
			var from time.Time
			if since > 0 {
				from = time.Now().Add(-since)
			}
			var bad error
			_, err = audit.Verify(f, "", func(e *audit.Entry) {
				if e.At.Before(from) || actor != "" && e.Actor != actor && e.Second != actor || what != "" && e.What != what {
					return
				}
				bad = errors.Join(bad, a.print(c.OutOrStdout(), e))
			})
			return errors.Join(bad, err)
		},
	}
	a.flags(c)
	c.Flags().DurationVar(&since, "since", 0, "only what happened so long ago at most")
	c.Flags().StringVar(&actor, "actor", "", "only what this person did, or approved")
	c.Flags().StringVar(&what, "what", "", "only this, such as login or halt")
	return c
}

// print writes one entry as a line.
func (a *auditFlags) print(w io.Writer, e *audit.Entry) error {
	if a.asJSON {
		return json.NewEncoder(w).Encode(e)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%d %s %s", e.Seq, e.At.Format("2006-01-02 15:04:05"), orDash(e.Actor))
	if e.Second != "" {
		fmt.Fprintf(&b, " with %s", e.Second)
	}
	fmt.Fprintf(&b, " [%s] %s %s %s", strings.Trim(e.Via+" "+e.From, " "), e.What, e.Of, e.Outcome)
	for _, p := range [...][2]string{{"because", e.Reason}, {"before", e.Before}, {"after", e.After}, {"", e.Text}} {
		if p[1] != "" {
			fmt.Fprintf(&b, "; %s", strings.TrimSpace(p[0]+" "+p[1]))
		}
	}
	_, err := fmt.Fprintf(w, "%s\n", strings.Map(printable, b.String()))
	return err
}

// printable keeps a terminal from taking a text for a command.
func printable(r rune) rune {
	if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 {
		return ' '
	}
	return r
}
