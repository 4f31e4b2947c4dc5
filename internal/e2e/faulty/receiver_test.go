package faulty_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/onevent/onevent/internal/e2e/faulty"
	"github.com/onevent/onevent/internal/e2e/history"
	"github.com/onevent/onevent/internal/testkit"
)

const (
	path     = "path"
	patience = 30 * time.Second
)

func receiver(t *testing.T) (*faulty.Receiver, *history.Log) {
	t.Helper()
	log := history.NewLog()
	log.Live()
	return faulty.New(t, log, 1, func(form url.Values) string { return form.Get("fact") }), log
}

// send makes one attempt of a delivery; status 0 means that no answer came.
func send(ctx context.Context, r *faulty.Receiver, client *http.Client, delivery string) (status int, retryAfter string) {
	q, err := http.NewRequestWithContext(ctx, "POST", r.URL(path), strings.NewReader("fact=f"+delivery))
	if err != nil {
		panic(err)
	}
	q.Header.Set("Webhook-Id", delivery)
	q.Header.Set("Webhook-Timestamp", "17")
	a, err := client.Do(q)
	if err != nil {
		return 0, ""
	}
	defer a.Body.Close()
	io.Copy(io.Discard, a.Body)
	return a.StatusCode, a.Header.Get("Retry-After")
}

func client(t *testing.T) *http.Client {
	t.Helper()
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

func TestAnAttemptIsWrittenDownWithItsAnswer(t *testing.T) {
	t.Parallel()
	r, log := receiver(t)
	if status, _ := send(t.Context(), r, client(t), "7"); status != 200 {
		t.Errorf("answered %d", status)
	}
	h := log.History()
	if len(h.Attempts) != 1 {
		t.Fatalf("%v", h.Attempts)
	}
	a := h.Attempts[0]
	if a.Key != (history.Key{Fact: "f7", Destination: path}) || a.Delivery != "7" || a.Stamp != 17 || !a.OK() || a.To <= a.From {
		t.Errorf("%+v", a)
	}
}

func TestEachFaultIsWhatItsNameSays(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		plan       faulty.Plan
		statuses   []int
		retryAfter string
	}{
		"error":   {faulty.Plan{Error: 1}, []int{500}, ""},
		"absent":  {faulty.Plan{Absent: 1}, []int{404}, ""},
		"hang up": {faulty.Plan{HangUp: 1}, []int{0}, ""},
		"wait":    {faulty.Plan{Wait: 1, RetryAfter: 2 * time.Second}, []int{429, 503}, "2"},
		"slow":    {faulty.Plan{Slow: 1, Slowest: time.Millisecond}, []int{200}, ""},
	} {
		r, log := receiver(t)
		r.Follow(path, c.plan)
		for i := range 8 {
			status, retryAfter := send(t.Context(), r, client(t), fmt.Sprint(i))
			if status != c.statuses[0] && status != c.statuses[len(c.statuses)-1] || retryAfter != c.retryAfter {
				t.Errorf("%s: %d, Retry-After %q", name, status, retryAfter)
			}
			if a := log.History().Attempts[i]; a.Status != status || a.Abandoned {
				t.Errorf("%s: written down as %v", name, a)
			}
		}
	}
}

func TestASeedDecidesAndADeliveryFailsNoMoreThanItsPlanAllows(t *testing.T) {
	t.Parallel()
	var runs [2][]int
	for i := range runs {
		r, _ := receiver(t)
		r.Follow(path, faulty.Plan{Error: 0.5, Failures: 2})
		for n := range 60 {
			status, _ := send(t.Context(), r, client(t), fmt.Sprint(n/3))
			if n%3 == 2 && status != 200 {
				t.Errorf("the third attempt got %d", status)
			}
			runs[i] = append(runs[i], status)
		}
	}
	text := fmt.Sprint(runs[0])
	if text != fmt.Sprint(runs[1]) || !strings.Contains(text, "500") || !strings.Contains(text, "200") {
		t.Errorf("%v\n%v", runs[0], runs[1])
	}
}

func TestAnOutageIsOneForEveryPathAndEnds(t *testing.T) {
	t.Parallel()
	r, log := receiver(t)
	c := client(t)
	for _, step := range []struct {
		state faulty.State
		want  int
	}{{faulty.Well, 200}, {faulty.Failing, 500}, {faulty.Away, 0}, {faulty.Failing, 500}, {faulty.Away, 0}, {faulty.Well, 200}} {
		r.Be(t, step.state)
		if status, _ := send(t.Context(), r, c, "7"); status != step.want {
			t.Errorf("in state %d: %d, want %d", step.state, status, step.want)
		}
	}
	if n := log.Count(); n != 4 {
		t.Errorf("%d attempts were written down, want 4: refused ones are none", n)
	}
}

func TestWhatADeadSenderSentIsWrittenDownBeforeDrainReturns(t *testing.T) {
	t.Parallel()
	r, log := receiver(t)
	r.Follow(path, faulty.Plan{Slow: 1, Slowest: time.Hour})
	c := client(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended := make(chan struct{})
	go func() { defer close(ended); send(ctx, r, c, "7") }()
	testkit.Eventually(t, patience, "the attempt has come", func() bool { return log.Count() == 1 })
	cancel()
	<-ended
	c.CloseIdleConnections()
	r.Drain(t)
	if a := log.History().Attempts[0]; !a.Abandoned || a.To == 0 {
		t.Errorf("%+v", a)
	}
}

func TestHealedPathsFailNoMore(t *testing.T) {
	t.Parallel()
	r, _ := receiver(t)
	r.Follow(path, faulty.Plan{Error: 1})
	r.Heal()
	if status, _ := send(t.Context(), r, client(t), "7"); status != 200 {
		t.Errorf("answered %d", status)
	}
}
