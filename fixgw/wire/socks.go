package wire

import (
	"crypto/subtle"
	"errors"
	"io"
	"net"
)

// socksUser is the user name quickfixgo gives; only the password is secret.
const socksUser = "session"

var (
	errSocks  = errors.New("fix relay: not the SOCKS5 dialogue of our session")
	errSecret = &Violation{Rule: RuleSecret}
)

// socksAdmit runs the server side of SOCKS5 (RFC 1928, RFC 1929) up to the
// CONNECT request, whose address it ignores: the relay knows its venue. It
// fails unless the password is secret, compared in constant time.
func socksAdmit(c net.Conn, secret string) error {
	var b [256]byte
	if _, err := io.ReadFull(c, b[:2]); err != nil {
		return err
	}
	if b[0] != 5 {
		return errSocks
	}
	if _, err := io.ReadFull(c, b[:b[1]]); err != nil {
		return err
	}
	if _, err := c.Write([]byte{5, 2}); err != nil { // user name and password, nothing less
		return err
	}
	password, err := socksPassword(c, b[:])
	if err != nil {
		return err
	}
	if subtle.ConstantTimeCompare(password, []byte(secret)) != 1 {
		_, _ = c.Write([]byte{1, 1})
		return errSecret
	}
	if _, err := c.Write([]byte{1, 0}); err != nil {
		return err
	}
	return socksRequest(c, b[:])
}

// socksPassword reads the RFC 1929 message and returns the password inside b.
func socksPassword(c net.Conn, b []byte) ([]byte, error) {
	if _, err := io.ReadFull(c, b[:2]); err != nil {
		return nil, err
	}
	if b[0] != 1 {
		return nil, errSocks
	}
	if _, err := io.ReadFull(c, b[:b[1]]); err != nil {
		return nil, err
	}
	if _, err := io.ReadFull(c, b[:1]); err != nil {
		return nil, err
	}
	n := int(b[0])
	_, err := io.ReadFull(c, b[:n])
	return b[:n], err
}

// socksRequest reads a CONNECT and skips its address.
func socksRequest(c net.Conn, b []byte) error {
	if _, err := io.ReadFull(c, b[:4]); err != nil {
		return err
	}
	if b[0] != 5 || b[1] != 1 {
		return errSocks
	}
	n := 0
	switch b[3] {
	case 1:
		n = net.IPv4len
	case 4:
		n = net.IPv6len
	case 3:
		if _, err := io.ReadFull(c, b[:1]); err != nil {
			return err
		}
		n = int(b[0])
	default:
		return errSocks
	}
	if _, err := io.ReadFull(c, b[:n]); err != nil {
		return err
	}
	_, err := io.ReadFull(c, b[:2])
	return err
}

// socksReady tells the session that the venue is connected.
func socksReady(c net.Conn) error {
	_, err := c.Write([]byte{5, 0, 0, 1, 0, 0, 0, 0, 0, 0})
	return err
}
