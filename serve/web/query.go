package web

import (
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/sluice-sor/sluice/internal/order"
)

// page is one of the pages: its address, and the panels that make it. Every panel is a template of its name.
type page struct {
	Name, Path, Title string
	all               []string // panels that look the same for every reader
	own               []string // panels that follow what the reader chose
}

// pages are the pages in the order of the navigation.
func pages() []page {
	return []page{
		{"orders", "/", "Orders", []string{"status", "notices"}, []string{"filter", "blotter", "steer", "parent", "decision"}},
		{"venues", "/venues", "Venues", []string{"status", "notices", "board", "traffic", "books"}, nil},
		{"models", "/models", "Models", []string{"status", "notices", "versions", "ledger"}, []string{"modelacts"}},
		{"experiment", "/experiment", "Experiment", []string{"status", "notices", "trial"}, []string{"trialacts"}},
		{"risk", "/risk", "Risk", []string{"status", "notices", "riskstate", "uses", "sessions", "desks", "alerts", "decisions"}, []string{"kill"}},
	}
}

// pageOf gives the page of a name, the first for one that is unknown.
func pageOf(name string) page {
	all := append(pages(), confirmPage())
	if i := slices.IndexFunc(all, func(p page) bool { return p.Name == name }); i >= 0 {
		return all[i]
	}
	return all[0]
}

// query is what the reader chose to look at. All of it is in the address, so that it can be shared. Zero follows the newest parent
// and filters nothing.
type query struct {
	Page                         page
	Parent                       order.ParentID
	Decision                     uint64
	Status, Symbol, Client, Text string
	Sort                         string // column of the blotter, with a minus for descending; empty = newest first
	At                           int    // page of the blotter, from 1
}

// maxText bounds what is searched for.
const maxText = 64

// asked reads a query. What makes no sense counts as not said.
func asked(r *http.Request, p page) query {
	q := r.URL.Query()
	number := func(key string) uint64 {
		n, _ := strconv.ParseUint(q.Get(key), 10, 64) // what is no number follows the newest
		return n
	}
	text := func(key string) string {
		s := strings.TrimSpace(q.Get(key))
		return strings.ToValidUTF8(s[:min(len(s), maxText)], "")
	}
	out := query{Page: p, Parent: order.ParentID(number("parent")), Decision: number("decision"), Status: text("status"), Symbol: text("symbol"),
		Client: text("client"), Text: text("q"), Sort: text("sort"), At: int(max(1, min(number("at"), 1_000_000)))}
	if !slices.ContainsFunc(statuses(), func(s status) bool { return s.Name == out.Status }) {
		out.Status = ""
	}
	if !slices.Contains(sortable(), strings.TrimPrefix(out.Sort, "-")) {
		out.Sort = ""
	}
	return out
}

// values is the query as it stands in an address, without what is not said.
func (q query) values() url.Values {
	v := url.Values{}
	set := func(key, value string) {
		if value != "" && value != "0" {
			v.Set(key, value)
		}
	}
	set("parent", strconv.FormatUint(uint64(q.Parent), 10))
	set("decision", strconv.FormatUint(q.Decision, 10))
	set("status", q.Status)
	set("symbol", q.Symbol)
	set("client", q.Client)
	set("q", q.Text)
	set("sort", q.Sort)
	if q.At > 1 {
		set("at", strconv.Itoa(q.At))
	}
	return v
}

// address gives the page's address for the query.
func (q query) address() template.URL {
	if v := q.values(); len(v) > 0 {
		return template.URL(q.Page.Path + "?" + v.Encode()) //nolint:gosec // encoded here, under our own path
	}
	return template.URL(q.Page.Path) //nolint:gosec // one of our own paths
}

// ToParent is the address that selects a parent and keeps the blotter as it is.
func (q query) ToParent(id order.ParentID) template.URL {
	q.Page, q.Parent, q.Decision = pageOf("orders"), id, 0
	return q.address()
}

// ToDecision is the address that explains a decision of a parent.
func (q query) ToDecision(id order.ParentID, decision uint64) template.URL {
	q.Page, q.Parent, q.Decision = pageOf("orders"), id, decision
	return q.address()
}

// ToSort is the address that sorts by a column: descending first, then ascending.
func (q query) ToSort(column string) template.URL {
	if q.Sort == "-"+column {
		q.Sort = column
	} else {
		q.Sort = "-" + column
	}
	q.At = 1
	return q.address()
}

// ToAt is the address of another page of the blotter.
func (q query) ToAt(at int) template.URL {
	q.At = at
	return q.address()
}

// ToAll is the address without a filter.
func (q query) ToAll() template.URL {
	q.Status, q.Symbol, q.Client, q.Text, q.At = "", "", "", "", 1
	return q.address()
}

// ToStatus is the address that shows parents of one status.
func (q query) ToStatus(name string) template.URL {
	q.Status, q.At = name, 1
	return q.address()
}

// Filtered reports whether not all parents are shown.
func (q query) Filtered() bool {
	return q.Status != "" || q.Symbol != "" || q.Client != "" || q.Text != ""
}
