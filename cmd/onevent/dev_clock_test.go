package main_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/client"
	"github.com/onevent/onevent/internal/e2e"
	"github.com/onevent/onevent/internal/testkit"
)

func advance(t *testing.T, p *e2e.Portal, d time.Duration) client.Clock {
	t.Helper()
	now, err := p.Admin(t).AdvanceClock(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	return now
}

// Seventy hours of retries go by in a second, and each of them comes.
func TestTheWholeRetryScheduleIsSeenByMovingTheClock(t *testing.T) {
	t.Parallel()
	p, r := e2e.Dev(t, "--echo=false"), e2e.NewReceiver(t)
	r.Answer(func(e2e.Request) int { return 404 })
	p.Bind(t, "ONCRMLEADADD", r.URL)
	made := p.Publish(t, "ONCRMLEADADD", `{"FIELDS":{"ID":"1"}}`)
	attempts := func() (client.Delivery, int) {
		list, err := p.Admin(t).Deliveries(t.Context(), made.ID)
		if err != nil || len(list) != 1 {
			t.Fatal(list, err)
		}
		return list[0], len(list[0].Attempts)
	}
	for i, delay := range onevent.DefaultRetry {
		testkit.Eventually(t, e2e.Patience, fmt.Sprintf("attempt %d ended", i+1), func() bool {
			_, n := attempts()
			return n == i+1
		})
		advance(t, p, delay*11/10)
	}
	p.UntilSettled(t)
	if d, n := attempts(); d.State != "failed" || d.Verdict != "exhausted" || n != len(onevent.DefaultRetry)+1 {
		t.Errorf("after %d attempts it is %s (%s)", n, d.State, d.Verdict)
	}
}

func TestADestinationWithoutSuccessForFiveDaysIsDisabledAndLosesNothing(t *testing.T) {
	t.Parallel()
	const events = 25
	p, r := e2e.Dev(t, "--echo=false"), e2e.NewReceiver(t)
	r.Answer(func(e2e.Request) int { return 500 })
	p.Bind(t, "ONCRMLEADADD", r.URL)
	for i := range events {
		p.Publish(t, "ONCRMLEADADD", fmt.Sprintf(`{"FIELDS":{"ID":"%d"}}`, i+1))
	}
	disabled := func() client.Handler {
		list, err := p.Admin(t).Handlers(t.Context(), p.MemberID)
		if err != nil || len(list) != 1 {
			t.Fatal(list, err)
		}
		return list[0]
	}
	testkit.Eventually(t, e2e.Patience, "the breaker opens", func() bool { return len(r.Got()) >= 5 })
	ahead := time.Duration(0)
	for disabled().Disabled == "" {
		if ahead += 6 * time.Hour; ahead > 6*24*time.Hour {
			t.Fatalf("after %s and %d attempts it is not disabled", ahead, len(r.Got()))
		}
		before := len(r.Got())
		advance(t, p, 6*time.Hour)
		testkit.Eventually(t, e2e.Patience, "a probe has ended", func() bool {
			s, err := p.Admin(t).Stats(t.Context())
			return err == nil && len(r.Got()) > before && s.InFlight == 0
		})
	}
	if h := disabled(); h.Disabled != "no_success" || ahead < 5*24*time.Hour {
		t.Errorf("after %s it is disabled by %q", ahead, h.Disabled)
	}
	if s, err := p.Admin(t).Stats(t.Context()); err != nil || s.Waiting != events {
		t.Errorf("%+v, %v", s, err)
	}
	testkit.Eventually(t, e2e.Patience, "the screen tells of it", func() bool {
		return strings.Contains(p.Stdout.String(), "nothing succeeded in five days")
	})
	r.Answer(func(e2e.Request) int { return 200 })
	if _, err := p.Admin(t).EnableHandler(t.Context(), p.MemberID, disabled().ID); err != nil {
		t.Fatal(err)
	}
	if s := p.UntilSettled(t); s.Delivered != events {
		t.Errorf("%+v", s)
	}
}

// Deliveries that were never tried fail at their deadline too, and can be replayed.
func TestADeadlinePassesBehindAnOpenBreaker(t *testing.T) {
	t.Parallel()
	const events = 12
	p, r := e2e.Dev(t, "--echo=false"), e2e.NewReceiver(t)
	r.Answer(func(e2e.Request) int { return 503 })
	p.Bind(t, "ONCRMLEADADD", r.URL)
	var last client.Published
	for i := range events {
		last = p.Publish(t, "ONCRMLEADADD", fmt.Sprintf(`{"FIELDS":{"ID":"%d"}}`, i+1))
	}
	testkit.Eventually(t, e2e.Patience, "the breaker is open", func() bool {
		list, err := p.Admin(t).Destinations(t.Context(), p.MemberID)
		return err == nil && len(list) == 1 && list[0].Breaker == "open"
	})
	before := len(r.Got())
	advance(t, p, onevent.DefaultDeadline)
	if s := p.UntilSettled(t); s.Failed != events {
		t.Errorf("%+v", s)
	}
	if n := len(r.Got()); n > before+1 {
		t.Errorf("%d attempts came while the breaker was open, more than one probe", n-before)
	}
	list, err := p.Admin(t).Deliveries(t.Context(), last.ID)
	if err != nil || len(list) != 1 || list[0].Verdict != "expired" {
		t.Fatalf("%+v, %v", list, err)
	}
	r.Answer(func(e2e.Request) int { return 200 })
	if _, err := p.Admin(t).Replay(t.Context(), list[0].ID, false); err != nil {
		t.Fatal(err)
	}
	advance(t, p, time.Hour) // past the pause before the next probe
	if s := p.UntilSettled(t); s.Delivered != 1 {
		t.Errorf("%+v", s)
	}
}

// A token that ended is refused, and the clock goes on from where it was after a
// restart.
func TestTokensEndByTheMovedClockAlsoAfterARestart(t *testing.T) {
	t.Parallel()
	p := e2e.Dev(t, "--echo=false")
	if a := p.Call(t, "app.info", nil); a.Error != "" {
		t.Fatalf("%+v", a)
	}
	now := advance(t, p, 2*time.Hour)
	if a := p.Call(t, "app.info", nil); a.Status != http.StatusUnauthorized || a.Error != "expired_token" {
		t.Errorf("%+v", a)
	}
	p.Stop(t)
	q := e2e.DevIn(t, p.Dir, "--echo=false")
	code, out, _ := e2e.Run(t, "", "clock", "--creds", q.CredsFile)
	if code != 0 || !strings.Contains(out, "2h0m0s ahead") || now.Ahead != 7200 {
		t.Errorf("exit code %d: %s", code, out)
	}
	if !strings.Contains(q.Stdout.String(), "2h0m0s ahead") {
		t.Errorf("it starts with %s", q.Stdout)
	}
	q.MustCall(t, "app.info", url.Values{}, nil)
}

func TestTheClockVerbRefusesWhatItCanNotDo(t *testing.T) {
	t.Parallel()
	p := e2e.Dev(t, "--echo=false")
	for _, c := range []struct {
		args []string
		says string
	}{
		{[]string{"--", "-1h"}, "can't be set back"},
		{[]string{"--to", "2001-01-01T00:00:00Z"}, "can't be set back"},
		{[]string{"4000d"}, "10 years"},
		{[]string{"soon"}, "is no duration"},
		{[]string{"--to", "soon"}, "must be a time"},
		{[]string{"1h", "--to", "2030-01-01T00:00:00Z"}, "not both"},
	} {
		code, _, stderr := e2e.Run(t, "", append([]string{"clock", "--creds", p.CredsFile}, c.args...)...)
		if code == 0 || !strings.Contains(stderr, c.says) {
			t.Errorf("%q: exit code %d, %s", c.args, code, stderr)
		}
	}
	if now, err := p.Admin(t).Clock(t.Context()); err != nil || now.Ahead != 0 {
		t.Errorf("%+v, %v", now, err)
	}
}

func TestTheClockOfAServerCanNotBeMoved(t *testing.T) {
	t.Parallel()
	s := e2e.Serve(t, "")
	_, err := s.Admin().AdvanceClock(t.Context(), time.Hour)
	if refused, ok := errors.AsType[*client.Error](err); !ok || refused.Status != http.StatusNotFound {
		t.Errorf("%v", err)
	}
}
