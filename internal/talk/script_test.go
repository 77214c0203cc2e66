package talk

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// A script is one conversation.
type script struct {
	file  string
	name  string
	cites []string
	with  []setting
	lines []line
	wire  bool   // played over FIX in every test run
	words string // the one version that it is for, because it lists 20; empty for all
}

// A setting is a key of the router's configuration.
type setting struct{ key, value string }

// op is what a line does.
type op uint8

const (
	opNothing op = iota // words, settings
	opSay
	opHear
	opChild
	opTime
	opLink
	opQuote
	opDesk
	opRestart
)

// A line is one line of a script.
type line struct {
	text string
	at   int // line number in its file
	op   op
	peer string // "client", "other", "LITX"; "alert" hears alerts
	msg  message
	args []string
}

// cited finds rules and rows of the FIX order state matrices.
var cited = regexp.MustCompile(`\b(?:RACE|DEF|ER|REC|FIX|RISK|DK)-\d\d\b|\b[A-L]\.\d\.[a-z]\b|\b4\.\d-\w+\b|\b5\.0-\w\.\d\.\w\b`)

func readScripts(t testing.TB) []*script {
	t.Helper()
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	var out []*script
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		s, err := parseScripts(f, string(b))
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, s...)
	}
	return out
}

func parseScripts(file, text string) (out []*script, err error) {
	var s *script
	for i, raw := range strings.Split(strings.TrimRight(text, "\n"), "\n") {
		if name, ok := strings.CutPrefix(raw, "== "); ok {
			s = &script{file: file, name: name}
			out = append(out, s)
			s.cite(name)
			continue
		}
		if s == nil {
			if raw != "" && !strings.HasPrefix(raw, "#") {
				return nil, fmt.Errorf("%s:%d: %q stands before the first ==", file, i+1, raw)
			}
			s = &script{file: file}
			out = append(out, s)
		}
		l := line{text: raw, at: i + 1}
		if err := s.parse(&l); err != nil {
			return nil, fmt.Errorf("%s:%d: %q: %w", file, i+1, raw, err)
		}
		s.lines = append(s.lines, l)
	}
	return out, nil
}

func (s *script) cite(text string) {
	for _, c := range cited.FindAllString(text, -1) {
		if !slices.Contains(s.cites, c) {
			s.cites = append(s.cites, c)
		}
	}
}

func (s *script) parse(l *line) (err error) {
	switch {
	case strings.TrimSpace(l.text) == "":
		return nil
	case strings.HasPrefix(l.text, "#"):
		s.cite(l.text)
		return nil
	}
	words, err := split(l.text)
	if err != nil {
		return err
	}
	l.args = words[1:]
	switch word := words[0]; {
	case word == "with":
		for _, w := range l.args {
			k, v, ok := strings.Cut(w, "=")
			if !ok {
				return fmt.Errorf("%q is no KEY=VALUE", w)
			}
			s.with = append(s.with, setting{k, v})
		}
	case word == "venue":
		err = l.talk(words[1], words[2:])
	case strings.HasSuffix(word, ">"), strings.HasSuffix(word, "<"):
		err = l.talk(word, words[1:])
	case word == "alert":
		l.op, l.peer, l.msg.kind = opHear, "alert", words[1]
	case word == "child":
		l.op = opChild
		l.msg.fields, err = fields(words[2:])
	case word == "wire":
		s.wire = true
	case word == "time":
		l.op = opTime
	case word == "link":
		l.op = opLink
	case word == "quote":
		l.op = opQuote
	case word == "desk":
		l.op = opDesk
	case word == "restart":
		l.op = opRestart
	default:
		return fmt.Errorf("unknown word")
	}
	if l.msg.has(20) {
		s.words = fix42
	}
	return err
}

func (l *line) talk(peer string, words []string) (err error) {
	l.op = opSay
	if strings.HasSuffix(peer, "<") {
		l.op = opHear
	}
	l.peer = peer[:len(peer)-1]
	if len(words) == 0 {
		return fmt.Errorf("a message type is missing")
	}
	l.msg.kind = words[0]
	l.msg.fields, err = fields(words[1:])
	return err
}

func fields(words []string) (out []field, err error) {
	for _, w := range words {
		tag, value, ok := strings.Cut(w, "=")
		n, err := strconv.Atoi(tag)
		if !ok || err != nil {
			return nil, fmt.Errorf("%q is no TAG=VALUE", w)
		}
		out = append(out, field{n, value})
	}
	return out, nil
}

// split cuts a line at its spaces; a value in quotes keeps its own.
func split(text string) (words []string, err error) {
	for text = strings.TrimSpace(text); text != ""; text = strings.TrimLeft(text, " ") {
		if i := strings.IndexAny(text, ` "`); i >= 0 && text[i] == '"' {
			q, err := strconv.QuotedPrefix(text[i:])
			if err != nil {
				return nil, err
			}
			v, _ := strconv.Unquote(q)
			words, text = append(words, text[:i]+v), text[i+len(q):]
			continue
		}
		word, rest, _ := strings.Cut(text, " ")
		words, text = append(words, word), rest
	}
	return words, nil
}
