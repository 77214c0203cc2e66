package models

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"

	"github.com/sluice-sor/sluice/features"
)

// An artifact is, little-endian:
//
//	magic    8 bytes  "SLMODEL\x00"
//	format   uint32   1
//	sections uint32   their number
//	then each section: place uint32 from 1, length uint64, SHA-256 of the content 32 bytes, content
//
// In the content a count or a length is uint32, a flag uint32 0 or 1, a figure float64, a text its length and UTF-8. All
// sections are there, in order, but for the last one where it has nothing, and nothing is behind them: there is one sequence of
// bytes for a model and no other is read.
const (
	magic         = "SLMODEL\x00"
	format        = 1
	prefixBytes   = len(magic) + 8
	sectionPrefix = 4 + 8 + sha256.Size
)

// The limits of an artifact. They are checked before memory is taken (MOP-11).
const (
	MaxBytes    = 64 << 20 // of an artifact
	MaxArms     = 1024     // in Arms, and in Kinds
	MaxProbes   = 4096
	MaxMetrics  = 1024
	MaxBuckets  = 64 // of liquidity
	MaxLayers   = 8  // of a network
	MaxWidth    = 2304
	MaxName     = 256     // bytes of a name
	MaxCard     = 1 << 20 // bytes of a model card
	MaxJournals = 4096
)

// A section is a part of an artifact with its own checksum.
type section struct {
	name  string
	visit func(*coder, *Model)
}

func sections() [10]section {
	return [10]section{
		{"header", func(c *coder, m *Model) { m.Header.visit(c) }},
		{"columns", func(c *coder, m *Model) { each(c, &m.Columns, features.Dim, 24, visitColumn) }},
		{"map", func(c *coder, m *Model) { visitNetwork(c, &m.Map) }},
		{"arms", func(c *coder, m *Model) { each(c, &m.Arms, MaxArms, leastArm, visitArm) }},
		{"kinds", func(c *coder, m *Model) { each(c, &m.Kinds, MaxArms, leastArm, visitArm) }},
		{"impact", func(c *coder, m *Model) { m.Impact.visit(c) }},
		{"kernel", func(c *coder, m *Model) { c.reals(m.Kernel[:]) }},
		{"cost", func(c *coder, m *Model) { visitNetwork(c, &m.Cost) }},
		{"probes", func(c *coder, m *Model) { each(c, &m.Probes, MaxProbes, leastProbe, visitProbe) }},
		{"journals", visitJournals},
	}
}

// visitJournals takes the section that artifacts have only since they name journals, and only if they do.
func visitJournals(c *coder, m *Model) {
	each(c, &m.Header.Journals, MaxJournals, 4, func(c *coder, v *uint32) { c.u32(v) })
	if c.decode && c.err == nil && len(m.Header.Journals) == 0 {
		c.fail("it is there and empty")
	}
}

// ID is the name of an artifact: the first 16 hexadecimal digits of its SHA-256.
func ID(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:8])
}

// AppendBinary appends the artifact's bytes to b. The same model gives the same bytes. It writes what it is given: Check first.
func (m *Model) AppendBinary(b []byte) []byte {
	whole := sections()
	all := whole[:]
	if len(m.Header.Journals) == 0 {
		all = all[:len(all)-1]
	}
	b = append(b, magic...)
	b = binary.LittleEndian.AppendUint32(b, format)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(all)))
	for i, s := range all {
		c := coder{}
		s.visit(&c, m)
		sum := sha256.Sum256(c.buf)
		b = binary.LittleEndian.AppendUint32(b, uint32(i+1))
		b = binary.LittleEndian.AppendUint64(b, uint64(len(c.buf)))
		b = append(b, sum[:]...)
		b = append(b, c.buf...)
	}
	return b
}

// Parse reads an artifact. It refuses what is too large, damaged, cut or not finite and says where; it never panics, and takes
// memory only in proportion to data. It keeps no reference to data. What it gives has consistent shapes and may be false in every
// other way: see [Model.Check].
func Parse(data []byte) (*Model, error) {
	if len(data) > MaxBytes {
		return nil, fmt.Errorf("models: an artifact of %d bytes: the limit is %d", len(data), MaxBytes)
	}
	whole := sections()
	all := whole[:]
	if len(data) < prefixBytes || string(data[:len(magic)]) != magic {
		return nil, fmt.Errorf("models: not an artifact: it does not begin with %q", magic)
	}
	if got := binary.LittleEndian.Uint32(data[len(magic):]); got != format {
		return nil, fmt.Errorf("models: an artifact of format %d: this build reads %d; train again with it", got, format)
	}
	switch got := binary.LittleEndian.Uint32(data[len(magic)+4:]); got {
	case uint32(len(all)):
	case uint32(len(all) - 1):
		all = all[:got]
	default:
		return nil, fmt.Errorf("models: an artifact with %d sections: there are %d", got, len(all))
	}
	m := new(Model)
	data = data[prefixBytes:]
	for i := range all {
		content, rest, err := cut(data, uint32(i+1))
		if err == nil {
			err = all[i].read(m, content)
		}
		if err != nil {
			return nil, fmt.Errorf("models: section %s: %w", all[i].name, err)
		}
		data = rest
	}
	if len(data) > 0 {
		return nil, fmt.Errorf("models: %d bytes behind the last section", len(data))
	}
	return m, nil
}

// cut takes the section of the given place off the front of data.
func cut(data []byte, place uint32) (content, rest []byte, err error) {
	if len(data) < sectionPrefix {
		return nil, nil, errShort
	}
	if got := binary.LittleEndian.Uint32(data); got != place {
		return nil, nil, fmt.Errorf("it says that it is section %d, not %d", got, place)
	}
	n := binary.LittleEndian.Uint64(data[4:])
	sum := data[12:sectionPrefix]
	data = data[sectionPrefix:]
	if n > uint64(len(data)) {
		return nil, nil, fmt.Errorf("%w: %d bytes of %d", errShort, len(data), n)
	}
	content, rest = data[:n], data[n:]
	if got := sha256.Sum256(content); !bytes.Equal(got[:], sum) {
		return nil, nil, fmt.Errorf("it is damaged: SHA-256 %x, expected %x", got[:8], sum[:8])
	}
	return content, rest, nil
}

func (s *section) read(m *Model, content []byte) error {
	c := coder{decode: true, buf: content}
	s.visit(&c, m)
	if c.err == nil && len(c.buf) > 0 {
		c.fail("%d bytes too many", len(c.buf))
	}
	return c.err
}
