package syslog

import (
	"fmt"
	"os"
	"strings"
	"time"
)

// Priority is of every message: the facility authpriv (10), which receivers keep from ordinary readers, at the severity notice (5).
const Priority = 10*8 + 5

// Message is one message. Its texts are made of printable ASCII; other characters become question marks.
type Message struct {
	At   time.Time
	Host string // of the machine; empty = as the system says
	App  string // up to 48 characters
	PID  int    // 0 = this process
	ID   string // the kind of message, up to 32 characters
	Text string
}

// String is the message as RFC 5424 has it, without structured data: receivers' usual files leave that out.
func (m *Message) String() string {
	host, pid := m.Host, m.PID
	if host == "" {
		host, _ = os.Hostname() // "-" if the system does not say
	}
	if pid == 0 {
		pid = os.Getpid()
	}
	return fmt.Sprintf("<%d>1 %s %s %s %d %s - %s", Priority, m.At.UTC().Format("2006-01-02T15:04:05.000000Z"),
		field(host, 255), field(m.App, 48), pid, field(m.ID, 32), strings.Map(printable, m.Text))
}

// field is a part of the header: without a space, and "-" for none.
func field(s string, most int) string {
	s = strings.ReplaceAll(strings.Map(printable, s), " ", "?")
	if s == "" {
		return "-"
	}
	return s[:min(most, len(s))]
}

func printable(r rune) rune {
	if r < ' ' || r > '~' {
		return '?'
	}
	return r
}
