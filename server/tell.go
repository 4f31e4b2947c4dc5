package server

import (
	"context"
	"log/slog"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/directory"
)

// teller tells the operator: by one line of the log, and whoever else listens.
type teller struct {
	directory *directory.Directory
	log       *slog.Logger
	next      func(onevent.OperatorEvent) // nil: nobody
}

// tell names the portal as the management API does. URLs may hold secrets, so the
// destination is a number.
func (t teller) tell(e onevent.OperatorEvent) {
	member := ""
	if p := t.directory.Portal(e.Portal); p != nil {
		member = p.MemberID
	}
	t.log.LogAttrs(context.Background(), slog.LevelWarn, "operator event",
		slog.String("type", e.Type),
		slog.Time("at", e.Time),
		slog.String("portal", member),
		slog.Int64("destination", int64(e.Destination)),
		slog.Int64("handler", int64(e.Handler)),
		slog.String("verdict", string(e.Verdict)))
	if t.next != nil {
		t.next(e)
	}
}
