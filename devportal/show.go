package devportal

import (
	"cmp"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/dispatch"
	"github.com/onevent/onevent/terminal"
)

// linesPerSecond is how many lines of events a person is shown.
const linesPerSecond = 20

// screen prints attempts as they end, and what an operator should hear of. Writing to a terminal may block, so a
// goroutine of its own does it, and what it can't keep up with is counted.
type screen struct {
	out   io.Writer
	clock onevent.Clock

	mu      sync.Mutex
	second  int64
	shown   int
	hidden  int
	lines   chan string
	printed sync.WaitGroup
}

func newScreen(out io.Writer, clock onevent.Clock) *screen {
	return &screen{out: out, clock: clock, lines: make(chan string, 4*linesPerSecond)}
}

// begin prints from now on, first what was observed before.
func (s *screen) begin() {
	lines := s.lines
	s.printed.Go(func() {
		for line := range lines {
			fmt.Fprintln(s.out, line)
		}
	})
}

// close prints what it holds. Nothing may be observed any more.
func (s *screen) close() {
	s.mu.Lock()
	s.tellHidden()
	lines := s.lines
	s.lines = nil
	s.mu.Unlock()
	close(lines)
	s.printed.Wait()
}

// observe is told of every attempt; it returns at once.
func (s *screen) observe(o dispatch.Observed) {
	s.add(func(now time.Time) string { return lineOf(o, now) })
}

// add prints a line when this second has room for one.
func (s *screen) add(line func(now time.Time) string) {
	now := s.clock.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	if now.Unix() != s.second {
		s.second, s.shown = now.Unix(), 0
		s.tellHidden()
	}
	// The last line of a second is kept for how many were not shown.
	if s.shown >= linesPerSecond-1 {
		s.hide()
		return
	}
	s.print(line(now))
}

// hide counts a line, and sees to it that the count is told although no other may
// follow.
func (s *screen) hide() {
	s.hidden++
	if s.hidden == 1 {
		s.clock.AfterFunc(time.Second, func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.tellHidden()
		})
	}
}

func (s *screen) tellHidden() {
	if n := s.hidden; n > 0 {
		s.hidden = 0
		s.print(fmt.Sprintf("         … and %d more lines", n))
	}
}

func (s *screen) print(line string) {
	s.shown++
	select {
	case s.lines <- line:
	default: // the terminal is stuck, or closed
		if s.lines != nil {
			s.hidden++
		}
	}
}

func lineOf(o dispatch.Observed, now time.Time) string {
	name := o.Event.Code
	if !o.Event.Object.IsZero() {
		name += " " + terminal.Clean(o.Event.Object.ID)
	}
	return fmt.Sprintf("%s %s -> %s: %s", now.Format(time.TimeOnly), name, terminal.URL(o.Handler.URL), result(o.Outcome, now))
}

func result(o onevent.Outcome, now time.Time) string {
	text := fmt.Sprintf("%d in %d ms", o.Attempt.Status, o.Attempt.Took.Milliseconds())
	if o.Attempt.Status == 0 {
		text = cmp.Or(o.Attempt.Error, "no answer")
	}
	switch {
	case o.State == onevent.StateDelivered:
		return text
	case o.State != onevent.StateWaiting:
		return text + ", " + o.State.String() + " (" + string(o.Verdict) + ")"
	case o.Attempt.Status == http.StatusGone:
		return text + ", the handler is disabled"
	case o.Due.IsZero():
		return text + ", waits until the destination answers"
	}
	return text + ", again at " + terminal.When(o.Due, now)
}
