package admin

import (
	"math"
	"net/http"
	"time"

	"github.com/onevent/onevent"
)

// MovableClock is a clock that can be set forward, as that of a dev portal.
type MovableClock interface {
	onevent.Clock
	// Ahead is how far it was set forward in all.
	Ahead() time.Duration
	// Advance sets it forward by d, or says by CodeInvalid why not.
	Advance(d time.Duration) error
}

type clockItem struct {
	Now   string  `json:"now"`
	Ahead float64 `json:"ahead"` // seconds
}

func (s *server) movableClock() (MovableClock, error) {
	if c, ok := s.Clock.(MovableClock); ok {
		return c, nil
	}
	return nil, notFound("the clock is the machine's here; that of a dev portal can be moved")
}

func (s *server) showClock(w http.ResponseWriter, _ *http.Request) error {
	c, err := s.movableClock()
	if err != nil {
		return err
	}
	return write(w, http.StatusOK, clockItem{Now: formatTime(c.Now()), Ahead: c.Ahead().Seconds()})
}

// moveClock sets the clock forward by so many seconds, or to a moment.
func (s *server) moveClock(w http.ResponseWriter, r *http.Request) error {
	c, err := s.movableClock()
	if err != nil {
		return err
	}
	in, err := decode[struct {
		Advance float64 `json:"advance"`
		To      string  `json:"to"`
	}](w, r)
	if err != nil {
		return err
	}
	d, err := distance(in.Advance, in.To, c.Now())
	if err != nil {
		return err
	}
	if err := c.Advance(d); err != nil {
		return err
	}
	return s.showClock(w, r)
}

// distance is so many seconds, or as many as lie between now and a time.
func distance(advance float64, to string, now time.Time) (time.Duration, error) {
	switch {
	case (advance == 0) == (to == ""):
		return 0, invalid("say by how many seconds in advance, or to which time in to")
	case to != "":
		t, err := parseTime("to", to)
		return t.Sub(now), err
	case math.Abs(advance) > maxSeconds:
		return 0, invalid("advance is too large a number")
	}
	return time.Duration(advance * float64(time.Second)), nil
}
