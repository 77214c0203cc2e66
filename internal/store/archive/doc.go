// Package archive moves days of a store to Parquet files and back (PRJ-07).
//
// A day is a directory DIR/2026-03-02 with a file a table and a manifest. It gets its name when it is whole and was read back; what a
// crash left has another, and is written anew. A directory of a day's name that has lost its manifest is never touched. A file has the table's columns as they are in the store, so that a day can be read by any
// program that reads Parquet, and put back whole:
//
//	done, err := archive.Write(ctx, st, dir, day)     // files, read back and compared
//	err = archive.Move(ctx, st, dir, day)             // the same, and then the rows leave the store
//	n, err := archive.Restore(ctx, st, dir, day)
//
// The manifest has the SHA-256 of each file and the sums of its rows. Nothing leaves the store before the files were read back
// and agree, and not if a row of the day was added or changed since it was read.
package archive
