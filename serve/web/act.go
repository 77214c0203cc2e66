package web

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/sluice-sor/sluice/serve/access"
	"github.com/sluice-sor/sluice/serve/act"
)

// formOfSession reads a form of somebody who is logged in, from a page of ours; it says itself what is wrong with one.
func (s *site) formOfSession(w http.ResponseWriter, r *http.Request) (*reader, bool) {
	who := readerOf(r)
	if who == nil || who.session == "" {
		http.Redirect(w, r, "/login", http.StatusSeeOther) // nothing was done
		return nil, false
	}
	if !s.form(w, r) {
		return nil, false
	}
	if !s.fromPage(r, who, r.PostForm.Get("csrf")) {
		http.Error(w, "nothing was done: this form is not of your session; go back, reload the page, and try again", http.StatusForbidden)
		return nil, false
	}
	return who, true
}

// actForm does what a form of the page asks, and leaves what became of it for the next page.
func (s *site) actForm(w http.ResponseWriter, r *http.Request) {
	who, ok := s.formOfSession(w, r)
	if !ok {
		return
	}
	a, err := act.ParseForm(r.PostForm)
	var done act.Outcome
	if err == nil {
		done, err = s.access.Desk.Do(r.Context(), who.person, *a)
	}
	s.tell(w, r, who, done, err)
}

// approveForm approves what waits, or, with deny, drops it.
func (s *site) approveForm(w http.ResponseWriter, r *http.Request) {
	who, ok := s.formOfSession(w, r)
	if !ok {
		return
	}
	id, err := strconv.ParseUint(r.PostForm.Get("id"), 10, 64)
	var done act.Outcome
	if err != nil {
		err = errors.New("the form names no number that waits")
	} else {
		done, err = s.access.Desk.Approve(r.Context(), who.person, id, r.PostForm.Get("deny") == "", r.PostForm.Get("reason"))
	}
	s.tell(w, r, who, done, err)
}

// tell sends the browser back to where it was.
func (s *site) tell(w http.ResponseWriter, r *http.Request, who *reader, done act.Outcome, err error) {
	f := access.Flash{Text: done.Text}
	if err != nil {
		f = access.Flash{Text: err.Error(), Bad: true}
	}
	s.access.Gate.Tell(who.session, f)
	http.Redirect(w, r, back(r.PostForm.Get("back")), http.StatusSeeOther) //nolint:gosec // back lets only paths of this page pass
}

// back is where a form wants to return to: a path of ours, or the page.
func back(path string) string {
	u, err := url.Parse(path)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || strings.ContainsAny(path, "\\\r\n\t") {
		return "/"
	}
	return path
}

// jsonOfPerson reads a small JSON body of somebody who is known: a program by its token, or a page with the header that
// only a page of ours can set.
func (s *site) jsonOfPerson(w http.ResponseWriter, r *http.Request) (*reader, []byte, bool) {
	who := readerOf(r)
	switch {
	case who == nil:
		w.Header().Set("WWW-Authenticate", "Bearer")
		s.refuse(w, http.StatusUnauthorized, "log in, or send a token: Authorization: Bearer sluice_…")
		return nil, nil, false
	case who.session != "" && !s.fromPage(r, who, r.Header.Get("X-CSRF-Token")):
		s.refuse(w, http.StatusForbidden, "nothing was done: a session needs its X-CSRF-Token, and an Origin that is this page's")
		return nil, nil, false
	}
	b, err := io.ReadAll(http.MaxBytesReader(w, r.Body, formMax))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		s.refuse(w, http.StatusRequestEntityTooLarge, "the body is longer than "+strconv.Itoa(formMax)+" bytes")
		return nil, nil, false
	case err != nil:
		s.refuse(w, http.StatusBadRequest, "the body did not come")
		return nil, nil, false
	}
	return who, b, true
}

func (s *site) actJSON(w http.ResponseWriter, r *http.Request) {
	who, body, ok := s.jsonOfPerson(w, r)
	if !ok {
		return
	}
	a, err := act.ParseJSON(body)
	if err != nil {
		s.refuse(w, http.StatusBadRequest, err.Error())
		return
	}
	done, err := s.access.Desk.Do(r.Context(), who.person, *a)
	s.outcome(w, done, err)
}

// outcome answers with what became of an action.
func (s *site) outcome(w http.ResponseWriter, done act.Outcome, err error) {
	if err == nil {
		s.json(w, http.StatusOK, done)
		return
	}
	s.refuse(w, statusOf(err), err.Error())
}

// statusOf is the status of a refusal.
func statusOf(err error) int {
	var r *act.Refusal
	if !errors.As(err, &r) {
		return http.StatusInternalServerError
	}
	switch r.Kind {
	case act.Invalid:
		return http.StatusBadRequest
	case act.Forbidden:
		return http.StatusForbidden
	case act.Conflict:
		return http.StatusConflict
	case act.Busy:
		return http.StatusTooManyRequests
	case act.Broken:
	}
	return http.StatusServiceUnavailable
}

func (s *site) approvals(w http.ResponseWriter, r *http.Request) {
	who := readerOf(r)
	if who == nil {
		s.refuse(w, http.StatusUnauthorized, "log in, or send a token: Authorization: Bearer sluice_…")
		return
	}
	s.json(w, http.StatusOK, s.access.Desk.Approvals(who.person))
}

func (s *site) approveJSON(w http.ResponseWriter, r *http.Request) {
	id, ok := s.id(w, r)
	if !ok {
		return
	}
	who, body, ok := s.jsonOfPerson(w, r)
	if !ok {
		return
	}
	var q struct {
		Approve *bool  `json:"approve"`
		Reason  string `json:"reason"`
	}
	if err := json.Unmarshal(body, &q); err != nil || q.Approve == nil {
		s.refuse(w, http.StatusBadRequest, `want {"approve":true,"reason":"…"}, or false to drop it`)
		return
	}
	done, err := s.access.Desk.Approve(r.Context(), who.person, id, *q.Approve, q.Reason)
	s.outcome(w, done, err)
}

// me says who asks, and what they may ask for.
func (s *site) me(w http.ResponseWriter, r *http.Request) {
	who := readerOf(r)
	if who == nil {
		s.refuse(w, http.StatusUnauthorized, "log in, or send a token: Authorization: Bearer sluice_…")
		return
	}
	may := []string{}
	for _, do := range append(act.Actions(), act.Approve) {
		if act.May(who.person, do) {
			may = append(may, do)
		}
	}
	s.json(w, http.StatusOK, map[string]any{"name": who.person.Name, "roles": who.person.RoleNames(), "clients": who.person.Clients, "may": may, "csrf": who.csrf})
}
