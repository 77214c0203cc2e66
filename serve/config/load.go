package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/knadh/koanf/parsers/toml/v2"
	"github.com/knadh/koanf/providers/env/v2"
	"github.com/knadh/koanf/providers/rawbytes"
	"github.com/knadh/koanf/v2"

	"github.com/sluice-sor/sluice/internal/table"
)

// maxBytes bounds a configuration file; 64 venues with ten years of fees need less than 200 kB.
const maxBytes = 4 << 20

// envPrefix begins every variable of the environment that overrides a key.
const envPrefix = "SLUICE_"

// overridable are the sections that the environment may override; arrays of tables have no stable names there.
var overridable = [...]string{"router", "fix", "hours", "objective", "limits", "tactics", "learning", "journal", "models", "attest", "market"}

// Load reads the file at path and the environment's overrides. The error, if any, is Problems.
func Load(path string) (*File, error) {
	b, err := read(path, "name an existing one with -c, or write one with `sluice route --example > "+path+"`")
	if err != nil {
		return nil, err
	}
	return Parse(path, b, os.Environ())
}

// read gives a file's bytes; missing is the remedy when there is none.
func read(path, missing string) ([]byte, error) {
	fail := func(wrong, remedy string) error { return Problems{{File: path, Wrong: wrong, Remedy: remedy}} }
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fail("there is no such file", missing)
	case err != nil:
		return nil, fail("cannot be read: "+reason(err), "let the router's user read it")
	case info.IsDir():
		return nil, fail("is a directory", "name the TOML file in it, such as "+filepath.Join(path, "sluice.toml"))
	case info.Size() > maxBytes:
		return nil, fail(fmt.Sprintf("has %d bytes", info.Size()), "a configuration has less than 4 MiB: is it the right file?")
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fail("cannot be read: "+reason(err), "let the router's user read it")
	}
	defer func() { _ = f.Close() }() // only read
	b, err := io.ReadAll(io.LimitReader(f, maxBytes+1))
	switch {
	case err != nil:
		return nil, fail("cannot be read: "+reason(err), "let the router's user read it")
	case len(b) > maxBytes: // of a device or a pipe, whose size says nothing
		return nil, fail("has no end", "a configuration has less than 4 MiB: is it the right file?")
	}
	return b, nil
}

// Parse reads a configuration from b. name is the file's path, for messages and as the start of relative paths;
// environ is a list of KEY=value as os.Environ gives it. The error, if any, is Problems.
func Parse(name string, b []byte, environ []string) (*File, error) {
	in := &input{Input: table.Input{File: name}, dir: filepath.Dir(name), lookup: lookupIn(environ)}
	if len(b) > maxBytes {
		return nil, Problems{{File: name, Wrong: fmt.Sprintf("has %d bytes", len(b)), Remedy: "a configuration has less than 4 MiB"}}
	}
	k := koanf.New(".")
	if err := k.Load(rawbytes.Provider(b), toml.Parser()); err != nil {
		return nil, Problems{table.SyntaxProblem(name, err)}
	}
	overrides := env.Provider(".", env.Opt{
		Prefix:        envPrefix,
		TransformFunc: in.override,
		EnvironFunc:   func() []string { return environ },
	})
	if err := k.Load(overrides, nil); err != nil {
		return nil, Problems{{File: "environment", Wrong: err.Error(), Remedy: "unset the SLUICE_ variables that clash"}}
	}
	f := defaults(name)
	f.decode(newSection(in, k.Raw()))
	if err := in.Problems.OrNil(); err != nil {
		return nil, err
	}
	return f, nil
}

// override turns SLUICE_ROUTER__HTTP_ADDR into router.http_addr; an empty name means that it is not ours.
func (in *input) override(name, value string) (string, any) {
	rest := strings.TrimPrefix(name, envPrefix)
	if !strings.Contains(rest, "__") {
		return "", nil
	}
	path := strings.Split(strings.ToLower(rest), "__")
	if !slices.Contains(overridable[:], path[0]) || slices.Contains(path, "") {
		in.Problems = append(in.Problems, Problem{File: "environment", Key: name, Wrong: "overrides nothing",
			Remedy: "only keys of " + strings.Join(overridable[:], ", ") + " can be overridden, as " + envPrefix + "ROUTER__HTTP_ADDR is"})
		return "", nil
	}
	return strings.Join(path, "."), table.EnvText(value)
}

func lookupIn(environ []string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		for _, kv := range environ {
			if k, v, ok := strings.Cut(kv, "="); ok && k == name {
				return v, true
			}
		}
		return "", false
	}
}

// resolve gives a path of the file as one from the working directory.
func (in *input) resolve(path string) string {
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(in.dir, path)
}
