package decisionlog

import (
	"bufio"
	"fmt"
	"io"
)

// A Writer writes records for another program, one after the other.
type Writer interface {
	Write(r *Record) error
	Flush() error // after the last one
}

// Written counts what a Writer did with the records that it was given.
type Written struct {
	Rows  int
	Left  [Unknown + 1]int // left out, by state
	Other int              // written, but with another feature schema than this build's: features have numbers for names
}

// String says what was left out.
func (w *Written) String() string {
	return fmt.Sprintf("%d decisions written; left out: %d void, %d whose cost is not recorded, %d with a plan that was certain, %d with one plan or none",
		w.Rows, w.Left[Void], w.Left[Unknown], w.Left[Fixed], w.Left[NoChoice])
}

// bufferSize is how much is written at once.
const bufferSize = 1 << 16

func buffered(w io.Writer) *bufio.Writer { return bufio.NewWriterSize(w, bufferSize) }
