package wire

import "bytes"

// MaxFrame is the default limit of one frame in bytes (GRD-02, target).
const MaxFrame = 64 << 10

// A Frame is one checked message. Its slices point into the caller's buffer and
// are valid only until that buffer changes.
type Frame struct {
	Bytes          []byte // the whole frame, 8= to the SOH after 10=
	Type           []byte // MsgType(35)
	Sender, Target []byte // SenderCompID(49), TargetCompID(56)
	SeqNum         int    // MsgSeqNum(34), 1 or more
	NewSeqNo       int    // NewSeqNo(36), 0 when absent
	HeartBtInt     int    // HeartBtInt(108) in seconds, 0 when absent
	PossDup        bool   // PossDupFlag(43)=Y
	GapFill        bool   // GapFillFlag(123)=Y
	Reset          bool   // ResetSeqNumFlag(141)=Y
}

// Admin reports whether the frame is a session message (35 is A or 0 to 5).
func (f *Frame) Admin() bool {
	return len(f.Type) == 1 && (f.Type[0] == 'A' || f.Type[0] >= '0' && f.Type[0] <= '5')
}

// Is reports whether the frame's MsgType is t.
func (f *Frame) Is(t string) bool { return string(f.Type) == t }

// A Scanner checks frames one at a time (GRD-02..05). The zero value uses the
// default limits. It keeps the stream offset for reports and nothing else.
type Scanner struct {
	Max      int   // largest frame in bytes; 0 means MaxFrame
	AllowXML bool  // let 212/213 and 35=n pass (a venue profile may need them)
	Offset   int64 // bytes of the stream before the slice given to Scan
}

// Scan checks the frame at the start of buf. It returns the frame and its
// length; a length of 0 with a nil violation means that more bytes are needed.
// A prefix that cannot become a valid frame is refused as early as possible, an
// oversize frame before its body is buffered. Cost: O(frame), no allocation
// unless a rule is broken.
func (s *Scanner) Scan(buf []byte) (f Frame, n int, v *Violation) {
	body, length, more, v := s.prefix(buf)
	if v != nil || more {
		return f, 0, v
	}
	total := body + length + len("10=000|")
	if len(buf) < total {
		return f, 0, nil
	}
	buf = buf[:total]
	if v := s.trailer(buf, body+length); v != nil {
		return f, 0, v
	}
	f.Bytes = buf
	if v := s.fields(&f, body, body+length); v != nil {
		return f, 0, v
	}
	return f, total, nil
}

// prefix checks 8=, 9= and the start of 35= as far as they have arrived. It
// returns where the body starts and how long it is.
func (s *Scanner) prefix(buf []byte) (body, length int, more bool, v *Violation) {
	pattern := "8=FIX.4.#\x019="
	if len(buf) > 5 && buf[5] == 'T' {
		pattern = "8=FIXT.1.1\x019="
	}
	for i := 0; i < len(pattern); i++ {
		if i == len(buf) {
			return 0, 0, true, nil
		}
		if c := pattern[i]; c != buf[i] && (c != '#' || buf[i] < '0' || buf[i] > '4') {
			return 0, 0, false, s.violation(RuleBegin, buf, i)
		}
	}
	i := len(pattern)
	for ; ; i++ {
		if i == len(buf) {
			return 0, 0, true, nil
		}
		if buf[i] == soh && i > len(pattern) {
			break
		}
		if !isDigit(buf[i]) || i == len(pattern)+6 {
			return 0, 0, false, s.violation(RuleLength, buf, i)
		}
		length = length*10 + int(buf[i]-'0')
	}
	body = i + 1
	if body+length+len("10=000|") > s.max() {
		return 0, 0, false, s.violation(RuleOversize, buf, len(pattern))
	}
	for j := range len("35=") {
		if body+j == len(buf) {
			return 0, 0, true, nil
		}
		if j >= length || buf[body+j] != "35="[j] {
			return 0, 0, false, s.violation(RuleBegin, buf, body+j)
		}
	}
	return body, length, false, nil
}

func (s *Scanner) max() int {
	if s.Max == 0 {
		return MaxFrame
	}
	return s.Max
}

// trailer checks that the body ends where BodyLength says, that 10= follows and
// that its sum is right (GRD-03).
func (s *Scanner) trailer(buf []byte, end int) *Violation {
	t := buf[end:]
	if buf[end-1] != soh || t[0] != '1' || t[1] != '0' || t[2] != '=' {
		return s.violation(RuleLanding, buf, end)
	}
	if !isDigit(t[3]) || !isDigit(t[4]) || !isDigit(t[5]) || t[6] != soh {
		return s.violation(RuleCheckSum, buf, end)
	}
	if int(t[3]-'0')*100+int(t[4]-'0')*10+int(t[5]-'0') != int(checkSum(buf[:end])) {
		return s.violation(RuleCheckSum, buf, end)
	}
	return nil
}

