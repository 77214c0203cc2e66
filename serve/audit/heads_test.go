package audit

import (
	"fmt"
	"strings"
	"testing"
)

// chain gives the hashes of a log of n lines; seed makes another log.
func chain(n int, seed string) (out []string) {
	for i := range n {
		e := Entry{Seq: uint64(i + 1), What: seed}
		if i > 0 {
			e.Prev = out[i-1]
		}
		e.line()
		out = append(out, e.Hash)
	}
	return out
}

// TestReadHeads finds heads in the lines that receivers write: as sent, in the older form, in an array of JSON.
func TestReadHeads(t *testing.T) {
	h := chain(7, "x")
	text := func(router string, n int) string { return Head{uint64(n), h[n-1]}.Text(router) }
	file := strings.Join([]string{
		"<85>1 2026-03-02T11:00:00.123456Z trade1 sluice 42 AUDITHEAD - " + text("R1", 3),
		"Mar  2 12:00:00 trade1 sluice[42]: " + text("R2", 4),
		"Mar  2 12:00:00 trade1 sshd[7]: a line of somebody else's about an audit head",
		`{"MESSAGE":"` + text("R1", 7) + `"}`,
		"1 2026-03-02T11:00:00Z trade1 sluice 42 AUDITHEAD - " + Head{}.Text("R1"),
	}, "\n")
	got, err := ReadHeads(strings.NewReader(file), "auth.log")
	if err != nil {
		t.Fatal(err)
	}
	want := []Kept{{Head{3, h[2]}, "R1", "auth.log, line 1"}, {Head{4, h[3]}, "R2", "auth.log, line 2"}, {Head{7, h[6]}, "R1", "auth.log, line 4"}, {Head{}, "R1", "auth.log, line 5"}}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
	for _, bad := range []string{text("R1", 3)[:60], headMark + "R1 lines=x hash=" + h[0], headMark + "R1 lines=0 hash=" + h[0], headMark + "R1 lines=3 hash=-",
		text("R1", 3) + "0", headMark + "R1 lines=99999999999999999999 hash=" + h[0], headMark} {
		if got, err := ReadHeads(strings.NewReader(bad), "f"); err == nil {
			t.Errorf("%q is read as %v", bad, got)
		}
	}
}

// TestAgrees: a chain that was written anew from any line on, and one that was cut anywhere, is found by any head behind it
// (SEC-05).
func TestAgrees(t *testing.T) {
	h := chain(9, "x")
	kept := func(at ...int) (out []Kept) {
		for _, n := range at {
			k := Kept{Router: "R1", Where: fmt.Sprint("head ", n)}
			if n > 0 {
				k.Head = Head{uint64(n), h[n-1]}
			}
			out = append(out, k)
		}
		return out
	}
	if err := Agrees(h, kept(9, 0, 4, 4, 1)); err != nil {
		t.Error(err)
	}
	if err := Agrees(nil, kept(0)); err != nil {
		t.Error(err)
	}
	other := chain(9, "y")
	for from := range h { // lines behind from are another's
		forged := append(append([]string(nil), h[:from]...), other[from:]...)
		for n := 1; n <= len(h); n++ {
			if err := Agrees(forged, kept(n)); (err != nil) != (n > from) {
				t.Errorf("written anew behind line %d, head of line %d: %v", from, n, err)
			}
			if err := Agrees(h[:from], kept(n)); (err != nil) != (n > from) {
				t.Errorf("cut behind line %d, head of line %d: %v", from, n, err)
			}
		}
	}
	err := Agrees(append(append([]string(nil), h[:5]...), other[5:]...), kept(8, 2, 4, 7))
	if err == nil || !strings.Contains(err.Error(), "line 7,") || !strings.Contains(err.Error(), "behind 4 on") || !strings.Contains(err.Error(), "head 7") {
		t.Errorf("where it was written anew: %v", err)
	}
}
