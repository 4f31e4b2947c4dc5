package server

import (
	"context"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/dispatch"
	"github.com/onevent/onevent/watch"
)

// watch joins what is counted and measured to the rooms that know it.
func (s *Server) watch(n *watch.Numbers, c Config, tell func(onevent.OperatorEvent)) {
	s.monitor = &monitor{engine: s.Engine, clock: c.Clock, tell: tell}
	sources := watch.Sources{Stats: s.stats, Survey: s.monitor.survey, InFlight: s.Engine.InFlight, Count: s.Directory.Count}
	if measured, ok := c.Store.(onevent.Measured); ok {
		measured.TimePublishing(n.Published)
		s.monitor.store, sources.Disk = measured, measured.Disk
	}
	n.Read(sources)
	s.numbers = n.Handler()
}

// statsTime bounds how long whoever asks for the numbers waits for the store.
const statsTime = 5 * time.Second

func (s *Server) stats() (stats onevent.Stats, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), statsTime)
	defer cancel()
	err = s.store.View(ctx, func(r onevent.Reader) (err error) { stats, err = r.Stats(); return err })
	return stats, err
}

// both tells two of an attempt; the second may be nil.
func both(first, second func(dispatch.Observed)) func(dispatch.Observed) {
	if second == nil {
		return first
	}
	return func(o dispatch.Observed) {
		first(o)
		second(o)
	}
}
