package sim

import (
	"archive/zip"
	"fmt"
	"io"
	"strings"
)

// archiveMost bounds what one archived file may unpack to.
const archiveMost = 1 << 30

// LobsterFromZip reads the message and order book files of a LOBSTER archive. name is for errors.
func LobsterFromZip(name string, r io.ReaderAt, size int64) (*Lobster, error) {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	messages, closeM, err := entry(name, z, "_message_")
	if err != nil {
		return nil, err
	}
	defer closeM()
	books, closeB, err := entry(name, z, "_orderbook_")
	if err != nil {
		return nil, err
	}
	defer closeB()
	return ReadLobster(messages, books)
}

// TapeFromZips reads a tape from the archives of its quote and trade files. Names are for errors.
func TapeFromZips(quoteName string, quotes io.ReaderAt, quoteSize int64, tradeName string, trades io.ReaderAt, tradeSize int64) (*Tape, error) {
	var src [2]Source
	for i, in := range [2]struct {
		name, part string
		r          io.ReaderAt
		size       int64
	}{{quoteName, "quote", quotes, quoteSize}, {tradeName, "trade", trades, tradeSize}} {
		z, err := zip.NewReader(in.r, in.size)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", in.name, err)
		}
		s, done, err := entry(in.name, z, in.part)
		if err != nil {
			return nil, err
		}
		defer done()
		src[i] = s
	}
	return ReadTape(src[0], src[1])
}

// entry opens the only file of an archive whose name has part in it, whatever the case.
func entry(name string, z *zip.Reader, part string) (Source, func(), error) {
	var found *zip.File
	for _, f := range z.File {
		if strings.Contains(strings.ToLower(f.Name), part) && strings.HasSuffix(f.Name, ".csv") {
			if found != nil {
				return Source{}, nil, fmt.Errorf("%s: both %s and %s look like the %q file", name, found.Name, f.Name, part)
			}
			found = f
		}
	}
	if found == nil {
		return Source{}, nil, fmt.Errorf("%s: no .csv file with %q in its name", name, part)
	}
	if found.UncompressedSize64 > archiveMost {
		return Source{}, nil, fmt.Errorf("%s: %s unpacks to %d bytes, at most %d are read", name, found.Name, found.UncompressedSize64, archiveMost)
	}
	r, err := found.Open()
	if err != nil {
		return Source{}, nil, fmt.Errorf("%s: %s: %w", name, found.Name, err)
	}
	return Source{name + "/" + found.Name, io.LimitReader(r, archiveMost)}, func() { r.Close() }, nil
}
