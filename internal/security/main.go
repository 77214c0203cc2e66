// Command security makes the checks of the supply chain and of the sources that a release needs (SEC-10, SEC-11), and
// prints a line each. `make security` runs it from the module's root. A check that could not be made says "not run" and
// why; it is never counted as passed.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strings"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Stdout, os.Stderr, checks())
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "security:", err)
		os.Exit(1)
	}
}

// result is how a check came out.
type result struct {
	text     string   // after the name: what was looked at, or why it was not
	findings []string // what must be mended
	notRun   bool
}

type check struct {
	name string
	run  func(ctx context.Context, log io.Writer) (result, error)
}

func checks() []check {
	return []check{
		{"go vet", vet},
		{"staticcheck, gosec", linters},
		{"licences", licences},
		{"secrets", secrets},
		{"govulncheck", vulnerabilities},
	}
}

var errFindings = errors.New("mend what is listed above")

// run makes every check, whatever became of those before.
func run(ctx context.Context, out, log io.Writer, all []check) error {
	bad := false
	for _, c := range all {
		r, err := c.run(ctx, log)
		switch {
		case err != nil:
			bad = true
			fmt.Fprintf(out, "%s: failed: %v\n", c.name, err)
		case r.notRun:
			fmt.Fprintf(out, "%s: not run (%s)\n", c.name, r.text)
		case len(r.findings) > 0:
			bad = true
			fmt.Fprintf(out, "%s: %d findings (%s)\n  %s\n", c.name, len(r.findings), r.text, strings.Join(r.findings, "\n  "))
		default:
			fmt.Fprintf(out, "%s: 0 findings (%s)\n", c.name, r.text)
		}
	}
	if bad {
		return errFindings
	}
	return nil
}

// output runs a program in the module's root; a status other than 0 is an *exec.ExitError.
func output(ctx context.Context, log io.Writer, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...) //nolint:gosec // its own words
	cmd.Stderr = log
	b, err := cmd.Output()
	return string(b), err
}

// lines gives the lines of a text that are not empty.
func lines(text string) (all []string) {
	for l := range strings.Lines(text) {
		if l = strings.TrimRight(l, "\r\n"); strings.TrimSpace(l) != "" {
			all = append(all, l)
		}
	}
	return all
}

func vet(ctx context.Context, log io.Writer) (result, error) {
	if _, err := output(ctx, log, "go", "vet", "./..."); err != nil {
		return result{}, fmt.Errorf("go vet ./...: %w", err)
	}
	return result{text: "./..."}, nil
}

// golangci is the linters' program where GOLANGCI does not name another; the Makefile gives its own pin.
const golangci = "go run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.14.0"

// linters runs staticcheck and gosec with the settings of .golangci.yml.
func linters(ctx context.Context, log io.Writer) (result, error) {
	command := os.Getenv("GOLANGCI")
	if command == "" {
		command = golangci
	}
	words := append(strings.Fields(command), "run", "--enable-only", "staticcheck,gosec,govet", "--output.text.print-issued-lines=false", "./...")
	text, err := output(ctx, log, words[0], words[1:]...)
	var failed *exec.ExitError
	if errors.As(err, &failed) && failed.ExitCode() == 1 { // its status for findings
		return result{text: command, findings: lines(text)}, nil
	}
	if err != nil {
		return result{}, fmt.Errorf("%s: %w", command, err)
	}
	return result{text: command}, nil
}
