package config

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"strings"

	"github.com/sluice-sor/sluice/internal/table"
)

// Secret is a password. It shows itself only to Reveal: printing, marshaling and logging give *** (SEC-06). The
// zero Secret is "none".
type Secret struct{ value string }

const masked = "***"

// NewSecret wraps a secret that did not come from a file.
func NewSecret(value string) Secret { return Secret{value} }

// Reveal gives the secret itself, for the one place that needs it.
func (s Secret) Reveal() string { return s.value }

// IsSet reports whether there is a secret.
func (s Secret) IsSet() bool { return s.value != "" }

func (s Secret) String() string {
	if !s.IsSet() {
		return ""
	}
	return masked
}

// Format implements fmt.Formatter, so that no verb shows the value.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(s.String())) }

// MarshalText implements encoding.TextMarshaler.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// LogValue implements slog.LogValuer.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// secret reads base_file or base_env, of which at most one may be given.
func (s *section) secret(base string, into *Secret) {
	var file, variable string
	s.Text(base+"_file", &file)
	s.Text(base+"_env", &variable)
	switch {
	case file != "" && variable != "":
		s.Problem(base+"_file", "is given together with "+base+"_env", "keep one of them")
	case file != "":
		s.secretFile(base+"_file", s.in.resolve(file), into)
	case variable != "":
		value, ok := s.in.lookup(variable)
		if !ok || value == "" {
			s.Problem(base+"_env", "the environment has no variable "+variable, "set it before the start")
			return
		}
		into.value = value
	}
}

func (s *section) secretFile(key, path string, into *Secret) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		s.Problem(key, "cannot be read: "+reason(err), "create "+path+" with the secret on its first line and mode 0600")
		return
	case !info.Mode().IsRegular():
		s.Problem(key, path+" is not a regular file", "name a file that holds the secret on its first line")
		return
	case info.Mode().Perm()&0o077 != 0:
		s.Problem(key, fmt.Sprintf("%s has mode %04o, so others can read it", path, info.Mode().Perm()), "chmod 600 "+path)
		return
	case info.Size() > 4096:
		s.Problem(key, path+" is larger than 4096 bytes", "name a file that holds only the secret")
		return
	}
	b, err := os.ReadFile(path)
	if err != nil {
		s.Problem(key, "cannot be read: "+reason(err), "let the router's user read it")
		return
	}
	line, _, _ := strings.Cut(string(b), "\n")
	into.value = strings.TrimSuffix(line, "\r")
	if into.value == "" {
		s.Problem(key, path+" has an empty first line", "write the secret on the first line")
	}
}

// reason gives the error of a file operation without the path, which the message has already.
func reason(err error) string {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err.Error()
	}
	return err.Error()
}

// ReadSecret reads a file that a command line names as one that a configuration names: its first line, if only its owner
// can read it.
func ReadSecret(path string) (string, error) {
	in := &input{}
	s := newSection(in, nil)
	var secret Secret
	s.secretFile("", path, &secret)
	for _, p := range in.Problems { // at most one, of no configuration's key
		return "", table.Problem{File: path, Wrong: strings.TrimPrefix(p.Wrong, path+" "), Remedy: p.Remedy}
	}
	return secret.value, nil
}
