package store

import (
	"errors"
	"fmt"
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// Version is the version of the payload encoding, given to every Append.
const Version = 1

// op is what a record says about a session.
type op uint64

const (
	opTarget  op = 1 // the next inbound number is value
	opReserve op = 2 // outbound numbers below value are reserved
	opSender  op = 3 // the next outbound number is exactly value
	opReport  op = 4 // body was sent with number value
	opReset   op = 5 // both numbers are 1, stored reports are void, created is set
	opCreated op = 6 // created is set
	opClosed  op = 7 // clean stop: the next outbound number is exactly value
	opIndex   op = 8 // of a snapshot only: body is the index of stored reports
)

// A record is one change of a session's state. Wire form, protobuf fields:
// 1 session, 2 op, 3 value, 4 created (Unix nanoseconds, zigzag), 5 body.
type record struct {
	session string
	op      op
	value   uint64
	created int64
	body    []byte
}

var errRecord = errors.New("fix store: malformed record")

// appendRecord encodes r behind b.
func appendRecord(b []byte, r *record) []byte {
	b = protowire.AppendTag(b, 1, protowire.BytesType)
	b = protowire.AppendString(b, r.session)
	b = protowire.AppendTag(b, 2, protowire.VarintType)
	b = protowire.AppendVarint(b, uint64(r.op))
	b = protowire.AppendTag(b, 3, protowire.VarintType)
	b = protowire.AppendVarint(b, r.value)
	if r.created != 0 {
		b = protowire.AppendTag(b, 4, protowire.VarintType)
		b = protowire.AppendVarint(b, protowire.EncodeZigZag(r.created))
	}
	if r.body != nil {
		b = protowire.AppendTag(b, 5, protowire.BytesType)
		b = protowire.AppendBytes(b, r.body)
	}
	return b
}

// decodeRecord is the inverse of appendRecord. The body points into b. Unknown
// fields are an error: a newer program wrote them.
func decodeRecord(b []byte) (r record, err error) {
	for len(b) > 0 {
		num, typ, n := protowire.ConsumeTag(b)
		if n < 0 {
			return r, errRecord
		}
		b = b[n:]
		switch {
		case (num == 1 || num == 5) && typ == protowire.BytesType:
			v, n := protowire.ConsumeBytes(b)
			if n < 0 {
				return r, errRecord
			}
			b = b[n:]
			if num == 1 {
				r.session = string(v)
			} else {
				r.body = v
			}
		case num >= 2 && num <= 4 && typ == protowire.VarintType:
			v, n := protowire.ConsumeVarint(b)
			if n < 0 {
				return r, errRecord
			}
			b = b[n:]
			switch num {
			case 2:
				r.op = op(v)
			case 3:
				r.value = v
			case 4:
				r.created = protowire.DecodeZigZag(v)
			}
		default:
			return r, fmt.Errorf("%w: field %d", errRecord, num)
		}
	}
	return r, r.check()
}

// check refuses values that no store writes.
func (r *record) check() error {
	if r.session == "" {
		return fmt.Errorf("%w: no session", errRecord)
	}
	switch r.op {
	case opTarget, opReserve, opSender, opReport, opClosed:
		if r.value == 0 || r.value > math.MaxInt32 {
			return fmt.Errorf("%w: number %d", errRecord, r.value)
		}
	case opReset, opCreated, opIndex:
	default:
		return fmt.Errorf("%w: op %d", errRecord, r.op)
	}
	return nil
}

// Saved tells, of a payload of the store's records, whether it holds a report that was handed to a session, and which:
// its session's id and the message as it was sent.
func Saved(payload []byte) (session string, message []byte, ok bool, err error) {
	r, err := decodeRecord(payload)
	if err != nil || r.op != opReport {
		return "", nil, false, err
	}
	return r.session, r.body, true, nil
}
