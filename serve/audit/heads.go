package audit

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
)

// Text is a head as a line of text of a router, for syslog and whatever else keeps lines; [ReadHeads] finds it again.
func (h Head) Text(router string) string {
	hash := h.Hash
	if hash == "" {
		hash = "-" // of a log without a line
	}
	return fmt.Sprintf("%s%s lines=%d hash=%s", headMark, router, h.Seq, hash)
}

const headMark = "audit head router="

var (
	headStart = regexp.MustCompile(regexp.QuoteMeta(headMark))
	headText  = regexp.MustCompile(`^(\S+) lines=([0-9]{1,19}) hash=([0-9a-f]{64}|-)(?:[^0-9a-f]|$)`)
)

// A Kept is a head that somebody else kept, and where it was found.
type Kept struct {
	Head
	Router string
	Where  string
}

// ReadHeads finds the heads in lines of any form, such as a syslog receiver's file: what stands around a head's text does not
// matter. A line that has the beginning of one and not the rest is an error, because what it said is not known.
func ReadHeads(r io.Reader, name string) ([]Kept, error) {
	var out []Kept
	in := bufio.NewScanner(r)
	in.Buffer(make([]byte, 64<<10), lineMax)
	for n := 1; in.Scan(); n++ {
		for _, at := range headStart.FindAllIndex(in.Bytes(), -1) {
			m := headText.FindSubmatch(in.Bytes()[at[1]:])
			if m == nil {
				return nil, fmt.Errorf("%s, line %d: what follows %q is no head: the line was cut or changed", name, n, headMark)
			}
			seq, err := strconv.ParseUint(string(m[2]), 10, 64)
			if hash := string(m[3]); err != nil || (seq == 0) != (hash == "-") {
				return nil, fmt.Errorf("%s, line %d: %q is no head: the line was changed", name, n, m[0])
			}
			k := Kept{Head: Head{Seq: seq}, Router: string(m[1]), Where: fmt.Sprintf("%s, line %d", name, n)}
			if seq > 0 {
				k.Hash = string(m[3])
			}
			out = append(out, k)
		}
	}
	if err := in.Err(); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return out, nil
}

// Agrees holds a log, as the hashes of its lines in their order, against heads that others kept, and says where it differs
// first: lines were cut off its end, or the chain was written anew from some line on.
func Agrees(hashes []string, kept []Kept) error {
	kept = slices.Clone(kept)
	slices.SortStableFunc(kept, func(a, b Kept) int { return cmp.Compare(a.Seq, b.Seq) })
	sound := uint64(0)
	for _, k := range kept {
		switch {
		case k.Seq == 0:
		case k.Seq > uint64(len(hashes)):
			return fmt.Errorf("line %d, which was exported with hash %.16s… (%s), is not in the log of %d lines: lines were cut off its end, or it is another log (up to line %d it agrees)",
				k.Seq, k.Hash, k.Where, len(hashes), sound)
		case hashes[k.Seq-1] != k.Hash:
			return fmt.Errorf("line %d, which was exported with hash %.16s… (%s), is not in the log, which has %.16s… there: the log was written anew from a line behind %d on, or it is another log",
				k.Seq, k.Hash, k.Where, hashes[k.Seq-1], sound)
		}
		sound = k.Seq
	}
	return nil
}
