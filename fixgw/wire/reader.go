package wire

import "io"

// A Reader cuts a byte stream into checked frames. Its buffer grows with the
// frames it meets, up to the limit of one frame, and no further.
type Reader struct {
	scan  Scanner
	src   io.Reader
	buf   []byte
	start int // first byte not yet given out
	end   int // first free byte
}

// firstBuffer holds a few dozen ordinary messages (an order is about 200 bytes).
const firstBuffer = 8 << 10

// NewReader returns a Reader on src with the limits of scan.
func NewReader(src io.Reader, scan Scanner) *Reader {
	return &Reader{scan: scan, src: src, buf: make([]byte, min(firstBuffer, scan.max()))}
}

// Next returns the next frame, which is valid until the next call. An error is
// a *Violation, or what the source returned; a stream that ends inside a frame
// ends with io.ErrUnexpectedEOF. After an error the Reader is spent.
func (r *Reader) Next() (Frame, error) {
	for {
		f, n, v := r.scan.Scan(r.buf[r.start:r.end])
		if v != nil {
			return Frame{}, v
		}
		if n > 0 {
			r.start += n
			r.scan.Offset += int64(n)
			return f, nil
		}
		if err := r.fill(); err != nil {
			return Frame{}, err
		}
	}
}

// Buffered reports whether bytes are left that were read but not given out.
func (r *Reader) Buffered() bool { return r.end > r.start }

// fill reads more bytes behind those that are left. The buffer is never full
// when it is called with the largest size: Scan refuses a frame beyond it.
func (r *Reader) fill() error {
	if r.start > 0 && (r.start == r.end || r.end == len(r.buf)) {
		r.end = copy(r.buf, r.buf[r.start:r.end])
		r.start = 0
	}
	if r.end == len(r.buf) {
		grown := make([]byte, min(2*len(r.buf), max(r.scan.max(), firstBuffer)))
		copy(grown, r.buf[:r.end])
		r.buf = grown
	}
	n, err := r.src.Read(r.buf[r.end:])
	r.end += n
	if n > 0 {
		return nil
	}
	if err == io.EOF && r.Buffered() {
		return io.ErrUnexpectedEOF
	}
	if err == nil {
		return io.ErrNoProgress
	}
	return err
}
