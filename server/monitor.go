package server

import (
	"context"
	"sync"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/dispatch"
)

// monitor looks at the server now and then, and tells the operator what he should
// not have to look for.
type monitor struct {
	engine *dispatch.Engine
	store  onevent.Measured // nil: the store does not tell of itself
	clock  onevent.Clock
	tell   func(onevent.OperatorEvent)

	late, low alarm

	mu       sync.Mutex
	surveyed time.Time
	last     dispatch.Survey
}

const (
	// look is the time between two looks.
	look = 10 * time.Second
	// surveyAge is for how long a survey is good for whoever asks: it goes through all
	// destinations, and anybody may ask.
	surveyAge = time.Second
)

// run looks until ctx ends.
func (m *monitor) run(ctx context.Context) {
	for onevent.Wait(ctx, m.clock, look) {
		m.look(m.clock.Now())
	}
}

func (m *monitor) look(now time.Time) {
	if m.late.due(m.survey().Lateness > tooLate, now) {
		m.tell(onevent.OperatorEvent{Type: onevent.OperatorBacklogLate, Time: now})
	}
	if m.low.due(m.isLow(), now) {
		m.tell(onevent.OperatorEvent{Type: onevent.OperatorDiskLow, Time: now})
	}
}

func (m *monitor) survey() dispatch.Survey {
	m.mu.Lock()
	defer m.mu.Unlock()
	if now := m.clock.Now(); m.surveyed.IsZero() || now.Sub(m.surveyed) >= surveyAge {
		m.last, m.surveyed = m.engine.Survey(now), now
	}
	return m.last
}

// isLow leaves a disk that can't be looked at to unstorable.
func (m *monitor) isLow() bool {
	if m.store == nil {
		return false
	}
	d, err := m.store.Disk()
	return err == nil && d.Low()
}

// unstorable says why nothing new can be stored; empty: it can.
func (m *monitor) unstorable() string {
	if m.store == nil {
		return ""
	}
	switch d, err := m.store.Disk(); {
	case err != nil:
		return "the disk can't be looked at"
	case d.Full():
		return "nothing can be stored, the disk is full"
	}
	return ""
}

// alarm is told when something begins to be wrong, and while it lasts once an hour.
type alarm struct {
	told  time.Time // last
	wrong time.Time // seen last
}

const (
	tellAgain = time.Hour
	// calm is how long nothing must have been wrong for the next time to be a new
	// beginning.
	calm = 5 * time.Minute
)

func (a *alarm) due(wrong bool, now time.Time) bool {
	if !wrong {
		return false
	}
	begins := a.wrong.IsZero() || now.Sub(a.wrong) >= calm
	a.wrong = now
	if !begins && now.Sub(a.told) < tellAgain {
		return false
	}
	a.told = now
	return true
}
