// Package dictionary carries the FIX 4.2, 4.4, FIXT 1.1 and 5.0 SP2 data
// dictionaries of QuickFIX, byte for byte as quickfixgo v0.9.11 ships them.
//
// This product includes software developed by quickfixengine.org
// (http://www.quickfixengine.org/). Its license lies beside the files as
// LICENSE.quickfix (SUP-05).
package dictionary

import (
	"embed"
	"fmt"
	"os"
	"path/filepath"
)

//go:embed FIX42.xml FIX44.xml FIX50SP2.xml FIXT11.xml LICENSE.quickfix
var files embed.FS

// Bytes returns the dictionary of the application messages of a BeginString:
// FIX.4.2, FIX.4.4, or FIXT.1.1, whose sessions speak FIX 5.0 SP2 here. For 4.2
// and 4.4 it has the session messages too.
func Bytes(beginString string) ([]byte, error) {
	switch beginString {
	case "FIX.4.2":
		return files.ReadFile("FIX42.xml")
	case "FIX.4.4":
		return files.ReadFile("FIX44.xml")
	case "FIXT.1.1":
		return files.ReadFile("FIX50SP2.xml")
	}
	return nil, fmt.Errorf("fix dictionary: no dictionary for BeginString %q; use FIX.4.2, FIX.4.4 or FIXT.1.1, or name a file", beginString)
}

// Transport returns the dictionary of FIXT.1.1's session messages and headers.
func Transport() []byte {
	b, err := files.ReadFile("FIXT11.xml")
	if err != nil {
		panic(err) // embedded: cannot fail
	}
	return b
}

// License returns the license of the dictionaries and of quickfixgo.
func License() []byte {
	b, err := files.ReadFile("LICENSE.quickfix")
	if err != nil {
		panic(err) // embedded: cannot fail
	}
	return b
}

// Write puts the dictionary of a BeginString into dir, mode 0600, and returns
// its path: quickfixgo reads dictionaries from files only.
func Write(dir, beginString string) (string, error) {
	b, err := Bytes(beginString)
	if err != nil {
		return "", err
	}
	return write(dir, beginString+".xml", b)
}

// WriteTransport does the same for the dictionary of FIXT.1.1's session messages.
func WriteTransport(dir string) (string, error) { return write(dir, "transport.xml", Transport()) }

func write(dir, name string, b []byte) (string, error) {
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, b, 0o600); err != nil {
		return "", fmt.Errorf("fix dictionary: %w", err)
	}
	return path, nil
}
