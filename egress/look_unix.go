//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package egress

import (
	"io"
	"syscall"
)

// canAsk tells whether a socket can be asked for its input without waiting for it.
const canAsk = true

// hasInput reports whether a socket has something to be read, without reading it.
func hasInput(fd uintptr, into []byte) bool {
	for {
		if _, _, err := syscall.Recvfrom(int(fd), into, syscall.MSG_PEEK); err != syscall.EINTR {
			return err != syscall.EAGAIN
		}
	}
}

// readInput reads what a socket has, or returns errNoInput.
func readInput(fd uintptr, into []byte) (int, error) {
	for {
		switch n, err := syscall.Read(int(fd), into); {
		case err == syscall.EINTR:
		case err == syscall.EAGAIN:
			return 0, errNoInput
		case err != nil:
			return 0, err
		case n == 0:
			return 0, io.EOF
		default:
			return n, nil
		}
	}
}
