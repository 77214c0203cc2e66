package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sluice-sor/sluice/internal/market"
)

// floor is a configuration with one venue whose profile is a file, a table below it, or none; more are further lines of
// the venue.
func floor(kind, version, profile, more string) string {
	return fmt.Sprintf(`
[[venue]]
name = "V"
mic = "VVVV"
type = %q
%s
[venue.orders]
addr = "127.0.0.1:1"
their_comp_id = "V"
version = %q
%s
[[instrument]]
symbol = "S"
adv_shares = 1000
prior_close_usd = "10"
`, kind, more, version, profile)
}

// loadFloor loads floor from a folder that has the profile file p.toml.
func loadFloor(t *testing.T, file, text string) (*File, error) {
	t.Helper()
	dir := t.TempDir()
	for name, content := range map[string]string{"sluice.toml": text, "p.toml": file} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return Load(filepath.Join(dir, "sluice.toml"))
}

const named = "name = \"v\"\nversion = \"7\"\n"

// everyKey is a profile in which no key has its default.
const everyKey = `
clordid_max = 32
clordid_chars = "!-~"
order_types = ["limit"]
tifs = ["day", "ioc", "gtc"]
msg_per_sec = 50
cancel_pct = 25
status_requests = false
cancel_before_ack = false
bust_path = "drop-copy"
reset_on_logon = true
peg_by_ord_type = true
post_only_inst = "-"
exec_inst = "h"
ex_destination = "XNAS"
account = "HOUSE"
handl_inst = true
hide_by_max_floor = true
liquidity_tag = 9730
liquidity = { A = "added", R = "removed", M = "added_midpoint" }
parties = [{ id = "FIRM", role = 1 }, { id = "DESK", source = "C", role = 3 }]
`

// VEN-01: a profile is the same in a file of its own and in the configuration, but for its name and version.
func TestProfileInEitherPlace(t *testing.T) {
	want := Profile{ClOrdIDMax: 32, ClOrdIDChars: "!-~", OrderTypes: []string{"limit"}, TIFs: []string{"day", "ioc", "gtc"},
		MsgPerSec: 50, CancelPct: 25, BustPath: BustDropCopy, ResetOnLogon: true, PegByOrdType: true, PostOnlyInst: "-", ExecInst: "h",
		ExDestination: "XNAS", Account: "HOUSE", HandlInst: true, HideByMaxFloor: true, LiquidityTag: 9730,
		Liquidity: map[string]market.Liquidity{"A": market.Added, "R": market.Removed, "M": market.AddedMid},
		Parties:   []Party{{"FIRM", 'D', 1}, {"DESK", 'C', 3}}}
	inline, err := loadFloor(t, "", floor("lit", "4.4", "[venue.orders.profile]"+everyKey, ""))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, inline.Venues[0].Orders.Profile); diff != "" {
		t.Errorf("in the configuration (-want +got)\n%s", diff)
	}
	file, err := loadFloor(t, named+everyKey, floor("lit", "4.4", `profile = "p.toml"`, ""))
	if err != nil {
		t.Fatal(err)
	}
	got := file.Venues[0].Orders.Profile
	if s := got.String(); s != "v 7 ("+got.File+")" || filepath.Base(got.File) != "p.toml" {
		t.Errorf("it calls itself %q, want its name, version and file", s)
	}
	got.File, got.Name, got.Version = "", "", ""
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("in its own file (-want +got)\n%s", diff)
	}
}

// RACE-05: what the engine must know of the profile is in the venue's features, and so in the journal.
func TestCancelBeforeAckReachesTheEngine(t *testing.T) {
	for _, c := range []struct {
		profile string
		want    bool
	}{{"", false}, {"profile = { cancel_before_ack = true }", false}, {"profile = { cancel_before_ack = false }", true}, {`profile = "p.toml"`, true}} {
		f, err := loadFloor(t, named+"cancel_before_ack = false", floor("lit", "4.4", c.profile, ""))
		if err != nil {
			t.Fatal(err)
		}
		e, err := f.Engine()
		if err != nil {
			t.Fatal(err)
		}
		if got := e.Venues[0].Caps.Has(market.CapCancelAfterAck); got != c.want {
			t.Errorf("%q: cancels wait for the acknowledgement: got %v, want %v", c.profile, got, c.want)
		}
	}
}

