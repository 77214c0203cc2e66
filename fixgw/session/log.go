package session

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/quickfixgo/quickfix"

	"github.com/sluice-sor/sluice/fixgw/wire"
)

// qfLog is quickfixgo's log on slog, at debug level, with secrets masked
// (CB-05). Nothing is formatted unless debug is on.
type qfLog struct{ log *slog.Logger }

func (l qfLog) on() bool { return l.log.Enabled(context.Background(), slog.LevelDebug) }

func (l qfLog) OnIncoming(b []byte) {
	if l.on() {
		l.log.Debug("fix message in", "frame", wire.Redact(b))
	}
}

func (l qfLog) OnOutgoing(b []byte) {
	if l.on() {
		l.log.Debug("fix message out", "frame", wire.Redact(b))
	}
}

func (l qfLog) OnEvent(s string) {
	if l.on() {
		l.log.Debug("fix engine", "event", wire.Redact([]byte(s)))
	}
}

func (l qfLog) OnEventf(format string, a ...any) {
	if l.on() {
		l.OnEvent(fmt.Sprintf(format, a...))
	}
}

// qfLogs makes them; it is a quickfix.LogFactory.
type qfLogs struct{ log *slog.Logger }

func (f qfLogs) Create() (quickfix.Log, error) { return qfLog(f), nil }

func (f qfLogs) CreateSessionLog(id quickfix.SessionID) (quickfix.Log, error) {
	return qfLog{f.log.With("session", id.String())}, nil
}
