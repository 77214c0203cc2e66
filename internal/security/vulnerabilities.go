package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"time"
)

const (
	govulncheck = "golang.org/x/vuln/cmd/govulncheck@v1.9.0"
	vulnDB      = "https://vuln.go.dev"
	vulnWait    = 15 * time.Second
)

// vulnerabilities runs govulncheck where its database answers. Where it does not nothing is known, and that is what is
// said (SEC-11). GOVULNDB names another database, such as a dated copy (file:///…).
func vulnerabilities(ctx context.Context, log io.Writer) (result, error) {
	db := os.Getenv("GOVULNDB")
	if db == "" {
		db = vulnDB
	}
	modified, err := reach(ctx, db)
	if err != nil {
		return result{notRun: true, text: "database unreachable: " + err.Error()}, nil
	}
	text, err := output(ctx, log, "go", "run", govulncheck, "-db", db, "./...")
	var failed *exec.ExitError
	switch {
	case err == nil:
		return result{text: db + " of " + modified}, nil
	case errors.As(err, &failed) && strings.Contains(text, "Vulnerability #"):
		return result{text: db + " of " + modified, findings: lines(text)}, nil
	case errors.As(err, &failed) && text == "":
		return result{notRun: true, text: govulncheck + " cannot be built here"}, nil
	}
	return result{}, fmt.Errorf("%s: %w\n%s", govulncheck, err, text)
}

// reach asks the database when it was last modified.
func reach(ctx context.Context, db string) (modified string, err error) {
	if path, local := strings.CutPrefix(db, "file://"); local {
		b, err := os.ReadFile(path + "/index/db.json")
		return strings.TrimSpace(string(b)), err
	}
	ctx, cancel := context.WithTimeout(ctx, vulnWait)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, db+"/index/db.json", nil) //nolint:gosec // whoever runs it names the database
	if err != nil {
		return "", err
	}
	answer, err := http.DefaultClient.Do(req) //nolint:gosec // the same
	if err != nil {
		return "", err
	}
	defer func() { _ = answer.Body.Close() }() // only read
	if answer.StatusCode != http.StatusOK {
		return "", errors.New(db + " answers " + answer.Status)
	}
	b, err := io.ReadAll(io.LimitReader(answer.Body, 1<<12))
	return strings.TrimSpace(string(b)), err
}
