package fixgw

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/quickfixgo/quickfix"

	"github.com/sluice-sor/sluice/fixgw/session"
)

// The scripts are conversations with an acceptor that echoes application messages. Where one expects an echo, our
// answer to the message (an 8 that refuses it: the orders of the scripts have no quantity) must have the number, and in
// a resend the PossDupFlag, that the echo would have.

// differs names the scripts that cannot pass, with the rule that makes it so.
var differs = map[string]string{}

func acceptanceDir(t *testing.T, name string) string {
	t.Helper()
	root := os.Getenv("SLUICE_DATA")
	if root == "" {
		root = filepath.Join("..", "..", "shared", "data")
	}
	dir := filepath.Join(root, "fix", "acceptance", name)
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("the acceptance scripts are not here: %v", err)
	}
	return dir
}

func TestSessionAcceptance(t *testing.T) {
	if testing.Short() {
		t.Skip("the scripts wait for heartbeats")
	}
	var passed, differed, failed int
	for _, one := range []struct{ version, dir, peer string }{{FIX42, "fix42", "TW42"}, {FIX44, "fix44", "TW44"}} {
		scripts, err := filepath.Glob(filepath.Join(acceptanceDir(t, one.dir), "*.def"))
		must(t, err)
		for _, path := range scripts {
			name := one.dir + "/" + strings.TrimSuffix(filepath.Base(path), ".def")
			err := runScript(t, path, one.version, one.peer, differs[name] != "")
			switch rule := differs[name]; {
			case err == nil && rule == "":
				passed++
			case err != nil && rule != "":
				differed++
				t.Logf("%s differs by %s: %v", name, rule, err)
			case err == nil:
				failed++
				t.Errorf("%s passes, and is listed as different by %s", name, rule)
			default:
				failed++
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	t.Logf("session acceptance: %d pass, %d differ by design, %d fail", passed, differed, failed)
}

// runScript plays one script against a client acceptor of its own.
func runScript(t *testing.T, path, version, peer string, brief bool) error {
	text, err := os.ReadFile(path)
	must(t, err)
	common := side(t, true, &alarms{})
	clients, err := NewClients(ClientsConfig{Common: common, Acceptor: acceptor(), Sink: &sink{}, Clients: []ClientConfig{{
		Session: session.Config{BeginString: version, SenderCompID: "ISLD", TargetCompID: peer, AllowReset: true},
		Dialect: Dialect{Instance: instance}}}})
	must(t, err)
	defer clients.Close()
	must(t, clients.Start())
	s := script{address: clients.Addr().String(), peers: map[string]*scriptPeer{}, patience: 6 * time.Second}
	if brief {
		s.patience = time.Second
	}
	defer s.close()
	for n, line := range strings.Split(string(text), "\n") {
		line = strings.TrimRight(line, "\r")
		if line == "" || line[0] == '#' || strings.TrimSpace(line) == "" {
			continue
		}
		if err := s.step(line); err != nil {
			return fmt.Errorf("line %d: %w", n+1, err)
		}
	}
	return nil
}

// A script is a run with its connections by number.
type script struct {
	address  string
	peers    map[string]*scriptPeer
	patience time.Duration
}

type scriptPeer struct {
	conn net.Conn
	r    *bufio.Reader
}

func (s *script) close() {
	for _, p := range s.peers {
		_ = p.conn.Close()
	}
}

var numbered = regexp.MustCompile(`^(\d+),`)

// step plays one line: i an action, I a message of ours, e an expected event, E an expected message.
func (s *script) step(line string) error {
	kind, rest, key := line[0], line[1:], "1"
	if m := numbered.FindStringSubmatch(rest); m != nil {
		key, rest = m[1], rest[len(m[0]):]
	}
	p := s.peers[key]
	switch {
	case kind == 'i' && rest == "CONNECT":
		conn, err := net.Dial("tcp", s.address)
		if err != nil {
			return err
		}
		s.peers[key] = &scriptPeer{conn, bufio.NewReader(conn)}
		return nil
	case p == nil:
		return fmt.Errorf("%q before a connection", line)
	case kind == 'i' && rest == "DISCONNECT":
		return p.conn.Close()
	case kind == 'I':
		_, err := p.conn.Write(completed(rest))
		return err
	case kind == 'e' && rest == "DISCONNECT":
		return p.expectEnd(s.patience)
	case kind == 'E':
		return p.expect(rest, s.patience)
	}
	return fmt.Errorf("%q is no step", line)
}

var scriptTime = regexp.MustCompile(`<TIME([+-]\d+)?>`)

// completed fills in times, and BodyLength and CheckSum where the script leaves them out.
func completed(text string) []byte {
	text = scriptTime.ReplaceAllStringFunc(text, func(m string) string {
		shift, _ := strconv.Atoi(scriptTime.FindStringSubmatch(m)[1])
		return time.Now().UTC().Add(time.Duration(shift) * time.Second).Format("20060102-15:04:05")
	})
	if !strings.HasSuffix(text, "\x01") {
		text += "\x01"
	}
	if begin, body, ok := strings.Cut(text, "\x01"); ok && !strings.Contains(text, "\x019=") {
		if at := strings.LastIndex(body, "\x0110="); at >= 0 {
			body, text = body[:at+1], body[at+1:]
		} else {
			text = ""
		}
		text = fmt.Sprintf("%s\x019=%d\x01%s%s", begin, len(body), body, text)
	}
	if !strings.Contains(text, "\x0110=") {
		sum := 0
		for i := range len(text) {
			sum += int(text[i])
		}
		text += fmt.Sprintf("10=%03d\x01", sum%256)
	}
	return []byte(text)
}

func (p *scriptPeer) expectEnd(patience time.Duration) error {
	_ = p.conn.SetReadDeadline(time.Now().Add(patience))
	rest, err := io.ReadAll(p.r)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return errors.New("the connection stays open")
	}
	if len(rest) > 0 {
		return fmt.Errorf("unexpected %q before the end", rest)
	}
	return nil
}

// read takes one message from the socket.
func (p *scriptPeer) read(patience time.Duration) ([]rawField, error) {
	_ = p.conn.SetReadDeadline(time.Now().Add(patience))
	var fs []rawField
	for {
		b, err := p.r.ReadBytes(1)
		if err != nil {
			return nil, err
		}
		tag, value, _ := bytes.Cut(b[:len(b)-1], []byte{'='})
		n, _ := strconv.Atoi(string(tag))
		fs = append(fs, rawField{quickfix.Tag(n), string(value)})
		if n == 10 {
			return fs, nil
		}
	}
}

// expect compares the next message with a script's, without lengths, sums and times.
func (p *scriptPeer) expect(text string, patience time.Duration) error {
	var want []rawField
	for _, f := range strings.Split(strings.TrimSuffix(text, "\x01"), "\x01") {
		tag, value, _ := strings.Cut(f, "=")
		n, _ := strconv.Atoi(tag)
		want = append(want, rawField{quickfix.Tag(n), value})
	}
	got, err := p.read(patience)
	if err != nil {
		return fmt.Errorf("want %s: %w", text, err)
	}
	if t := in(want, tagMsgType); t == "D" || t == "d" || t == "8" { // an echo
		if in(got, 34) != in(want, 34) || in(got, 43) != in(want, 43) || !strings.Contains("8j3", in(got, tagMsgType)) {
			return fmt.Errorf("want an answer with 34=%s 43=%s, got %v", in(want, 34), in(want, 43), got)
		}
		return nil
	}
	for _, f := range want {
		switch f.tag {
		case 9, 10, 52, 60, 122:
			continue
		}
		if in(got, f.tag) != f.value {
			return fmt.Errorf("want %d=%s of %q, got %v", f.tag, f.value, text, got)
		}
	}
	if len(got) != len(want) {
		return fmt.Errorf("want the fields of %q, got %v", text, got)
	}
	return nil
}
