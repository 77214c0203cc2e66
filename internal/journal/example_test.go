package journal_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"

	"github.com/sluice-sor/sluice/internal/journal"
)

// A sequencer appends events and releases what they caused when they are durable; a tool reads the log later.
func Example() {
	dir, err := os.MkdirTemp("", "journal")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)

	j, found, err := journal.Open(journal.Config{Dir: filepath.Join(dir, "router-1"), Router: "router-1"})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("epoch %d, last record %d\n", found.Epoch, found.Last)

	seq, err := j.Append(1, 1, []byte("buy 300 AAPL"))
	if err != nil {
		log.Fatal(err)
	}
	if err := j.Wait(context.Background(), seq); err != nil { // now it survives loss of power
		log.Fatal(err)
	}
	fmt.Printf("record %d is durable\n", seq)
	if err := j.Close(); err != nil {
		log.Fatal(err)
	}

	r, err := journal.OpenReader(filepath.Join(dir, "router-1"), nil)
	if err != nil {
		log.Fatal(err)
	}
	defer r.Close()
	for {
		rec, err := r.Next(context.Background())
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%d: type %d, %s\n", rec.Seq, rec.Type, rec.Payload)
	}
	// Output:
	// epoch 1, last record 0
	// record 1 is durable
	// 1: type 1, buy 300 AAPL
}

// A projection follows the log while it is written.
func ExampleJournal_Read() {
	dir, err := os.MkdirTemp("", "journal")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	j, _, err := journal.Open(journal.Config{Dir: dir, Router: "router-1"})
	if err != nil {
		log.Fatal(err)
	}

	projected := make(chan uint64)
	go func() {
		defer close(projected)
		r := j.Read(0) // or the record after the projection's watermark
		defer r.Close()
		for {
			rec, err := r.Next(context.Background())
			if err != nil {
				return // the journal was closed, or has failed
			}
			projected <- rec.Seq
		}
	}()
	for range 3 {
		if _, err := j.Append(1, 1, nil); err != nil {
			log.Fatal(err)
		}
	}
	for range 3 {
		fmt.Println(<-projected)
	}
	if err := j.Close(); err != nil {
		log.Fatal(err)
	}
	<-projected
	// Output:
	// 1
	// 2
	// 3
}
