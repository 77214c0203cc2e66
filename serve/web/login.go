package web

import (
	"bytes"
	"errors"
	"net/http"

	"github.com/sluice-sor/sluice/serve/access"
)

// accessRoutes are those of people who log in and act.
func (s *site) accessRoutes() []route {
	return []route{
		{"GET /login", "", s.showLogin},
		{"POST /login", takesForm, s.login},
		{"POST /setup", takesForm, s.setup},
		{"POST /logout", takesForm, s.logout},
		{"POST /act", takesForm, s.actForm},
		{"POST /approve", takesForm, s.approveForm},
		{"POST /api/v1/actions", takesJSON, s.actJSON},
		{"GET /api/v1/approvals", "", s.approvals},
		{"POST /api/v1/approvals/{id}", takesJSON, s.approveJSON},
		{"GET /api/v1/me", "", s.me},
	}
}

// loginPage is what the login page shows.
type loginPage struct {
	Setup bool   // there is no user yet
	File  string // that has the setup token
	Bad   string // why the last attempt was none
	Name  string
	Plain bool // the page is not encrypted
}

func (s *site) showLogin(w http.ResponseWriter, r *http.Request) {
	if readerOf(r) != nil {
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return
	}
	s.loginPage(w, http.StatusOK, loginPage{})
}

func (s *site) loginPage(w http.ResponseWriter, status int, p loginPage) {
	p.File = s.access.Gate.SetupFile()
	p.Setup, p.Plain = p.File != "", !s.access.TLS
	var b bytes.Buffer
	if err := s.pages.ExecuteTemplate(&b, "login", p); err != nil {
		s.log.Error("page not rendered", "err", err)
		http.Error(w, "the page could not be rendered; the log says why", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes()) // the reader is gone if it fails
}

// formMax bounds a form's body, and a JSON action's, in bytes.
const formMax = 16 << 10

// form reads a small form, and says itself what is wrong with one.
func (s *site) form(w http.ResponseWriter, r *http.Request) bool {
	r.Body = http.MaxBytesReader(w, r.Body, formMax)
	var tooLarge *http.MaxBytesError
	switch err := r.ParseForm(); {
	case errors.As(err, &tooLarge):
		http.Error(w, "this form is too long", http.StatusRequestEntityTooLarge)
	case err != nil:
		http.Error(w, "this form cannot be read", http.StatusBadRequest)
	default:
		return true
	}
	return false
}

func (s *site) login(w http.ResponseWriter, r *http.Request) {
	s.enter(w, r, func(from string) (*access.Session, error) {
		return s.access.Gate.Login(r.PostForm.Get("name"), r.PostForm.Get("password"), from)
	})
}

func (s *site) setup(w http.ResponseWriter, r *http.Request) {
	s.enter(w, r, func(from string) (*access.Session, error) {
		f := r.PostForm
		if f.Get("password") != f.Get("again") {
			return nil, errors.New("the two passwords are not the same")
		}
		return s.access.Gate.Setup(f.Get("token"), f.Get("name"), f.Get("password"), from)
	})
}

// enter begins a session by a form of the login page, from a page of ours only: nobody is logged in as somebody else by
// another site. A session that the browser had ends.
func (s *site) enter(w http.ResponseWriter, r *http.Request, begin func(from string) (*access.Session, error)) {
	if !s.sameOrigin(r) {
		http.Error(w, "this form did not come from this page: open /login and try again", http.StatusForbidden)
		return
	}
	if !s.form(w, r) {
		return
	}
	session, err := begin(addressOf(r))
	if err != nil {
		status := http.StatusUnauthorized
		if errors.Is(err, access.ErrLocked) || errors.Is(err, access.ErrBusy) {
			status = http.StatusTooManyRequests
			w.Header().Set("Retry-After", "60")
		}
		s.loginPage(w, status, loginPage{Bad: err.Error(), Name: r.PostForm.Get("name")})
		return
	}
	if who := readerOf(r); who != nil && who.session != "" {
		s.access.Gate.Logout(who.session)
	}
	s.setCookie(w, session.ID)
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

func (s *site) logout(w http.ResponseWriter, r *http.Request) {
	who, ok := s.formOfSession(w, r)
	if !ok {
		return
	}
	s.access.Gate.Logout(who.session)
	s.setCookie(w, "")
	http.Redirect(w, r, "/login", http.StatusSeeOther)
}
