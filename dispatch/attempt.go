package dispatch

import (
	"errors"
	"strconv"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/egress"
)

// landing ends a flight under its queue's lock: the chain goes on, or rests, or
// stays as it is.
type landing func(now time.Time)

// attempt deals with a head: it is judged against the directory, sent if it
// still may be, and its outcome is handed to the settler before anything behind
// it may go.
func (e *Engine) attempt(f *flight) landing {
	if f.event == nil {
		switch err := e.load(f); {
		case errors.Is(err, onevent.ErrNotFound):
			return f.unsent(func(now time.Time) { f.q.pop(f.c, now) })
		case err != nil:
			return f.unsent(f.wait(e.Clock.Now().Add(readPause), false))
		}
	}
	var verdict onevent.Verdict
	f.to, verdict = e.recipient(f)
	now := e.Clock.Now()
	switch {
	case verdict != "":
		return e.end(f, onevent.StateCancelled, verdict)
	case !now.Before(f.deadline):
		return e.end(f, onevent.StateFailed, onevent.VerdictExpired)
	case f.to.handler.Disabled != "":
		return f.unsent(f.wait(f.deadline, true))
	case now.Before(f.due):
		return f.unsent(f.wait(f.due, false))
	}
	return e.send(f)
}

// unsent keeps the token that was taken for an attempt which was not made.
func (f *flight) unsent(how landing) landing {
	return func(now time.Time) {
		f.q.ticket = f.ticket
		how(now)
	}
}

// wait lets the chain rest until a moment.
func (f *flight) wait(until time.Time, held bool) landing {
	return func(now time.Time) { f.q.rest(f.c, until, held, now) }
}

// recipient asks the directory who the delivery is for. A verdict cancels it:
// docs/concepts.md, "When things change while a delivery waits".
func (e *Engine) recipient(f *flight) (recipient, onevent.Verdict) {
	h := e.Directory.Handler(f.handler)
	if h == nil {
		return recipient{}, onevent.VerdictUnbound
	}
	if f.isOperators() {
		return recipient{handler: h}, ""
	}
	to, known := e.owner(h)
	switch {
	case !known && h.Owner.Webhook != 0:
		return to, onevent.VerdictUnbound
	case !known:
		return to, onevent.VerdictUninstalled
	}
	if !f.event.isLifecycle() {
		if v := to.ended(); v != "" {
			return to, v
		}
	}
	id := h.User
	if id == 0 {
		id = f.event.Actor
	}
	to.user = e.Directory.User(h.Portal, id)
	if to.user != nil && !to.user.Active {
		if h.User != 0 {
			return to, onevent.VerdictUserInactive
		}
		to.user = nil
	}
	return to, ""
}

func (to recipient) ended() onevent.Verdict {
	switch {
	case !to.handler.Stands():
		return to.handler.EndedBy
	case to.webhook != nil:
		return ""
	case !to.installation.Active():
		return onevent.VerdictUninstalled
	case to.installation.Expired:
		return onevent.VerdictNotActive
	}
	return ""
}

// end settles a delivery without an attempt.
func (e *Engine) end(f *flight, state onevent.State, v onevent.Verdict) landing {
	o := onevent.Outcome{
		Delivery: f.id, State: state, Verdict: v, Attempts: int(f.attempts), Retries: int(f.retries),
	}
	e.submit(settlement{q: f.q, outcome: o})
	e.log(f, &o)
	return f.unsent(func(now time.Time) { f.q.pop(f.c, now) })
}

// send makes the request.
func (e *Engine) send(f *flight) landing {
	e.inFlight.Add(1)
	began := e.Clock.Now()
	e.useToken(f, began)
	request, sent := e.request(f, began)
	answer, err := e.Poster.Post(e.ctx, request)
	if err != nil && e.ctx.Err() != nil {
		e.inFlight.Add(-1)
		return func(time.Time) { f.q.land(f.c) } // it stays as the store has it: the engine stops
	}
	return e.answered(f, attemptOf(began, answer, sent, err), answer.RetryAfter)
}

func (e *Engine) request(f *flight, began time.Time) (egress.Request, tokens) {
	if f.isOperators() {
		return e.operatorRequest(f, began), tokens{}
	}
	body, sent := e.render(f.to, f.event, began)
	id, stamp := strconv.FormatInt(int64(f.id), 10), strconv.FormatInt(began.Unix(), 10)
	header := append(make([][2]string, 0, 5),
		[2]string{"Webhook-Id", id},
		[2]string{"Webhook-Timestamp", stamp},
		[2]string{"Onevent-Event-Time", strconv.FormatInt(f.event.Time.Unix(), 10)},
	)
	_, signer := f.to.secrets()
	if signed := signer.Sign(began, id, stamp, body); signed != "" {
		header = append(header, [2]string{"Webhook-Signature", signed})
	}
	if f.replayOf != 0 {
		header = append(header, [2]string{replayHeader, repeated(f.replayOf, f.event.ID)})
	}
	return egress.Request{
		URL:         f.to.handler.URL,
		ContentType: "application/x-www-form-urlencoded",
		Header:      header,
		Body:        body,
		Timeout:     f.timeout,
	}, sent
}

const replayHeader = "Onevent-Replay-Of"

// repeated names what a replay repeats: a delivery, or an event that had none for
// this handler.
func repeated(of onevent.DeliveryID, event onevent.EventID) string {
	if of == onevent.ReplayOfEvent {
		return "event-" + strconv.FormatInt(int64(event), 10)
	}
	return strconv.FormatInt(int64(of), 10)
}

func attemptOf(began time.Time, answer egress.Response, sent tokens, err error) onevent.Attempt {
	a := onevent.Attempt{
		Time: began, Status: answer.Status, Took: answer.Duration, Phases: answer.Phases, Answer: kept(answer, sent),
	}
	var failure *egress.Error
	if errors.As(err, &failure) {
		a.Error = failure.Reason
		if failure.Verdict != "" {
			a.Error += ": " + string(failure.Verdict)
		}
	} else if err != nil {
		a.Error = "failed"
	}
	return a
}
