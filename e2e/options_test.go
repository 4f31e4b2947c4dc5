package e2e_test

import (
	"net/url"
	"strings"

	"github.com/onevent/onevent/internal/e2e/history"
)

// retries are many and quick, so that no outage of a test uses them up.
const retries = "200ms,500ms,1s,1s,1s,1s,1s,1s,1s,1s,1s,1s,2s,2s,2s,2s,2s,2s,2s,2s,5s,5s,5s,5s,5s,5s,5s,5s,5s,5s"

// retriesOfDefault is how many a server makes that is asked for nothing.
const retriesOfDefault = 11

// takesRetries reports whether event.bind takes a schedule of retries. Where it
// does not, a failure costs seconds or minutes, and the tests have fewer.
func (o *operator) takesRetries(host, token string) bool {
	o.t.Helper()
	params := bindParams("ONCRMLEADADD", "http://127.0.0.1:9/", nil, true)
	params.Set("auth", token)
	status, text, err := o.post(host, "/rest/event.bind", params)
	if err != nil || status != 200 && !strings.Contains(text, `"OPTIONS"`) {
		o.t.Fatalf("event.bind: %d %v %s", status, err, text)
	}
	if status != 200 {
		o.t.Log("retries can't be set: faults are few, and nobody is away")
	}
	return status == 200
}

// bindParams are those of event.bind, with quick retries unless the options say
// otherwise.
func bindParams(event, handler string, options url.Values, quick bool) url.Values {
	params := url.Values{"event": {event}, "handler": {handler}, "options[timeout]": {"20"}}
	if quick {
		params.Set("options[retry]", retries)
	}
	for key, values := range options {
		params["options["+key+"]"] = values
	}
	return params
}

// withRetries is a destination with the number of retries that follows from its
// options.
func withRetries(d history.Destination, options url.Values, quick bool) history.Destination {
	switch {
	case options.Has("retry"):
	case quick:
		d.Retries = strings.Count(retries, ",") + 1
	default:
		d.Retries = retriesOfDefault
	}
	return d
}
