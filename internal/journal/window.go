package journal

import (
	"errors"
	"io"
)

// windowBytes is how much a sequential reader reads at once: large enough that the call's cost vanishes.
const windowBytes = 256 << 10

// window is a moving view of a file.
type window struct {
	file io.ReaderAt
	buf  []byte
	off  int64 // of buf[0] in the file

	limit int64 // where reading ahead ends; 0 is the file's end
	chunk int   // bytes read at once; 0 is windowBytes
}

// open starts over on another file and keeps the memory.
func (w *window) open(f io.ReaderAt) { w.file, w.buf, w.off, w.limit = f, w.buf[:0], 0, 0 }

// forget drops what was read, because the file may have more by now.
func (w *window) forget() { w.buf = w.buf[:0] }

// at gives the bytes from off on: at least n, or all there are to the end of the file. They are valid until the next
// call.
func (w *window) at(off int64, n int) ([]byte, error) {
	if off >= w.off && off+int64(n) <= w.off+int64(len(w.buf)) {
		return w.buf[off-w.off:], nil
	}
	want := w.chunk
	if want == 0 {
		want = windowBytes
	}
	if w.limit > off {
		want = min(want, int(w.limit-off))
	}
	want = max(n, want)
	if cap(w.buf) < want {
		w.buf = make([]byte, want)
	}
	got, err := w.file.ReadAt(w.buf[:want], off)
	if err != nil && !errors.Is(err, io.EOF) {
		w.forget()
		return nil, err
	}
	w.buf, w.off = w.buf[:got], off
	return w.buf, nil
}

// parseAt reads the record at off.
func (w *window) parseAt(off int64, salt uint32) (frame, verdict, error) {
	b, err := w.at(off, recordHeader)
	if err != nil {
		return frame{}, bad, err
	}
	f, v := parse(b, salt)
	if v != short {
		return f, v, nil
	}
	size := f.size
	if b, err = w.at(off, size); err != nil {
		return frame{}, bad, err
	}
	if len(b) < size {
		return frame{}, bad, nil
	}
	f, v = parse(b, salt)
	return f, v, nil
}
