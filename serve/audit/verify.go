package audit

import (
	"fmt"
	"io"
)

// Verify reads a log and says where it ends, or what is wrong with it: a line that was changed, lost or put in, and with
// kept, the hash of a head that was exported earlier, also lines that were cut off the end. f gets every sound line; nil
// for none.
func Verify(r io.Reader, kept string, f func(*Entry)) (Head, error) {
	found := kept == ""
	head, _, err := read(r, func(e *Entry) {
		found = found || e.Hash == kept
		if f != nil {
			f(e)
		}
	})
	if err == nil && !found {
		err = fmt.Errorf("no line has the hash %.16s…, which was exported: lines are missing at the end, or the whole log is another", kept)
	}
	return head, err
}
