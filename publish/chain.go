package publish

import (
	"time"

	"github.com/onevent/onevent"
)

// A chain of events that cause events is cut past MaxDepth within ChainLife of
// its first event; docs/protocol/events.md section 8.
const (
	MaxDepth  = 7
	ChainLife = time.Hour
)

// nextInChain is the place of an event raised with an authorisation of chain c:
// one deeper, or the first of a new chain when the old one has run its hour.
func nextInChain(c onevent.Chain, now time.Time) onevent.Chain {
	if c.Depth == 0 || now.Sub(c.Start) > ChainLife {
		return onevent.Chain{Depth: 1, Start: now}
	}
	return onevent.Chain{Depth: c.Depth + 1, Start: c.Start}
}
