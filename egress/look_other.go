//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package egress

// canAsk tells whether a socket can be asked for its input without waiting for it.
const canAsk = false

func hasInput(uintptr, []byte) bool { return false }

func readInput(uintptr, []byte) (int, error) { return 0, errNoInput }
