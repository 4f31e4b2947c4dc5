//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package egress

import "syscall"

const canLook = true

// peek reports whether a socket has something to be read, without reading it.
func peek(fd uintptr, into []byte) bool {
	for {
		if _, _, err := syscall.Recvfrom(int(fd), into, syscall.MSG_PEEK); err != syscall.EINTR {
			return err != syscall.EAGAIN
		}
	}
}
