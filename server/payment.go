package server

import (
	"context"
	"log/slog"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/lifecycle"
)

// payments expires, by the clock, the applications that nobody has paid for.
type payments struct {
	manager *lifecycle.Manager
	clock   onevent.Clock
	logger  *slog.Logger
}

// collect is the time between two looks at what is due.
const collect = time.Minute

// run looks at once, for what became due while nobody looked, and then until ctx
// ends.
func (p payments) run(ctx context.Context) {
	for {
		if err := p.manager.ExpirePayments(ctx); err != nil && ctx.Err() == nil {
			p.logger.Error("payments that are over can't be expired now", "error", err)
		}
		if !onevent.Wait(ctx, p.clock, collect) {
			return
		}
	}
}
