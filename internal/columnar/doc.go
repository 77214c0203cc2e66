// Package columnar writes tables of named, typed columns for other programs, as Parquet or as CSV, and reads Parquet back.
//
//	w := columnar.NewParquet(file, "fills", columns)   // or columnar.NewCSV(file, columns)
//	err := w.Write([]any{int64(7), "AMZN", 1.5, nil})  // one value a column, of its kind; nil where it is optional
//	err = w.Close()
//
// Memory is that of a group of rows, however many there are. A file is whole when Close has returned without an error.
package columnar
