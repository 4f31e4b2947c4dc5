package e2e

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/onevent/onevent/client"
	"github.com/onevent/onevent/devportal"
	"github.com/onevent/onevent/internal/testkit"
)

// Portal is a dev portal that runs.
type Portal struct {
	devportal.Creds
	*Process
	Dir       string
	CredsFile string
}

// Dev starts `onevent dev` on free ports in a folder of its own, with further
// flags, and waits until it is ready.
func Dev(t testing.TB, flags ...string) *Portal {
	t.Helper()
	return DevIn(t, filepath.Join(t.TempDir(), "data"), flags...)
}

// DevIn is Dev in a folder that may have been used before.
func DevIn(t testing.TB, dir string, flags ...string) *Portal {
	t.Helper()
	p := &Portal{Dir: dir, CredsFile: filepath.Join(dir, "creds.json")}
	// What a run before left there says nothing about this one.
	if err := os.Remove(p.CredsFile); err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	args := []string{"dev", "--listen", "127.0.0.1:0", "--tls-listen", "127.0.0.1:0", "--data", dir}
	p.Process = Start(t, "", nil, append(args, flags...)...)
	p.untilReady(t)
	var err error
	if p.Creds, err = devportal.ReadCreds(p.CredsFile); err != nil {
		t.Fatal(err)
	}
	return p
}

func (p *Portal) untilReady(t testing.TB) {
	t.Helper()
	testkit.Eventually(t, Patience, "the portal is ready", func() bool {
		select {
		case <-p.Ended():
			t.Fatalf("the portal ended while it was starting:\n%s%s", p.Stdout, p.Stderr)
		default:
		}
		_, err := os.Stat(p.CredsFile)
		return err == nil
	})
}

// Admin is the management API of the portal.
func (p *Portal) Admin(t testing.TB) *client.Client {
	t.Helper()
	c, err := p.Client()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Publish publishes one event by the management API; data is JSON.
func (p *Portal) Publish(t testing.TB, code, data string) client.Published {
	t.Helper()
	out, err := p.Admin(t).Publish(context.Background(), p.MemberID, "", client.Event{Event: code, UserID: p.UserID, Data: json.RawMessage(data)})
	if err != nil {
		t.Fatal(err)
	}
	return out[0]
}

// UntilSettled waits until every delivery is.
func (p *Portal) UntilSettled(t testing.TB) client.Stats {
	t.Helper()
	var stats client.Stats
	testkit.Eventually(t, Patience, "everything is settled", func() bool {
		var err error
		if stats, err = p.Admin(t).Stats(context.Background()); err != nil {
			t.Fatal(err)
		}
		return stats.Waiting+stats.InFlight == 0
	})
	return stats
}

// Answer is what a REST call was answered.
type Answer struct {
	Status           int             `json:"-"`
	Result           json.RawMessage `json:"result"`
	Error            string          `json:"error"`
	ErrorDescription string          `json:"error_description"`
}

// Call calls a method of the portal with the application's token.
func (p *Portal) Call(t testing.TB, method string, params url.Values) Answer {
	t.Helper()
	form := url.Values{"auth": {p.AccessToken}}
	for name, values := range params {
		form[name] = values
	}
	return Post(t, p.PortalURL+"/rest/"+method, form)
}

// MustCall is Call of a method that must succeed, with its result read into out
// unless that is nil.
func (p *Portal) MustCall(t testing.TB, method string, params url.Values, out any) {
	t.Helper()
	a := p.Call(t, method, params)
	if a.Error != "" || a.Status != http.StatusOK {
		t.Fatalf("%s answers %d %s: %s", method, a.Status, a.Error, a.ErrorDescription)
	}
	if out == nil {
		return
	}
	if err := json.Unmarshal(a.Result, out); err != nil {
		t.Fatal(err)
	}
}

// Bind binds a URL to an event by event.bind.
func (p *Portal) Bind(t testing.TB, event, handler string) {
	t.Helper()
	p.MustCall(t, "event.bind", url.Values{"event": {event}, "handler": {handler}}, nil)
}

// Post sends a form to any URL and reads the JSON of the answer.
func Post(t testing.TB, to string, form url.Values) Answer {
	t.Helper()
	r, err := http.Post(to, "application/x-www-form-urlencoded", strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	a := Answer{Status: r.StatusCode}
	if err := json.Unmarshal(body, &a); err != nil {
		t.Fatalf("%s answers %d with no JSON: %s", to, r.StatusCode, body)
	}
	return a
}
