package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/sluice-sor/sluice/internal/store"
	"github.com/sluice-sor/sluice/serve/audit"
	"github.com/sluice-sor/sluice/serve/words"
)

// newAudit reads the log of who did what.
func newAudit() *cobra.Command {
	c := &cobra.Command{
		Use:   "audit",
		Short: "Read the log of who did what, and prove that nobody changed it",
		Long: "The router keeps every login and every action of a person as a line of a file that only grows; each line has the hash of\n" +
			"the one before. It tells its head, the hash of the last line, at its start and stop and every hour: to its log, to the store\n" +
			"where that is PostgreSQL (table audit_heads), and to syslog where the configuration has router.audit_syslog. Against such a\n" +
			"head it is also found when lines were cut off the end, or the whole chain was written anew.",
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
	var head, heads, router string
	var offline bool
	c := &cobra.Command{
		Use:   "verify [LOG] -c FILE",
		Short: "Check every byte of an audit log, and against the exported heads that nothing is missing at its end",
		Long: "Verify ends with status 1 and says where the log is not as it was written. A last line without an end is one that is\n" +
			"being written, or that a crash cut: the router's next start says so in the log. With -c FILE of a router whose store is\n" +
			"PostgreSQL every head that it exported there must be in the log; --head gives one by hand, such as from the router's log.\n" +
			"--heads takes a file of lines that hold heads, such as what a syslog receiver wrote (router.audit_syslog), in whatever form:\n" +
			"each of this router must be in the log. Without -c the file must be of one router, or --router names it.\n" +
			"A log that a start put aside because it was damaged has the heads of its time; while it lies beside the log the status is 1.",
		Example: "  sluice audit verify -c desk.toml\n  sluice audit verify audit.log --head 4fe2…\n" +
			"  sluice audit verify -c desk.toml --heads /var/log/auth.log\n" +
			"  journalctl -o cat -g 'audit head router' | sluice audit verify -c desk.toml --heads -",
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			f, err := a.open(args)
			if err != nil {
				return err
			}
			defer f.Close()
			var kept []audit.Kept // before the log is read: a later head may be of a line that comes meanwhile
			if heads != "" {
				if kept, err = a.keptIn(c.InOrStdin(), heads, router); err != nil {
					return err
				}
			}
			if !offline {
				exported, err := a.exported(c.Context())
				if err != nil {
					return fmt.Errorf("the exported heads cannot be read: %w: --offline checks the log without them", err)
				}
				kept = append(kept, exported...)
			}
			var lines []string
			got, err := audit.Verify(f, strings.ToLower(head), func(e *audit.Entry) { lines = append(lines, e.Hash) })
			if err == nil {
				err = audit.Agrees(lines, kept)
			}
			if err != nil {
				return fmt.Errorf("%s, after %s: %w", f.Name(), words.Count(got.Seq, "sound line", "sound lines"), err)
			}
			if old := audit.PutAside(f.Name()); len(old) > 0 {
				return fmt.Errorf("%s: %s, none changed; but the log before it was: a start put %s aside; find out who changed it, and keep it elsewhere",
					f.Name(), words.Count(got.Seq, "line", "lines"), strings.Join(old, ", "))
			}
			if a.asJSON {
				return json.NewEncoder(c.OutOrStdout()).Encode(got)
			}
			text := ""
			if len(kept) > 0 {
				text = "; " + words.Verb(len(kept), "the exported head is in it", fmt.Sprintf("all %d exported heads are in it", len(kept)))
			}
			_, err = fmt.Fprintf(c.OutOrStdout(), "%s: %s, none changed; head %s%s\n", f.Name(), words.Count(got.Seq, "line", "lines"), got.Hash, text)
			return err
		},
	}
	a.flags(c)
	c.Flags().StringVar(&head, "head", "", "hash of a head that the router exported: it must be in the log")
	c.Flags().StringVar(&heads, "heads", "", "file of lines that hold exported heads, such as a syslog file; - reads them from standard input")
	c.Flags().StringVar(&router, "router", "", "of --heads only those of the router with this name (default: the configuration's)")
	c.Flags().BoolVar(&offline, "offline", false, "do not ask the store for exported heads")
	return c
}

// exported gives the heads that a configuration's router told its PostgreSQL; without a configuration, or with a SQLite file,
// none.
func (a *auditFlags) exported(ctx context.Context) ([]audit.Kept, error) {
	if a.path == "" {
		return nil, nil
	}
	file, err := load(a.path)
	if err != nil || !strings.HasPrefix(file.Router.StoreURL, "postgres") {
		return nil, err
	}
	st, err := store.Open(ctx, file.Router.StoreTarget())
	if err != nil {
		return nil, err
	}
	heads, err := st.AuditHeads(ctx, file.Router.Name)
	var out []audit.Kept
	for _, h := range heads {
		out = append(out, audit.Kept{Head: audit.Head{Seq: h.Seq, Hash: h.Hash}, Router: h.Router, Where: "PostgreSQL at " + h.At.UTC().Format(time.RFC3339)})
	}
	return out, errors.Join(err, st.Close())
}

// keptIn gives the heads of one router that a file of lines holds: there must be some, else nothing would be checked.
func (a *auditFlags) keptIn(stdin io.Reader, name, router string) ([]audit.Kept, error) {
	if a.path != "" && router == "" {
		file, err := load(a.path)
		if err != nil {
			return nil, err
		}
		router = file.Router.Name
	}
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, fmt.Errorf("--heads: %w", err)
		}
		defer f.Close()
		stdin = f
	} else {
		name = "standard input"
	}
	all, err := audit.ReadHeads(stdin, name)
	if err != nil {
		return nil, fmt.Errorf("--heads: %w", err)
	}
	return ofRouter(all, router, name)
}

// ofRouter picks one router's heads; without a name there must be but one.
func ofRouter(all []audit.Kept, router, name string) (out []audit.Kept, err error) {
	var routers []string
	for _, k := range all {
		if !slices.Contains(routers, k.Router) {
			routers = append(routers, k.Router)
		}
		if k.Router == router || router == "" {
			out = append(out, k)
		}
	}
	switch {
	case len(out) == 0 && len(all) == 0:
		return nil, fmt.Errorf("--heads: %s holds no head of an audit log: give the file in which the syslog receiver keeps authpriv.notice", name)
	case len(out) == 0:
		return nil, fmt.Errorf("--heads: %s holds no head of router %s, only of %s", name, router, strings.Join(routers, ", "))
	case router == "" && len(routers) > 1:
		return nil, usageError{fmt.Errorf("--heads: %s holds heads of the routers %s: say which with --router", name, strings.Join(routers, ", "))}
	}
	return out, nil
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
	if via := strings.Trim(e.Via+" "+e.From, " "); via != "" {
		fmt.Fprintf(&b, " [%s]", via)
	}
	fmt.Fprintf(&b, " %s", e.What)
	if e.Of != "" {
		fmt.Fprintf(&b, " %s", e.Of)
	}
	fmt.Fprintf(&b, ": %s", e.Outcome)
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
