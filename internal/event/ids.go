package event

import (
	"fmt"
	"strconv"
	"strings"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/sluice-sor/sluice/internal/order"
)

// What a venue must take as ClOrdID (11).
const (
	ClOrdIDLen   = 20
	ClOrdIDChars = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-"
)

// KillRequest is the first request number of the kill path's cancels: beyond every number the engine gives, so that no ClOrdID is
// used twice (JRN-03 d).
const KillRequest = 1 << 20

// ClOrdID is the FIX 11 of a child's order (request 0) or of its request-th cancel or replace: the journal's birth, the
// child and the request in base 36, of ClOrdIDChars (FIX-13, ER-23): at most ClOrdIDLen characters for the first 2.8e12 children
// and 1.6 million requests of each, until 2039.
func ClOrdID(instance uint32, child order.ChildID, request uint32) string {
	b := make([]byte, 0, 24)
	b = strconv.AppendUint(b, uint64(instance), 36)
	b = append(b, '-')
	b = strconv.AppendUint(b, uint64(child), 36)
	if request > 0 {
		b = append(b, '-')
		b = strconv.AppendUint(b, uint64(request), 36)
	}
	return strings.ToUpper(string(b))
}

// ParseClOrdID reads what ClOrdID gives; the error says what is wrong with it.
func ParseClOrdID(s string) (instance uint32, child order.ChildID, request uint32, err error) {
	parts := strings.Split(s, "-")
	if len(parts) < 2 || len(parts) > 3 {
		return 0, 0, 0, fmt.Errorf("ClOrdID %q is not one of ours: want INSTANCE-CHILD or INSTANCE-CHILD-REQUEST", s)
	}
	var v [3]uint64
	bits := [3]int{32, 64, 32}
	for i, p := range parts {
		if v[i], err = strconv.ParseUint(p, 36, bits[i]); err != nil || p != strings.ToUpper(p) {
			return 0, 0, 0, fmt.Errorf("ClOrdID %q is not one of ours: part %d is not base 36", s, i+1)
		}
	}
	instance, child, request = uint32(v[0]), order.ChildID(v[1]), uint32(v[2])
	if ClOrdID(instance, child, request) != s {
		return 0, 0, 0, fmt.Errorf("ClOrdID %q is not one of ours: it has leading zeros", s)
	}
	return instance, child, request, nil
}

// ExecID is the client's FIX 17 of the n-th report (ER-23).
func ExecID(instance uint32, n uint64) string {
	return strings.ToUpper("E" + strconv.FormatUint(uint64(instance), 36) + "-" + strconv.FormatUint(n, 36))
}

// manual begins the ExecID of an execution that a person booked.
const manual = "MANUAL-"

// ManualExecID names the n-th execution of a child when a person books it in place of a venue's report that is lost.
func ManualExecID(child order.ChildID, n int) string { return fmt.Sprintf("%s%d-%d", manual, child, n) }

// IsManual reports whether an ExecID is one of ManualExecID.
func IsManual(execID string) bool { return strings.HasPrefix(execID, manual) }

// OrderID is the client's FIX 37 of a parent.
func OrderID(instance uint32, p order.ParentID) string {
	return strings.ToUpper("P" + strconv.FormatUint(uint64(instance), 36) + "-" + strconv.FormatUint(uint64(p), 36))
}

// ParseExecID reads what ExecID gives; ok is false for anything else.
func ParseExecID(instance uint32, s string) (n uint64, ok bool) {
	n, ok = suffix(s, "E", instance)
	return n, ok && ExecID(instance, n) == s
}

// ParseOrderID reads what OrderID gives; ok is false for anything else.
func ParseOrderID(instance uint32, s string) (p order.ParentID, ok bool) {
	n, ok := suffix(s, "P", instance)
	return order.ParentID(n), ok && OrderID(instance, order.ParentID(n)) == s
}

// suffix reads the number behind the letter and the instance.
func suffix(s, letter string, instance uint32) (uint64, bool) {
	rest, ok := strings.CutPrefix(s, letter+strings.ToUpper(strconv.FormatUint(uint64(instance), 36))+"-")
	if !ok {
		return 0, false
	}
	n, err := strconv.ParseUint(rest, 36, 64)
	return n, err == nil && n != 0
}

// PackChildren encodes child ids for Recovered.NotSent.
func PackChildren(ids []order.ChildID) []byte {
	var b []byte
	for _, id := range ids {
		b = protowire.AppendVarint(b, uint64(id))
	}
	return b
}

// UnpackChildren reads what PackChildren gives.
func UnpackChildren(b []byte) ([]order.ChildID, error) {
	var ids []order.ChildID
	for len(b) > 0 {
		v, n := protowire.ConsumeVarint(b)
		if n < 0 {
			return nil, protowire.ParseError(n)
		}
		ids, b = append(ids, order.ChildID(v)), b[n:]
	}
	return ids, nil
}
