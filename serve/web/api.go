package web

import (
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/sluice-sor/sluice/internal/order"
)

func (s *site) state(w http.ResponseWriter, r *http.Request) {
	s.json(w, http.StatusOK, s.seen(r).Snapshot())
}
func (s *site) venues(w http.ResponseWriter, r *http.Request) {
	s.json(w, http.StatusOK, s.seen(r).Snapshot().Venues)
}

func (s *site) parent(w http.ResponseWriter, r *http.Request) {
	id, ok := s.id(w, r)
	if !ok {
		return
	}
	d, ok := s.seen(r).Parent(order.ParentID(id))
	if !ok {
		s.refuse(w, http.StatusNotFound, "parent "+r.PathValue("id")+" is not kept here; `sluice report` reads the store")
		return
	}
	s.json(w, http.StatusOK, d)
}

func (s *site) decision(w http.ResponseWriter, r *http.Request) {
	id, ok := s.id(w, r)
	if !ok {
		return
	}
	d, ok := s.seen(r).Decision(id)
	if !ok {
		s.noDecision(w, r)
		return
	}
	s.json(w, http.StatusOK, d)
}

func (s *site) explanation(w http.ResponseWriter, r *http.Request) {
	id, ok := s.id(w, r)
	if !ok {
		return
	}
	x, ok := s.seen(r).Explain(id)
	if !ok {
		s.noDecision(w, r)
		return
	}
	s.json(w, http.StatusOK, x)
}

func (s *site) noDecision(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	s.refuse(w, http.StatusNotFound, "decision "+id+" is not kept here; `sluice report --decision "+id+"` reads the store")
}

func (s *site) childExplanation(w http.ResponseWriter, r *http.Request) {
	id, ok := s.id(w, r)
	if !ok {
		return
	}
	x, ok := s.seen(r).ExplainChild(order.ChildID(id))
	if !ok {
		name := r.PathValue("id")
		s.refuse(w, http.StatusNotFound, "child "+name+" or its decision is not kept here; `sluice report --child "+name+"` reads the store")
		return
	}
	s.json(w, http.StatusOK, x)
}

func (s *site) id(w http.ResponseWriter, r *http.Request) (uint64, bool) {
	id, err := strconv.ParseUint(r.PathValue("id"), 10, 64)
	if err != nil || id == 0 {
		s.refuse(w, http.StatusBadRequest, "an id is a whole number from 1")
		return 0, false
	}
	return id, true
}

// answer gives what another part of the router answers.
func (s *site) answer(w http.ResponseWriter, r *http.Request, f func(*http.Request) (any, int, error)) {
	body, status, err := f(r)
	switch {
	case err != nil && status == 0:
		s.refuse(w, http.StatusInternalServerError, err.Error())
	case err != nil:
		s.refuse(w, status, err.Error())
	case status == 0:
		s.json(w, http.StatusOK, body)
	default:
		s.json(w, status, body)
	}
}

func (s *site) refuse(w http.ResponseWriter, status int, text string) {
	s.json(w, status, map[string]string{"error": text})
}

func (s *site) json(w http.ResponseWriter, status int, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		s.log.Error("answer not encoded", "err", err)
		http.Error(w, `{"error":"the answer could not be encoded; the log says why"}`, http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(append(b, '\n')) // the reader is gone if it fails
}
