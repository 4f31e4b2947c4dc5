package rest

import (
	"cmp"
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/oauth"
	"github.com/onevent/onevent/rest/answer"
	"github.com/onevent/onevent/rest/request"
	"github.com/onevent/onevent/wire"
)

// exchange is one call from request to answer.
type exchange struct {
	server    *Server
	portal    *onevent.Portal
	base      string
	endpoints onevent.Endpoints
	route     route
	start     time.Time
	access    oauth.Access
	shown     onevent.Secret // the token, or the webhook's code
	state     string         // what the caller wants to find in the signature
	code      string         // of the error; empty: success
	tally     tally
	span      onevent.Span // nil: it is not followed
}

func (x *exchange) answer(ctx context.Context, w http.ResponseWriter, r *http.Request) (status int, body []byte) {
	done, failure := x.run(ctx, w, r)
	if failure != nil {
		x.code = failure.Code
		return failure.Status, x.encode(x.failure(failure))
	}
	done.times.Start = x.start
	if done.signed && x.state != "" && x.access.Installation != nil {
		done.signature = x.sign(done.result())
	}
	if x.route.xml {
		return http.StatusOK, answer.XML(done.envelope())
	}
	return http.StatusOK, done.appendJSON(make([]byte, 0, done.length()))
}

func (x *exchange) run(ctx context.Context, w http.ResponseWriter, r *http.Request) (outcome, *Error) {
	switch {
	case !x.server.mayPass(x.portal, r.RemoteAddr, x.start):
		return outcome{}, errTooMany
	case x.route.method == "":
		return outcome{}, errMethodNotFound
	}
	params, failure := x.params(w, r)
	if failure != nil {
		return outcome{}, failure
	}
	if failure := x.keepState(params); failure != nil {
		return outcome{}, failure
	}
	method, failure := x.authorise(r, params)
	if failure != nil {
		return outcome{}, failure
	}
	return x.call(ctx, method, params)
}

// longestState bounds what a signature repeats, in bytes.
const longestState = 4096

var errState = ErrArgument("state", "state exceeds the limit of "+strconv.Itoa(longestState)+" bytes")

func (x *exchange) keepState(params wire.Value) *Error {
	state, _ := params.Fold("state")
	if x.state = state.Text(); len(x.state) > longestState {
		return errState
	}
	return nil
}

// authorise finds the method and judges whether the caller may call it.
func (x *exchange) authorise(r *http.Request, params wire.Value) (*Method, *Error) {
	shown := credentialsOf(r, x.route, params)
	access, refusal := x.server.check(x.portal, x.base, shown)
	x.access, x.shown = access, onevent.Secret(cmp.Or(shown.token, shown.code))
	method := x.server.Registry.Lookup(x.route.method)
	return method, permit(access, refusal, method)
}

// params reads the request. Invalid JSON is an error in REST 3.0 alone;
// docs/protocol/rest.md section 3.
func (x *exchange) params(w http.ResponseWriter, r *http.Request) (wire.Value, *Error) {
	params, err := request.Params(w, r, x.server.Limits)
	switch {
	case err == request.ErrJSON && x.route.v3:
		return params, errV3JSON
	case err != nil && err != request.ErrJSON:
		return params, errorOfRequest(err)
	}
	return params, nil
}

// contentType of an answer; docs/protocol/rest.md section 2.
func (x *exchange) contentType() string {
	if x.route.xml {
		return "text/xml; charset=utf-8"
	}
	return "application/json; charset=utf-8"
}

func (x *exchange) encode(v wire.Value) []byte {
	if x.route.xml {
		return answer.XML(v)
	}
	return v.AppendJSON(nil)
}

func (x *exchange) failure(e *Error) wire.Value {
	if x.route.v3 {
		return fieldsV3(e)
	}
	return e.fields()
}

// setHeaders sets those of the optional headers that tell something here;
// docs/protocol/rest.md section 2.
func (x *exchange) setHeaders(h http.Header) {
	if x.access.Installation != nil {
		h.Set("X-Bitrix-Rest-Application", strconv.FormatInt(int64(x.access.Installation.Application), 10))
	}
	h.Set("X-Bitrix-Rest-Time", strconv.FormatFloat(x.server.Clock.Now().Sub(x.start).Seconds(), 'f', 6, 64))
}
