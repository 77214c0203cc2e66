package wire

// soh separates fields.
const soh = 0x01

// Session tags that the guard reads.
const (
	tagBeginString  = 8
	tagBodyLength   = 9
	tagCheckSum     = 10
	tagMsgSeqNum    = 34
	tagMsgType      = 35
	tagNewSeqNo     = 36
	tagPossDupFlag  = 43
	tagSenderCompID = 49
	tagSendingTime  = 52
	tagTargetCompID = 56
	tagHeartBtInt   = 108
	tagGapFillFlag  = 123
	tagResetSeqNum  = 141
	tagXMLDataLen   = 212
	tagXMLData      = 213
)

// integerDigits bounds a number in a session field. Nine digits fit every
// integer type that quickfixgo uses, so its parser cannot overflow (QF-01).
const integerDigits = 9

// dataTag returns the data field that must follow the length field tag, or 0
// when tag is no length field of a pair (GRD-05). Source: the LENGTH and DATA
// fields of FIX 4.2, 4.4 and 5.0 SP2; a test compares it with the dictionaries.
func dataTag(tag int) int {
	switch tag {
	case 93:
		return 89
	case 90, 95, tagXMLDataLen, 348, 350, 352, 354, 356, 358, 360, 362, 364,
		445, 618, 621, 1184, 1277, 1280, 1282, 1359, 1397, 1401, 1403, 1468,
		1618, 1620:
		return tag + 1
	}
	return 0
}

// isDataTag reports whether tag is the second field of a length/data pair.
func isDataTag(tag int) bool {
	return tag == 89 || dataTag(tag-1) == tag
}

// isInteger reports whether tag is a session field that must be a number.
func isInteger(tag int) bool {
	switch tag {
	case 7, 16, tagMsgSeqNum, tagNewSeqNo, 45, 98, tagHeartBtInt, 369, 371, 373, 383, 789:
		return true
	}
	return false
}

// isFlag reports whether tag is a Boolean session field.
func isFlag(tag int) bool {
	switch tag {
	case tagPossDupFlag, 97, tagGapFillFlag, tagResetSeqNum, 464:
		return true
	}
	return false
}

// onceBit gives each field that must not repeat its own bit, 0 to the others.
// The session fields (inside sessionMask) count in every message; the order
// fields, whose last duplicate would win in quickfixgo (QF-04), in D F G 8 9.
func onceBit(tag int) uint64 {
	switch tag {
	case tagMsgType:
		return 1 << 0
	case tagMsgSeqNum:
		return 1 << 1
	case tagPossDupFlag:
		return 1 << 2
	case tagSenderCompID:
		return 1 << 3
	case tagTargetCompID:
		return 1 << 4
	case tagSendingTime:
		return 1 << 5
	case 97:
		return 1 << 6
	case 122:
		return 1 << 7
	case 50:
		return 1 << 8
	case 57:
		return 1 << 9
	case 142:
		return 1 << 10
	case 143:
		return 1 << 11
	case 369:
		return 1 << 12
	case 7:
		return 1 << 13
	case 16:
		return 1 << 14
	case tagNewSeqNo:
		return 1 << 15
	case 98:
		return 1 << 16
	case tagHeartBtInt:
		return 1 << 17
	case tagGapFillFlag:
		return 1 << 18
	case tagResetSeqNum:
		return 1 << 19
	case 553:
		return 1 << 20
	case 554:
		return 1 << 21
	case 925:
		return 1 << 22
	case 789:
		return 1 << 23
	case 1128:
		return 1 << 62
	case 1137:
		return 1 << 63
	}
	return orderBit(tag)
}

// orderBit is the part of onceBit for the fields of orders and reports.
func orderBit(tag int) uint64 {
	switch tag {
	case 11:
		return 1 << 24
	case 14:
		return 1 << 25
	case 17:
		return 1 << 26
	case 19:
		return 1 << 27
	case 20:
		return 1 << 28
	case 31:
		return 1 << 29
	case 32:
		return 1 << 30
	case 37:
		return 1 << 31
	case 38:
		return 1 << 32
	case 39:
		return 1 << 33
	case 41:
		return 1 << 34
	case 44:
		return 1 << 35
	case 54:
		return 1 << 36
	case 150:
		return 1 << 37
	case 151:
		return 1 << 38
	}
	return 0
}

// sessionMask selects the bits of the session fields in onceBit.
const sessionMask = uint64(1)<<24 - 1 | 3<<62
