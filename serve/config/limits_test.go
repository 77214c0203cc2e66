package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sluice-sor/sluice/internal/market"
	"github.com/sluice-sor/sluice/internal/risk"
)

// limitsFile loads the example with one document of limits.
func limitsFile(t *testing.T, document string) (*File, error) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "limits.toml"), []byte(document), 0o600); err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(Example(), "files = [] ", `files = ["limits.toml"] `, 1)
	return Parse(filepath.Join(dir, "sluice.toml"), []byte(text), nil)
}

func at(text string) market.Time {
	when, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return market.Time(when.UnixNano())
}

// TestLimitDocument is RISK-16: a temporary raise reverts by itself, and the version says what holds.
func TestLimitDocument(t *testing.T) {
	example, err := load(t, Example())
	if err != nil {
		t.Fatal(err)
	}
	client, symbol := example.Clients[0].Name, string(example.Instruments[0].Symbol)
	f, err := limitsFile(t, `version = "v7"
approved_by = "carol"
[[class]]
name = "thin"
symbols = ["`+symbol+`"]
[[list]]
name = "restricted"
version = "r1"
day = "2026-11-30"
symbols = ["`+symbol+`"]
[[limit]]
name = "max_parent_shares"
value = 1000
owner = "ann"
rationale = "what the desk sends"
[[limit]]
name = "max_parent_shares"
value = 9000
owner = "ann"
rationale = "the rebalance"
from = "2026-11-30T14:30:00Z"
until = "2026-11-30T21:00:00Z"
[[limit]]
name = "max_parent_shares"
class = "thin"
value = 50
owner = "bob"
rationale = "it hardly trades"
[[limit]]
name = "max_client_usd"
client = "`+client+`"
value = "8000000"
owner = "bob"
rationale = "its credit line"
from = "2026-12-01"
`)
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		at      string
		qty     market.Qty
		version string
	}{
		{"2026-11-30T14:29:59Z", 1_000, "default/v7"},
		{"2026-11-30T14:30:00Z", 9_000, "default/v7+max_parent_shares=9000"},
		{"2026-11-30T20:59:59Z", 9_000, "default/v7+max_parent_shares=9000"},
		{"2026-11-30T21:00:00Z", 1_000, "default/v7"},
		{"2026-12-01T00:00:00Z", 1_000, "default/v7@20261201T0000"},
	} {
		l := f.LimitsAt(at(tc.at))
		if l.MaxParentQty != tc.qty || l.Version != tc.version {
			t.Errorf("at %s: %d shares, version %q; want %d, %q", tc.at, l.MaxParentQty, l.Version, tc.qty, tc.version)
		}
		if len(l.Classes) != 1 || l.Classes[0].MaxParentQty != 50 || len(l.Lists) != 1 || l.Lists[0].Day != 20261130 {
			t.Errorf("at %s: classes %+v, lists %+v", tc.at, l.Classes, l.Lists)
		}
		if faults := risk.SelfTest(l, risk.Gates{}); faults != nil {
			t.Errorf("at %s: %v", tc.at, faults)
		}
	}
	if l := f.LimitsAt(at("2026-12-01T00:00:00Z")); len(l.Credits) != 1 || l.Credits[0].MaxClientMoney != 8_000_000*market.Dollar {
		t.Errorf("credits %+v", l.Credits)
	}
	var edges []string
	for now := at("2026-11-29T00:00:00Z"); ; {
		next, e, approver := f.LimitsChange(now)
		if e == nil {
			break
		}
		now = next
		edges = append(edges, time.Unix(0, int64(next)).UTC().Format("02T15:04")+" "+e.Name+" "+approver)
	}
	if got, want := strings.Join(edges, ", "), "30T14:30 max_parent_shares carol, 30T21:00 max_parent_shares carol, 01T00:00 max_client_usd carol"; got != want {
		t.Errorf("limits change at %s, want %s", got, want)
	}
	checkValues(t, f, client)
}

// checkValues: every limit is told with its unit's value and whose it is, while it holds (RISK-16).
func checkValues(t *testing.T, f *File, client string) {
	t.Helper()
	for _, tc := range []struct {
		at, limit, of, want string
	}{
		{"2026-11-30T14:29:59Z", "max_parent_shares", "", "1000 v7 ann carol  what the desk sends"},
		{"2026-11-30T14:30:00Z", "max_parent_shares", "", "9000 v7 ann carol 2026-11-30T21:00:00Z the rebalance"},
		{"2026-11-30T21:00:00Z", "max_parent_shares", "", "1000 v7 ann carol  what the desk sends"},
		{"2026-11-30T14:30:00Z", "max_parent_shares", "class thin", "50 v7 bob carol  it hardly trades"},
		{"2026-11-30T14:30:00Z", "max_client_usd", "client " + client, ""},
		{"2026-12-01T00:00:00Z", "max_client_usd", "client " + client, "8000000 v7 bob carol  its credit line"},
		{"2026-12-01T00:00:00Z", "collar_bps", "", "500 [limits] of " + f.Path + "    "},
	} {
		got := ""
		for _, v := range f.LimitValues(at(tc.at)) {
			if v.Limit == tc.limit && v.Of == tc.of {
				got += strings.Join([]string{v.Value, v.From, v.Owner, v.Approved, v.Until, v.Rationale}, " ")
			}
		}
		if got != tc.want {
			t.Errorf("at %s: %s of %q is %q, want %q", tc.at, tc.limit, tc.of, got, tc.want)
		}
	}
	named := map[string]bool{}
	for _, v := range f.LimitValues(0) {
		named[v.Limit] = true
	}
	for _, field := range limitFields {
		if !named[field.name] {
			t.Errorf("%s is not told", field.name)
		}
	}
	if !named["list"] || !named["may_be_off"] {
		t.Errorf("lists or switches are not told: %v", named)
	}
}

// TestLimitDocumentProblems: everything that is wrong with a document is told at once, with file, key and remedy.
func TestLimitDocumentProblems(t *testing.T) {
	_, err := limitsFile(t, `approved_by = "ann"
[[limit]]
name = "max_parent_share"
value = 1
owner = "bob"
rationale = "x"
[[limit]]
name = "max_firm_usd"
client = "EMS1"
value = "1"
owner = "ann"
rationale = "x"
[[limit]]
name = "max_parent_shares"
class = "fat"
value = -1
until = "2026-11-30"
from = "tomorrow"
[[list]]
name = "forbidden"
`)
	if err == nil {
		t.Fatal("it loads")
	}
	for _, want := range []string{"version", "max_parent_share", "cannot approve what ann asked", "has no max_firm_usd", "owner", "rationale", `"fat"`, "-1", `"tomorrow"`, `"forbidden"`, "day"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the problems do not say %q:\n%v", want, err)
		}
	}
}
