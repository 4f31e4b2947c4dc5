package e2e_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/onevent/onevent/internal/e2e"
	"github.com/onevent/onevent/internal/e2e/history"
)

// retries are many and quick, so that no outage of a test uses them up.
const retries = "200ms,500ms,1s,1s,1s,1s,1s,1s,1s,1s,1s,1s,2s,2s,2s,2s,2s,2s,2s,2s,5s,5s,5s,5s,5s,5s,5s,5s,5s,5s"

// retriesOfDefault is how many a server makes that is asked for nothing.
const retriesOfDefault = 11

// quickRetries are the lines of configuration by which retries are quick, and
// whether this server has them. Where it has not, a failure costs seconds or
// minutes, and the tests have fewer.
func quickRetries(t *testing.T) (lines string, quick bool) {
	t.Helper()
	_, help, _ := e2e.Run(t, t.TempDir(), "serve", "--help")
	if !strings.Contains(help, "delivery.retry") {
		t.Log("retries can't be set: faults are few, and nobody is away")
		return "", false
	}
	return "delivery.retry: " + retries + "\n", true
}

// bindParams are those of event.bind.
func bindParams(event, handler string, options url.Values) url.Values {
	params := url.Values{"event": {event}, "handler": {handler}}
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
