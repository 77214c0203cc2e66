package main

import (
	"github.com/spf13/cobra"

	"github.com/sluice-sor/sluice/serve/dropcopy"
)

func newDropCopy() *cobra.Command {
	var o dropcopy.Options
	var path string
	c := &cobra.Command{
		Use:   "dropcopy -c FILE",
		Short: "Read a drop copy over FIX, and print every report that the clients got",
		Long: "Dropcopy logs on to one of the file's [[fix.drop_copy]] sessions and prints every ExecutionReport of the journal, from the\n" +
			"first, and then what comes.",
		Example: "  sluice dropcopy -c desk.toml\n  sluice dropcopy -c desk.toml --json --idle 2s > copy.jsonl",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			var err error
			if o.File, err = load(path); err != nil {
				return err
			}
			o.Out, o.Log = c.OutOrStdout(), logger(false)
			return dropcopy.Run(c.Context(), o)
		},
	}
	l := c.Flags()
	l.StringVarP(&path, "config", "c", "", "configuration file")
	l.StringVar(&o.Name, "name", "", "name of the [[fix.drop_copy]] to read; default: the first")
	l.DurationVar(&o.Idle, "idle", 0, "end when no report came for this long; default: never")
	l.BoolVar(&o.JSON, "json", false, "print each report as a line of JSON")
	tlsFlags(l, &o.TLS)
	return c
}
