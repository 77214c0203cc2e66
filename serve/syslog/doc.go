// Package syslog sends single messages of RFC 5424 to a syslog receiver: over the machine's own socket, UDP (RFC 5426), TCP (RFC
// 6587, octets counted) or TLS (RFC 5425).
//
// The standard library's log/syslog writes the form before RFC 5424, knows no TLS, and takes no changes. A message here is rare, so
// that each has a connection of its own, and whoever sends it learns whether it arrived, as far as the way can tell.
package syslog
