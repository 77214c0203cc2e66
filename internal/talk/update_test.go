package talk

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

// listed are the tags that a new line of a message shows.
func listed(peer, kind string) []int {
	switch {
	case kind == "8":
		return []int{11, 150, 39, 38, 14, 151}
	case kind == "9":
		return []int{11, 41, 39, 434, 102}
	case kind == "D":
		return []int{11, 38, 44, 59}
	case kind == "G":
		return []int{11, 41, 38, 44}
	case kind == "F":
		return []int{11, 41}
	case kind == "H":
		return []int{11}
	case peer == "alert":
		return nil
	case kind == "r":
		return []int{11, 530, 531, 532, 533}
	}
	return []int{11, 58}
}

// rewriter plays a script in 4.4 and writes down what is heard.
type rewriter struct {
	*player
	out   []line
	block []line         // expectations of the present step, to take their tags from
	after []line         // what else stands in the present step
	said  map[string]int // the line in out of a report to a client, by its 17
	names int
}

// rewrite puts what is heard in place of what the script expects.
func rewrite(t *testing.T, s *script) {
	t.Helper()
	if s.name == "" {
		return
	}
	v := s.pairs()[0]
	r := &rewriter{player: newPlayer(newEngineStage(t, s, v[0], v[1]), true), said: map[string]int{}}
	var step *line
	for i := range s.lines {
		l := &s.lines[i]
		switch l.op {
		case opHear:
			r.block = append(r.block, *l)
			continue
		case opNothing, opChild:
			r.after = append(r.after, *l)
			continue
		}
		r.flush(t)
		step = l
		r.out = append(r.out, *l)
		if err := r.act(step); err != nil {
			t.Errorf("%s:%d: %s: %v", s.file, l.at, l.text, err)
			r.flush(t)
			s.lines = append(r.out, s.lines[i+1:]...)
			return
		}
	}
	r.flush(t)
	s.lines = r.out
}

// flush writes the present step: what was heard, then the other lines.
func (r *rewriter) flush(t *testing.T) {
	for _, h := range r.stage.rest() {
		r.learn(h.peer, h.msg)
		r.write(h)
	}
	for _, l := range r.after {
		if l.op == opChild {
			got, err := r.stage.child(r.value(l.args[0]))
			if err != nil {
				t.Error(err)
			}
			text := "child " + l.args[0]
			for _, f := range l.msg.fields {
				text += fmt.Sprintf(" %d=%s", f.tag, quoted(got.get(f.tag)))
			}
			l.text = text
		}
		r.out = append(r.out, l)
	}
	r.block, r.after = nil, nil
}

func (r *rewriter) write(h heard) {
	var old *line
	for i := range r.block {
		if b := &r.block[i]; b.peer == h.peer && b.msg.kind == h.msg.kind {
			old = b
			break
		}
	}
	tags := listed(h.peer, h.msg.kind)
	if old != nil {
		tags = nil
		for _, f := range old.msg.fields {
			tags = append(tags, f.tag)
			if strings.HasPrefix(f.value, "$") && r.vars[f.value] == "" {
				r.vars[f.value] = h.msg.get(f.tag)
			}
		}
	}
	for _, tag := range telling {
		if h.msg.has(tag) && !slices.Contains(tags, tag) {
			tags = append(tags, tag)
		}
	}
	m := message{kind: h.msg.kind}
	for _, tag := range tags {
		m.fields = append(m.fields, field{tag, r.named(h, tag)})
	}
	r.out = append(r.out, line{peer: h.peer, msg: m, op: opHear, text: heardText(h.peer, m)})
	if !isVenue(h.peer) && h.msg.has(17) {
		r.said[h.msg.get(17)] = len(r.out) - 1
	}
	if old != nil {
		*old = line{}
	}
}

func heardText(peer string, m message) string {
	switch {
	case peer == "alert":
		return "alert " + m.kind
	case isVenue(peer):
		peer = "venue " + peer
	}
	return peer + "< " + m.String()
}

// named gives a value as the script says it: ids that we made have names.
func (r *rewriter) named(h heard, tag int) string {
	v := h.msg.get(tag)
	ours := isVenue(h.peer) && (tag == 11 || tag == 41) || tag == 17 || tag == 19 || tag == 37
	if !ours || v == "" {
		return v
	}
	for name, is := range r.vars {
		if is == v {
			return name
		}
	}
	if tag == 37 { // named only where the script says so
		return v
	}
	name := ""
	if tag == 19 { // name the report that it takes back
		i, ok := r.said[v]
		if !ok {
			return v
		}
		name = r.fresh("$e")
		l := &r.out[i]
		l.msg.fields = append(l.msg.fields, field{17, name})
		l.text = heardText(l.peer, l.msg)
	} else {
		name = r.fresh("$")
	}
	r.vars[name] = v
	return name
}

func (r *rewriter) fresh(prefix string) string {
	for {
		r.names++
		name := prefix
		if prefix == "$" {
			name += string(rune('a' + r.names - 1))
		} else {
			name += fmt.Sprint(r.names)
		}
		if _, used := r.vars[name]; !used {
			return name
		}
	}
}

func writeScripts(t *testing.T, scripts []*script) {
	t.Helper()
	texts := map[string]*strings.Builder{}
	for _, s := range scripts {
		b := texts[s.file]
		if b == nil {
			b = &strings.Builder{}
			texts[s.file] = b
		}
		if s.name != "" {
			fmt.Fprintf(b, "== %s\n", s.name)
		}
		for _, l := range s.lines {
			b.WriteString(l.text + "\n")
		}
	}
	for file, b := range texts {
		if err := os.WriteFile(file, []byte(strings.TrimRight(b.String(), "\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
