package conformance_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"testing"
)

const (
	publishers = 8   // each publishes about an object of its own
	answers    = 400 // after so many the server is killed
	kills      = 2
)

// What was answered with 202 arrives although the server was killed while it
// stored and sent; about one object the first arrivals are in the order of
// publishing, and a repeat has the webhook-id of the first.
func TestNothingAcknowledgedIsLostByAKill(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	server := startServerIn(t, dir)
	// The first delivery of each object fails, so that a backlog waits behind it
	// while the server is killed.
	handler := startReceiver(t, slices.Repeat([]int{500}, publishers)...)
	p := found(t, server.base, server.token, "some-domain.bitrix24.com", "de")
	a := p.register("market")
	a.version("1.0.0", "crm", "")
	a.install("1.0.0", "", 201)
	a.bind("ONCRMDEALUPDATE", handler.url)

	load := &load{portal: p, next: make([]int, publishers)}
	for range kills {
		load.until(answers, server.kill)
		server = startServerIn(t, dir)
		p.base = server.base
	}
	handler.until("every acknowledged event", load.arrived)
	handler.mu.Lock()
	defer handler.mu.Unlock()
	checkOrder(t, handler.received)
}

// load publishes numbered events, one after the other about each object.
type load struct {
	*portal
	next []int // number of the next event of an object

	mu           sync.Mutex
	acknowledged []string
}

// until publishes until n more events were acknowledged, then kills the server
// while the publishers go on.
func (l *load) until(n int, kill func()) {
	ctx, stop := context.WithCancel(l.t.Context())
	defer stop()
	answered := make(chan struct{})
	var working sync.WaitGroup
	for object := range publishers {
		working.Go(func() {
			for l.publishOne(ctx, object) {
				select {
				case answered <- struct{}{}:
				case <-ctx.Done():
				}
			}
		})
	}
	for range n {
		<-answered
	}
	go func() {
		for range answered { // nobody waits while the server dies
		}
	}()
	kill()
	working.Wait()
	close(answered)
}

// publishOne reports false when the server has gone. A number is used once: of
// one that was not acknowledged nobody knows whether it was stored.
func (l *load) publishOne(ctx context.Context, object int) bool {
	l.next[object]++
	n := l.next[object]
	body, err := json.Marshal(map[string]any{
		"event": "ONCRMDEALUPDATE", "user_id": 1,
		"data": map[string]any{"FIELDS": map[string]any{"ID": object + 1, "N": n}},
	})
	if err != nil {
		l.t.Error(err)
		return false
	}
	r, err := http.NewRequestWithContext(ctx, "POST", l.base+"/admin/v1/portals/"+l.memberID+"/events", bytes.NewReader(body))
	if err != nil {
		l.t.Error(err)
		return false
	}
	r.Header.Set("Authorization", "Bearer "+l.token)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return false
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusAccepted {
		l.t.Errorf("published: %d", answer.StatusCode)
		return false
	}
	l.mu.Lock()
	l.acknowledged = append(l.acknowledged, label(object+1, n))
	l.mu.Unlock()
	return true
}

func label(object, n int) string { return fmt.Sprintf("%d/%d", object, n) }

func (r received) label() string {
	return r.fields.Get("data[FIELDS][ID]") + "/" + r.fields.Get("data[FIELDS][N]")
}

// arrived says whether every acknowledged event is among those received.
func (l *load) arrived(all []received) bool {
	came := map[string]bool{}
	for _, one := range all {
		came[one.label()] = true
	}
	for _, want := range l.acknowledged {
		if !came[want] {
			return false
		}
	}
	return true
}

func checkOrder(t *testing.T, all []received) {
	t.Helper()
	last, ids := map[string]int{}, map[string]string{}
	for _, one := range all {
		id := one.headers.Get("Webhook-Id")
		if before, repeat := ids[one.label()]; repeat {
			if id != before {
				t.Errorf("%s came as deliveries %s and %s", one.label(), before, id)
			}
			continue
		}
		ids[one.label()] = id
		object := one.fields.Get("data[FIELDS][ID]")
		n, err := strconv.Atoi(one.fields.Get("data[FIELDS][N]"))
		if err != nil || n <= last[object] {
			t.Errorf("event %s came after %d, %v", one.label(), last[object], err)
		}
		last[object] = n
	}
}