// Every problem of a profile names its file, its key and what to do.
func TestProfileProblems(t *testing.T) {
	const own = `profile = "p.toml"`
	for _, c := range []struct{ name, kind, version, profile, file, more, want string }{
		{"no file", "lit", "4.4", `profile = "q.toml"`, "", "", `q.toml: there is no such file; mend venue[V].orders.profile in `},
		{"a folder", "lit", "4.4", `profile = "."`, "", "", `is a directory`},
		{"no path", "lit", "4.4", `profile = ""`, "", "", `venue[V].orders.profile: is empty; name the profile's file`},
		{"a number", "lit", "4.4", `profile = 3`, "", "", `venue[V].orders.profile: is 3; want a table`},
		{"no TOML", "lit", "4.4", own, "name = \n", "", `p.toml: line 1, column`},
		{"no name", "lit", "4.4", own, "version = \"1\"", "", `p.toml: name: is missing; give it`},
		{"no version", "lit", "4.4", own, "name = \"v\"", "", `p.toml: version: is missing; give`},
		{"version is a number", "lit", "4.4", own, "name = \"v\"\nversion = 1", "", `p.toml: version: is 1; want a text`},
		{"unknown key", "lit", "4.4", own, named + "mass_per_sec = 5", "", `p.toml: mass_per_sec: is an unknown key; did you mean msg_per_sec?`},
		{"unknown key in the configuration", "lit", "4.4", "profile = { mass_per_sec = 5 }", "", "", `venue[V].orders.profile.mass_per_sec: is an unknown key`},
		{"a profile of quotes", "lit", "4.4", "", "", "market_data = { addr = \"127.0.0.1:1\", their_comp_id = \"Q\", profile = {} }", `venue[V].market_data.profile: is an unknown key`},
		{"short ids", "lit", "4.4", own, named + "clordid_max = 19", "", `p.toml: clordid_max: is 19; our ids are INSTANCE-CHILD-REQUEST`},
		{"no hyphen in ids", "lit", "4.4", own, named + "clordid_chars = \"A-Z0-9\"", "", `p.toml: clordid_chars: is "A-Z0-9", without "-"; our ids`},
		{"digits only", "lit", "4.4", own, named + "clordid_chars = \"-0-9\"", "", `without "ABCDEFGHIJKLMNOPQRSTUVWXYZ"`},
		{"an empty range", "lit", "4.4", own, named + "clordid_chars = \"9-0A-Z-\"", "", `without "0123456789"`},
		{"order type", "lit", "4.4", own, named + "order_types = [\"stop\"]", "", `p.toml: order_types: has "stop"; known: market, limit`},
		{"time in force", "lit", "4.4", own, named + "tifs = [\"opg\"]", "", `p.toml: tifs: has "opg"; known: day, ioc`},
		{"lit without IOC", "lit", "4.4", own, named + "tifs = [\"day\"]", "", `p.toml: tifs: lacks "ioc"; venue V needs it: type = "lit"`},
		{"lit without day", "ecn", "4.4", own, named + "tifs = [\"ioc\"]", "", `p.toml: tifs: lacks "day"; venue V needs it: type = "ecn"`},
		{"lit without limit", "inverted", "4.4", own, named + "order_types = [\"midpoint\"]", "caps = [\"midpoint\"]", `p.toml: order_types: lacks "limit"; venue V needs it: type = "inverted"`},
		{"dark without day", "dark", "4.4", own, named + "tifs = [\"ioc\"]", "", `tifs: lacks "day"; venue V needs it: type = "dark"`},
		{"dark without pegs or limits", "dark", "4.4", own, named + "order_types = [\"midpoint\"]", "", `order_types: lacks "limit"; venue V needs it: type = "dark"`},
		{"midpoint without the type", "dark", "4.4", own, named + "order_types = [\"limit\"]", "caps = [\"midpoint\"]", `order_types: lacks "midpoint"; venue V needs it: caps has "midpoint"`},
		{"d-limit without the type", "lit", "4.4", "profile = { order_types = [\"limit\"] }", "", "caps = [\"d-limit\"]", `venue[V].orders.profile.order_types: lacks "d-limit"`},
		{"internalizer without IOC", "internalizer", "4.4", own, named + "tifs = [\"day\"]", "", `tifs: lacks "ioc"; venue V needs it: type = "internalizer"`},
		{"bust path", "lit", "4.4", own, named + "bust_path = \"fax\"", "", `p.toml: bust_path: is "fax"; want session, drop-copy or next-day`},
		{"all for cancels", "lit", "4.4", own, named + "cancel_pct = 100", "", `cancel_pct: is 100; want a number from 0 to 90`},
		{"liquidity", "lit", "4.4", own, named + "liquidity = { A = \"adds\" }", "", `p.toml: liquidity.A: is "adds"; known: added, added_hidden`},
		{"party without id", "lit", "4.4", own, named + "parties = [{ role = 1 }]", "", `p.toml: parties[1].id: is missing`},
		{"party without role", "lit", "4.4", own, named + "parties = [{ id = \"F\" }]", "", `p.toml: parties[1].role: is missing`},
		{"party source", "lit", "4.4", own, named + "parties = [{ id = \"F\", role = 1, source = \"DD\" }]", "", `p.toml: parties[1].source: is "DD"; want one character`},
		{"party in 4.2", "lit", "4.2", own, named + "parties = [{ id = \"F\", role = 12 }]", "", `p.toml: parties[1].role: is 12 in FIX 4.2; want 1 (76) or 3 (109)`},
		{"a separator in a value", "lit", "4.4", own, named + "account = \"A\\u0001B\"", "", `p.toml: account: `},
		{"mass cancel in 4.2", "lit", "4.2", "", "", "caps = [\"mass-cancel\"]", `venue[V].caps: has "mass-status" or "mass-cancel" although orders.version = "4.2"`},
		{"mass status in 4.2", "lit", "4.2", "", "", "caps = [\"mass-status\"]", `although orders.version = "4.2"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := loadFloor(t, c.file, floor(c.kind, c.version, c.profile, c.more))
			var ps Problems
			if !errors.As(err, &ps) {
				t.Fatalf("got %v, want Problems", err)
			}
			if !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %q\nwant it to contain %q", err, c.want)
			}
			for _, p := range ps {
				if p.File == "" || p.Remedy == "" {
					t.Errorf("problem without file or remedy: %+v", p)
				}
			}
		})
	}
}

// A file's problems come with those of the configuration, all at once.
func TestProfileProblemsAtOnce(t *testing.T) {
	_, err := loadFloor(t, "nam = \"v\"\nversion = \"1\"\nclordid_max = 8\nbust_path = \"fax\"", floor("lit", "4.4", "profile = \"p.toml\"\nheartbat = \"30s\"", "caps = [\"fly\"]"))
	var ps Problems
	if !errors.As(err, &ps) || len(ps) != 6 {
		t.Fatalf("got %v, want 6 problems", err)
	}
}

// The widest and the narrowest alphabets that our ids fit.
func TestAlphabets(t *testing.T) {
	for _, spec := range []string{"A-Z0-9-", "-A-Z0-9", "0123456789A-Z-", "!-~", "a-zA-Z0-9_-"} {
		if _, err := loadFloor(t, "", floor("lit", "4.4", fmt.Sprintf("profile = { clordid_chars = %q, clordid_max = 20 }", spec), "")); err != nil {
			t.Errorf("%q: %v", spec, err)
		}
	}
}

// What is shipped loads, and the files of the recorded days use the shipped profiles.
func TestShippedProfiles(t *testing.T) {
	used := map[string]bool{}
	for _, path := range []string{"../../scenarios/replay-amzn.toml", "../../scenarios/replay-tape.toml"} {
		f, err := Load(path)
		if err != nil {
			t.Fatal(err)
		}
		for i := range f.Venues {
			used[f.Venues[i].Orders.Profile.String()] = true
		}
	}
	for _, want := range []string{"exchange 1 (../../scenarios/profiles/exchange.toml)", "dark 1 (../../scenarios/profiles/dark.toml)"} {
		if !used[want] {
			t.Errorf("no venue uses %s, but %v", want, used)
		}
	}
}
