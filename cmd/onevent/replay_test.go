package main_test

import (
	"regexp"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/onevent/onevent/internal/e2e"
	"github.com/onevent/onevent/internal/testkit"
)

// A handler that is out of order loses nothing: what failed is replayed once it
// answers again, what waits can be cancelled, and what met nobody is brought to who
// was bound later.
func TestWhatFailedIsReplayedAndWhatWaitsIsCancelled(t *testing.T) {
	t.Parallel()
	p := e2e.Dev(t, "--echo=false", "--retry", "none")
	r := e2e.NewReceiver(t)
	var mended atomic.Bool
	r.Answer(func(e2e.Request) int {
		if !mended.Load() {
			return 400
		}
		return 200
	})
	p.Publish(t, "ONCRMDEALADD", `{"FIELDS":{"ID":"7"}}`) // nobody is bound yet
	p.Bind(t, "ONCRMACTIVITYUPDATE", r.URL)
	p.Publish(t, "ONCRMACTIVITYUPDATE", `{"FIELDS":{"ID":"1"}}`)
	p.Publish(t, "ONCRMACTIVITYUPDATE", `{"FIELDS":{"ID":"2"}}`)
	says := func(want string, args ...string) (out string) {
		t.Helper()
		testkit.Eventually(t, e2e.Patience, strings.Join(args, " ")+" says "+want, func() bool {
			var code int
			code, out = verb(t, p, args...)
			return code == 0 && strings.Contains(out, want)
		})
		return out
	}
	says("failed", "deliveries", "--state", "failed", "--event", "ONCRMACTIVITYUPDATE")
	says("2 would be replayed; --yes begins", "replay", "--state", "failed")
	mended.Store(true)
	says("replay: ", "replay", "--state", "failed", "--yes")
	says("done, 2 done", "jobs")
	says("0 would be replayed, left out: 2 replayed", "replay", "--state", "failed")
	p.Bind(t, "ONCRMDEALADD", r.URL)
	says("1 would be replayed", "replay", "--missed", "--event", "ONCRMDEALADD")
	says("replay_events: ", "replay", "--missed", "--event", "ONCRMDEALADD", "--yes")
	for _, got := range r.Wait(t, "ONCRMDEALADD", 1) {
		if of := got.Header.Get("Onevent-Replay-Of"); !strings.HasPrefix(of, "event-") {
			t.Errorf("the replay of an event says that it repeats %q", of)
		}
	}
	list := says("delivered", "deliveries", "--state", "delivered", "--event", "ONCRMACTIVITYUPDATE")
	id := regexp.MustCompile(`(?m)^\S+ \S+ (\d+) `).FindStringSubmatch(list)
	if id == nil {
		t.Fatalf("no delivery is listed: %s", list)
	}
	refused(t, 1, "waits no more", "cancel", id[1], "--creds", p.CredsFile)
	says("repeats delivery "+id[1], "replay", id[1])
	refused(t, 2, "say which are meant", "cancel", "--yes", "--creds", p.CredsFile)
	refused(t, 2, "contradict", "replay", "--all", "--state", "failed", "--creds", p.CredsFile)
	says("0 would be cancelled", "cancel", "--all")
}
