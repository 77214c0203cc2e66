package wire

import (
	"bytes"
	"fmt"
	"strings"
)

// Rule names the guard rule that a frame broke, as in the rule list GRD-*.
type Rule string

// The rules a peer can break. The text is the rule's id and, after the slash,
// which part of it.
const (
	RuleBegin     Rule = "GRD-02/begin"    // the frame does not start with 8, 9, 35
	RuleLength    Rule = "GRD-02/length"   // BodyLength is not 1 to 6 digits
	RuleOversize  Rule = "GRD-02/oversize" // the frame is larger than the limit
	RuleLanding   Rule = "GRD-03/landing"  // BodyLength does not land on 10=
	RuleCheckSum  Rule = "GRD-03/checksum" // CheckSum is wrong or malformed
	RuleTrailer   Rule = "GRD-03/trailer"  // a second 10 inside the body
	RuleTag       Rule = "GRD-04/tag"      // a tag that is not 1 to 6 digits without a leading zero
	RuleEmpty     Rule = "GRD-04/empty"    // a field without a value
	RuleInteger   Rule = "GRD-04/integer"  // a numeric session field that is no bounded number
	RuleFlag      Rule = "GRD-04/flag"     // a Boolean session field that is not Y or N
	RuleRepeat    Rule = "GRD-04/repeat"   // a field repeated that must not be
	RuleMissing   Rule = "GRD-04/missing"  // a header field is absent
	RuleData      Rule = "GRD-05/data"     // a length/data pair that does not fit
	RuleXMLData   Rule = "GRD-05/xml"      // 212/213 or 35=n without permission
	RuleIdle      Rule = "GRD-06/idle"     // no whole frame within the read deadline
	RuleStalled   Rule = "GRD-06/stalled"  // a write did not finish within its deadline
	RulePreLogon  Rule = "GRD-07/prelogon" // the first frame is no Logon
	RuleAllowList Rule = "GRD-07/allow"    // the address is not on the allow-list
	RuleTooMany   Rule = "GRD-07/toomany"  // too many connections that have not logged on
	RuleGap       Rule = "GRD-08/gap"      // too many messages while an inbound gap is open
	RuleSecret    Rule = "GRD-01/secret"   // a process without the relay's secret
	RuleIdentity  Rule = "GRD-01/identity" // the first frame carries other CompIDs
)

// A Violation says which rule a peer broke and where. The connection that
// caused it is closed.
type Violation struct {
	Rule     Rule
	Offset   int64  // bytes of the stream before the frame, plus the place inside it
	Redacted string // the start of the frame, secrets masked, SOH shown as |
}

// Error describes the violation without the frame.
func (v *Violation) Error() string {
	return fmt.Sprintf("fix guard: %s at byte %d", v.Rule, v.Offset)
}

// redactedMax bounds how much of a bad frame is kept for the log.
const redactedMax = 512

// escaped is SOH as %q writes it.
const escaped = `\x01`

// mask stands for a secret in everything that is logged (CB-05).
const mask = "***"

// Redact returns a printable copy of a frame, or of text that contains one,
// with the values of 554, 925 and 96 replaced by *** and SOH shown as |
// (CB-05). A value ends at SOH, or in text without SOH at its escaped form.
// A frame that is broken is masked too: the tag counts wherever no digit
// stands before it.
func Redact(b []byte) string {
	var out strings.Builder
	out.Grow(len(b))
	raw := bytes.IndexByte(b, soh) >= 0
	for i := 0; i < len(b); {
		if i == 0 || !isDigit(b[i-1]) || !raw && bytes.HasSuffix(b[:i], []byte(escaped)) {
			if n := secretPrefix(b[i:]); n > 0 {
				out.Write(b[i : i+n])
				out.WriteString(mask)
				i += n + valueEnd(b[i+n:], raw)
				continue
			}
		}
		if b[i] == soh {
			out.WriteByte('|')
		} else {
			out.WriteByte(printable(b[i]))
		}
		i++
	}
	return out.String()
}

// secretPrefix returns the length of "554=", "925=" or "96=" at the start of b.
func secretPrefix(b []byte) int {
	for _, p := range [...]string{"554=", "925=", "96="} {
		if len(b) >= len(p) && string(b[:len(p)]) == p {
			return len(p)
		}
	}
	return 0
}

func valueEnd(b []byte, raw bool) int {
	end := bytes.Index(b, []byte(escaped))
	if raw {
		end = bytes.IndexByte(b, soh)
	}
	if end < 0 {
		return len(b)
	}
	return end
}

func printable(c byte) byte {
	if c < 0x20 || c > 0x7e {
		return '?'
	}
	return c
}

func clip(b []byte) []byte { return b[:min(len(b), redactedMax)] }
