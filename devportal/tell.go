package devportal

import (
	"fmt"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/directory"
	"github.com/onevent/onevent/operator"
	"github.com/onevent/onevent/terminal"
)

// tell prints what an operator should hear of; it returns at once.
func (s *screen) tell(e onevent.OperatorEvent, dir *directory.Directory) {
	s.add(func(now time.Time) string {
		return fmt.Sprintf("%s ! %s: %s", now.Format(time.TimeOnly), whereOf(e, dir), meaning(e, dir))
	})
}

func whereOf(e onevent.OperatorEvent, dir *directory.Directory) string {
	if !e.Object.IsZero() {
		return e.Object.Type + " " + e.Object.ID
	}
	if d := dir.Destination(e.Destination); d != nil {
		return terminal.URL(d.URL)
	}
	return e.Type
}

// meaning says what happened and what helps.
func meaning(e onevent.OperatorEvent, dir *directory.Directory) string {
	what := "its handlers are disabled"
	if h := dir.Handler(e.Handler); h != nil {
		what = "its handler of " + h.Event + " is disabled"
	}
	switch {
	case e.Type == onevent.OperatorBacklogFull:
		return "as many deliveries wait as may, further events are not kept for it"
	case e.Verdict == onevent.VerdictGone:
		return "it answered 410, so " + what + " and its events wait; event.bind enables it again"
	case e.Verdict == onevent.VerdictNoSuccess:
		return "nothing succeeded in five days, so " + what + " and its events wait; event.bind enables it again"
	}
	return operator.Text(e)
}
