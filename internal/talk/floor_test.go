package talk

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/sluice-sor/sluice/serve/config"
)

// The sessions of every script: two clients, three displayed venues.
var (
	clientNames = [...]string{"client", "other"}
	venueNames  = [...]string{"LITX", "LITY", "LITZ"}
)

// symbol is what everything trades.
const symbol = "ABC"

// place is what differs between the two stages.
type place struct {
	run     string // told apart in CompIDs
	client  string // version
	venue   string // version
	clients []string
	venues  []string
	ports   []string          // by venues
	tactics map[string]string // of the stage; a script's own come after
}

// toml gives the value of a key: numbers, flags and [lists,of,words] need no quotes in a script.
func toml(v string) string {
	if list, ok := strings.CutPrefix(v, "["); ok {
		words := strings.FieldsFunc(strings.TrimSuffix(list, "]"), func(r rune) bool { return r == ',' })
		for i := range words {
			words[i] = strconv.Quote(words[i])
		}
		return "[" + strings.Join(words, ", ") + "]"
	}
	if _, err := strconv.ParseFloat(strings.ReplaceAll(v, "_", ""), 64); err == nil || v == "true" || v == "false" {
		return v
	}
	return strconv.Quote(v)
}

// configure writes and reads the configuration of a script.
func (p *place) configure(t testing.TB, s *script) *config.File {
	t.Helper()
	keys := map[string]map[string]string{
		"router":   {"http_addr": `""`, "metrics_addr": `""`},
		"tactics":  {"post_clip_shares": "100_000"},
		"learning": {"off": "true"},
		"limits":   {"may_be_off": `["RISK-06", "RISK-10", "MD-01"]`}, // no quote grows old while a conversation pauses
		"client":   {"allow_reset": "true"},
		"venue":    {"type": `"lit"`, "caps": `["status", "post-only"]`, "quote_ttl": `"0s"`},
		"profile":  {},
		"hours":    {}, // none: always open
	}
	for k, v := range p.tactics {
		keys["tactics"][k] = v
	}
	for _, w := range s.with {
		table, key, _ := strings.Cut(w.key, ".")
		if keys[table] == nil {
			t.Fatalf("%s: %q is no table that a script may change", s.name, table)
		}
		keys[table][key] = toml(w.value)
	}
	var b strings.Builder
	table := func(head, name string) {
		if name == "hours" && len(keys[name]) == 0 {
			return
		}
		b.WriteString(head + "\n")
		for k, v := range keys[name] {
			fmt.Fprintf(&b, "%s = %s\n", k, v)
		}
	}
	table("[router]", "router")
	table("[tactics]", "tactics")
	table("[learning]", "learning")
	table("[limits]", "limits")
	table("[hours]", "hours")
	fmt.Fprintf(&b, "[fix]\nlisten_addr = \"127.0.0.1:0\"\ncomp_id = \"SOR%s\"\n", p.run)
	for _, c := range p.clients {
		table("[[client]]", "client")
		fmt.Fprintf(&b, "name = %q\ncomp_id = \"%s%s\"\nversion = %q\n", c, strings.ToUpper(c), p.run, plain(p.client))
	}
	for i, v := range p.venues {
		table("[[venue]]", "venue")
		fmt.Fprintf(&b, "name = %[1]q\nmic = %[1]q\nhistory = { latency_us = %[2]d, fill_rate_pct = %[3]d, impact = %[4]d }\n[venue.orders]\naddr = \"127.0.0.1:%[5]s\"\n"+
			"their_comp_id = \"%[1]s%[6]s\"\nversion = %[7]q\n", v, 100+100*i, 98-4*i, 4+i, p.ports[i], p.run, plain(p.venue))
		table("[venue.orders.profile]", "profile")
		b.WriteString("[[venue.fees]]\nfrom = \"2020-01-01\"\nper_share_usd = { added = \"-0.0020\", removed = \"0.0030\" }\n")
	}
	fmt.Fprintf(&b, "[[instrument]]\nsymbol = %q\nadv_shares = 3_000_000\nprior_close_usd = \"50\"\n", symbol)
	path := filepath.Join(t.TempDir(), "router.toml")
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := config.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	return file
}
