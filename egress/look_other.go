//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package egress

const canLook = false

func peek(uintptr, []byte) bool { return true }