// checkSum adds the bytes modulo 256 (FIX CheckSum).
func checkSum(b []byte) byte {
	var sum byte
	for _, c := range b {
		sum += c
	}
	return sum
}

// fields checks each field between from and end, and fills the frame's header.
func (s *Scanner) fields(f *Frame, from, end int) *Violation {
	var seen uint64
	want, wantLen := 0, 0 // the data tag that must come next, and its length
	once := sessionMask
	buf := f.Bytes
	for i := from; i < end; {
		tag, p := readTag(buf[i:end])
		if p == 0 {
			return s.violation(RuleTag, buf, i)
		}
		value := buf[i+p : i+p+bytes.IndexByte(buf[i+p:end], soh)]
		if len(value) == 0 {
			return s.violation(RuleEmpty, buf, i)
		}
		if want != 0 && (tag != want || len(value) != wantLen) || want == 0 && isDataTag(tag) {
			return s.violation(RuleData, buf[:i], i)
		}
		want, wantLen = dataTag(tag), 0
		if want != 0 {
			var ok bool
			if wantLen, ok = number(value); !ok {
				return s.violation(RuleData, buf[:i], i)
			}
		}
		bit := onceBit(tag)
		if seen&bit&once != 0 {
			return s.violation(RuleRepeat, buf, i)
		}
		seen |= bit
		if rule := s.header(f, tag, value); rule != "" {
			return s.violation(rule, buf, i)
		}
		if tag == tagMsgType && isOrderType(value) {
			once = ^uint64(0)
		}
		i += p + len(value) + 1
	}
	if want != 0 {
		return s.violation(RuleData, buf, end)
	}
	if f.SeqNum == 0 || f.Sender == nil || f.Target == nil || seen&onceBit(tagSendingTime) == 0 {
		return s.violation(RuleMissing, buf, end)
	}
	return nil
}

// header applies the rules of single fields and stores what the guard needs. It
// returns the rule that is broken, or "".
func (s *Scanner) header(f *Frame, tag int, value []byte) Rule {
	if isInteger(tag) {
		n, ok := number(value)
		if !ok {
			return RuleInteger
		}
		return f.setNumber(tag, n)
	}
	if isFlag(tag) {
		if len(value) != 1 || value[0] != 'Y' && value[0] != 'N' {
			return RuleFlag
		}
		f.setFlag(tag, value[0] == 'Y')
		return ""
	}
	switch tag {
	case tagBeginString, tagBodyLength:
		return RuleRepeat
	case tagCheckSum:
		return RuleTrailer
	case tagMsgType:
		if len(value) > 4 {
			return RuleBegin
		}
		f.Type = value
		if !s.AllowXML && len(value) == 1 && value[0] == 'n' {
			return RuleXMLData
		}
	case tagSenderCompID:
		f.Sender = value
	case tagTargetCompID:
		f.Target = value
	case tagXMLDataLen, tagXMLData:
		if !s.AllowXML {
			return RuleXMLData
		}
	}
	return ""
}

func (f *Frame) setNumber(tag, n int) Rule {
	switch tag {
	case tagMsgSeqNum:
		if n == 0 {
			return RuleInteger
		}
		f.SeqNum = n
	case tagNewSeqNo:
		f.NewSeqNo = n
	case tagHeartBtInt:
		f.HeartBtInt = n
	}
	return ""
}

func (f *Frame) setFlag(tag int, yes bool) {
	switch tag {
	case tagPossDupFlag:
		f.PossDup = yes
	case tagGapFillFlag:
		f.GapFill = yes
	case tagResetSeqNum:
		f.Reset = yes
	}
}

// readTag reads "digits=" and returns the tag and the length read, 0 when it is
// malformed (GRD-04).
func readTag(b []byte) (tag, n int) {
	for i, c := range b {
		switch {
		case c == '=' && i > 0:
			return tag, i + 1
		case !isDigit(c) || i == 6 || i == 0 && c == '0':
			return 0, 0
		}
		tag = tag*10 + int(c-'0')
	}
	return 0, 0
}

// number reads 1 to integerDigits digits.
func number(b []byte) (n int, ok bool) {
	if len(b) == 0 || len(b) > integerDigits {
		return 0, false
	}
	for _, c := range b {
		if !isDigit(c) {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return n, true
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// isOrderType reports whether a MsgType is one of D F G 8 9 (GRD-04).
func isOrderType(t []byte) bool {
	return len(t) == 1 && (t[0] == 'D' || t[0] == 'F' || t[0] == 'G' || t[0] == '8' || t[0] == '9')
}

func (s *Scanner) violation(r Rule, buf []byte, at int) *Violation {
	return &Violation{Rule: r, Offset: s.Offset + int64(at), Redacted: Redact(clip(buf))}
}
