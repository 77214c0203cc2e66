package fixgw

import (
	"strings"

	"github.com/quickfixgo/quickfix"
)

// The letters of ExecType (150) as FIX 4.4 has them; inside the gateway every version speaks them.
const (
	execNew            = '0'
	execDoneForDay     = '3'
	execCanceled       = '4'
	execReplaced       = '5'
	execPendingCancel  = '6'
	execStopped        = '7'
	execRejected       = '8'
	execSuspended      = '9'
	execPendingNew     = 'A'
	execCalculated     = 'B'
	execExpired        = 'C'
	execRestated       = 'D'
	execPendingReplace = 'E'
	execTrade          = 'F'
	execCorrect        = 'G'
	execBust           = 'H'
	execStatus         = 'I'
)

const (
	knownExecTypes = "03456789ABCDEFGHI"
	knownStatuses  = "0123456789ABCDE"
)

// readExecType gives the ExecType of a report in FIX 4.4 letters. FIX 4.2 is read by ExecTransType (20) first, then by
// 150, whose 1 and 2 are trades (ER-19, DEF-04); a 4.2 peer that sends 150=F is understood. A letter that is not in
// the tables fails: it is never taken for New (VEN-02).
func readExecType(f *fields, version string) byte {
	t := f.char(tagExecType)
	if version == FIX42 {
		switch f.text(tagExecTransType) {
		case "1":
			return execBust
		case "2":
			return execCorrect
		case "3":
			return execStatus
		case "", "0":
		default:
			f.fail(tagExecTransType, "this ExecTransType is unknown; the report is put aside")
			return 0
		}
		if t == '1' || t == '2' {
			return execTrade
		}
	}
	if t == 0 || strings.IndexByte(knownExecTypes, t) < 0 {
		f.fail(tagExecType, "this ExecType is unknown; the report is put aside")
		return 0
	}
	return t
}

// readStatus gives OrdStatus (39); an unknown letter fails (VEN-02).
func readStatus(f *fields) byte {
	s := f.char(tagOrdStatus)
	if s == 0 || strings.IndexByte(knownStatuses, s) < 0 {
		f.fail(tagOrdStatus, "this OrdStatus is unknown; the report is put aside")
		return 0
	}
	return s
}

// writeExecType sets 150, and in FIX 4.2 also 20. complete says that the order's whole quantity is filled: it tells
// 150=2 from 150=1 of a trade, because 39 may be a pending state (ER-03).
func writeExecType(m *quickfix.Message, version string, t, status byte, complete bool) {
	if version != FIX42 {
		putChar(m, tagExecType, t)
		return
	}
	trans := "0"
	switch t {
	case execTrade:
		t = '1'
		if complete {
			t = '2'
		}
	case execBust:
		trans, t = "1", status
	case execCorrect:
		trans, t = "2", status
	case execStatus:
		trans, t = "3", status
	}
	put(m, tagExecTransType, trans)
	putChar(m, tagExecType, t)
}
