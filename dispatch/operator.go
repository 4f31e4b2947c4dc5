package dispatch

import (
	"fmt"
	"strconv"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/dispatch/plan"
	"github.com/onevent/onevent/egress"
)

// isOperators says that a delivery is an operator event.
func (it *entry) isOperators() bool { return it.handler == onevent.OperatorHandler }

// operatorRequest is one attempt of an operator event.
func (e *Engine) operatorRequest(f *flight, began time.Time) egress.Request {
	id, stamp, body := strconv.FormatInt(int64(f.id), 10), strconv.FormatInt(began.Unix(), 10), operatorBody(f.event.Event)
	return egress.Request{
		URL:         f.to.handler.URL,
		ContentType: "application/json",
		Header: [][2]string{
			{"Webhook-Id", id},
			{"Webhook-Timestamp", stamp},
			{"Webhook-Signature", e.Operator.Sign(began, id, stamp, body)},
		},
		Body:    body,
		Timeout: f.timeout,
	}
}

// operatorBody has the form that Standard Webhooks recommends. It is the same on
// every attempt.
func operatorBody(event *onevent.Event) []byte {
	return fmt.Appendf(nil, `{"type":%q,"timestamp":%q,"data":%s}`,
		onevent.OperatorType(event.Code), event.Time.UTC().Format(time.RFC3339Nano), event.Data)
}

// meaningOf is what an answer means for a delivery. The operator's handler can't be
// disabled, as nothing would enable it: 410 is a failure like others.
func meaningOf(f *flight, meaning plan.Meaning) plan.Meaning {
	if meaning == plan.Gone && f.isOperators() {
		return plan.Failure
	}
	return meaning
}

// opened says in the log what nobody can be told otherwise.
func (e *Engine) opened(q *queue, a onevent.Attempt) {
	if q.id == onevent.OperatorDestination {
		e.Logger.Warn("operator events can't be delivered, they wait", "status", a.Status, "error", a.Error, "waiting", q.waiting.Load())
	}
}
