package server

import (
	"log/slog"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/directory"
)

// Teller is what the engine of a server tells.
func Teller(d *directory.Directory, log *slog.Logger, next func(onevent.OperatorEvent)) func(onevent.OperatorEvent) {
	return teller{d, log, next}.tell
}
