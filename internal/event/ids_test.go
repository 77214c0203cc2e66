package event

import (
	"math"
	"regexp"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/sluice-sor/sluice/internal/order"
)

func TestClOrdIDRoundTrip(t *testing.T) {
	alphabet := regexp.MustCompile(`^[0-9A-Z]+-[0-9A-Z]+(-[0-9A-Z]+)?$`)
	rapid.Check(t, func(t *rapid.T) {
		instance, child, request := rapid.Uint32().Draw(t, "instance"), order.ChildID(rapid.Uint64().Draw(t, "child")), rapid.Uint32().Draw(t, "request")
		s := ClOrdID(instance, child, request)
		if !alphabet.MatchString(s) {
			t.Fatalf("ClOrdID %q has letters that venues refuse", s)
		}
		i, c, r, err := ParseClOrdID(s)
		if err != nil || i != instance || c != child || r != request {
			t.Fatalf("ParseClOrdID(%q) = %d, %d, %d, %v, want %d, %d, %d", s, i, c, r, err, instance, child, request)
		}
	})
}

func TestClOrdIDIsShort(t *testing.T) {
	for _, tc := range []struct {
		instance uint32
		child    order.ChildID
		request  uint32
		want     string
	}{
		{0, 0, 0, "0-0"},
		{1_795_000_000, 1, 0, "TOP2V4-1"},
		{2_176_782_335, 2_821_109_907_455, 1_679_615, "ZZZZZZ-ZZZZZZZZ-ZZZZ"}, // the last that has 20 characters
		{math.MaxUint32, math.MaxUint64, math.MaxUint32, "1Z141Z3-3W5E11264SGSF-1Z141Z3"},
	} {
		if got := ClOrdID(tc.instance, tc.child, tc.request); got != tc.want {
			t.Errorf("ClOrdID(%d, %d, %d) = %q, want %q", tc.instance, tc.child, tc.request, got, tc.want)
		}
	}
}

func TestParseClOrdIDRefuses(t *testing.T) {
	for _, bad := range []string{"", "A", "A-", "-A", "A-B-", "A-B-C-D", "a-b", "A-b", "A_B", "01-1", "1-01", "1-1-01", "1-1-0", "+1-1",
		"1-ZZZZZZZZZZZZZZ", "ZZZZZZZZ-1", "1-1-ZZZZZZZZ", "É-1", " 1-1"} {
		if i, c, r, err := ParseClOrdID(bad); err == nil {
			t.Errorf("ParseClOrdID(%q) = %d, %d, %d, want an error", bad, i, c, r)
		}
	}
}

func FuzzParseClOrdID(f *testing.F) {
	for _, s := range []string{"TOP8FS-1", "1-1-1", "0-0", "a-b", "1-1-0"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if i, c, r, err := ParseClOrdID(s); err == nil && ClOrdID(i, c, r) != s {
			t.Fatalf("ParseClOrdID(%q) = %d, %d, %d, which is %q", s, i, c, r, ClOrdID(i, c, r))
		}
	})
}

func TestOtherIDs(t *testing.T) {
	if got := ExecID(36, 37); got != "E10-11" {
		t.Errorf("ExecID = %q, want E10-11", got)
	}
	if got := OrderID(36, 37); got != "P10-11" {
		t.Errorf("OrderID = %q, want P10-11", got)
	}
}

func TestPackChildren(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var want []order.ChildID
		for _, v := range rapid.SliceOf(rapid.Uint64()).Draw(t, "ids") {
			want = append(want, order.ChildID(v))
		}
		got, err := UnpackChildren(PackChildren(want))
		if err != nil || !slices.Equal(got, want) {
			t.Fatalf("UnpackChildren = %v, %v, want %v", got, err, want)
		}
	})
	if _, err := UnpackChildren([]byte{0x80}); err == nil {
		t.Error("a torn varint unpacks")
	}
}

func TestClientIDsAreReadBack(t *testing.T) {
	for _, n := range []uint64{1, 35, 36, 1 << 40, 1<<64 - 1} {
		if got, ok := ParseExecID(0x5eed, ExecID(0x5eed, n)); !ok || got != n {
			t.Errorf("ExecID %d is read back as %d, %v", n, got, ok)
		}
		if got, ok := ParseOrderID(0x5eed, OrderID(0x5eed, order.ParentID(n))); !ok || uint64(got) != n {
			t.Errorf("OrderID %d is read back as %d, %v", n, got, ok)
		}
	}
	for _, s := range []string{"", "E", "EIR1", "EIR1-", "EIR1-0", "EIR1-01", "EIR1-a", "PIR1-1", "EIR2-1", "NONE", "EIR1-ZZZZZZZZZZZZZZZZ"} {
		if n, ok := ParseExecID(0x5eed, s); ok {
			t.Errorf("%q is read as ExecID %d", s, n)
		}
	}
}
