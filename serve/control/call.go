package control

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"
)

// Call sends one request to the router that runs with a journal directory and gives its answer. The error says that there
// is none, or what the router refused.
func Call(ctx context.Context, journalDir string, r *Request) (*Answer, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "unix", Path(journalDir))
	switch {
	case errors.Is(err, os.ErrNotExist), errors.Is(err, syscall.ECONNREFUSED):
		return nil, fmt.Errorf("no router runs with the journal %s: start it with `sluice route`, then decide", journalDir)
	case errors.Is(err, os.ErrPermission):
		return nil, fmt.Errorf("%w: only the user that runs the router may decide; become that user", err)
	case err != nil:
		return nil, err
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	if err := json.NewEncoder(conn).Encode(r); err != nil {
		return nil, fmt.Errorf("the router took no request: %w", err)
	}
	line, err := bufio.NewReader(conn).ReadBytes('\n')
	if err != nil {
		return nil, fmt.Errorf("the router gave no answer: %w: list what is in doubt before you decide again", err)
	}
	var a Answer
	if err := json.Unmarshal(line, &a); err != nil {
		return nil, fmt.Errorf("the router's answer is no JSON line: %w", err)
	}
	if a.Error != "" {
		return nil, errors.New(a.Error)
	}
	return &a, nil
}
