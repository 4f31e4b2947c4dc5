// Package listener opens the listeners of a server, serves plain HTTP and TLS
// on them with bounds on time and size, and ends them in order.
package listener

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"strings"
	"syscall"

	"github.com/onevent/onevent"
)

// Check says whether address is HOST:PORT with a port from 0 to 65535, and what
// it resolves to. The error has CodeInvalid.
func Check(address string) (netip.AddrPort, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return netip.AddrPort{}, onevent.Errorf(onevent.CodeInvalid, "%q is no address to listen on: it must be HOST:PORT, such as 127.0.0.1:8055", address)
	}
	to, err := net.ResolveTCPAddr("tcp", address)
	if err != nil {
		return netip.AddrPort{}, onevent.Errorf(onevent.CodeInvalid, "%q is no address to listen on: %s", address, reason(err))
	}
	if host == "" {
		return netip.AddrPortFrom(netip.IPv6Unspecified(), uint16(to.Port)), nil
	}
	at := to.AddrPort()
	return netip.AddrPortFrom(at.Addr().Unmap(), at.Port()), nil
}

// Open listens on an address that Check accepts; port 0 takes a free one. An
// address that another program has is an error with CodeConflict.
func Open(address string) (net.Listener, error) {
	if _, err := Check(address); err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", address)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, onevent.Errorf(onevent.CodeConflict, "%s is taken: another program listens there", address)
	case errors.Is(err, os.ErrPermission):
		return nil, onevent.Errorf(onevent.CodeDenied, "the system does not permit to listen on %s", address)
	case err != nil:
		return nil, onevent.Errorf(onevent.CodeUnavailable, "can't listen on %s: %s", address, reason(err))
	}
	return l, nil
}

// Address is where a listener listens.
func Address(l net.Listener) netip.AddrPort {
	at := l.Addr().(*net.TCPAddr).AddrPort() // Open makes TCP listeners alone
	return netip.AddrPortFrom(at.Addr().Unmap(), at.Port())
}

// reason is what lies beneath an error of package net, without the address,
// which the sentence around it names.
func reason(err error) string {
	var op *net.OpError
	if errors.As(err, &op) {
		err = op.Err
	}
	return strings.TrimPrefix(err.Error(), "listen tcp: ")
}
