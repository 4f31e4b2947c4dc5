package faulty

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/onevent/onevent/internal/e2e/history"
	"github.com/onevent/onevent/internal/testkit"
)

// patience bounds what a Receiver waits for.
const patience = 30 * time.Second

// State is how a whole Receiver is.
type State int

// States of a Receiver.
const (
	Well    State = iota // its paths follow their plans
	Failing              // everything is answered 500
	Away                 // connections are refused, what comes over old ones is hung up on
)

// Receiver is one host with handlers on several paths, each the history's
// destination of that name. It is safe for concurrent use.
type Receiver struct {
	name    func(form url.Values) string // which fact a body is about
	log     *history.Log
	seed    uint64
	address string

	mu       sync.Mutex
	state    State
	plans    map[string]Plan
	attempts map[string]int // of each delivery
	server   *http.Server   // nil while Away
	conns    int            // that are open
	serving  sync.WaitGroup
}

// New starts a receiver on a free port. name tells which fact a body is about.
// It ends with the test.
func New(t testing.TB, log *history.Log, seed uint64, name func(url.Values) string) *Receiver {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &Receiver{name: name, log: log, seed: seed, address: l.Addr().String(), plans: map[string]Plan{}, attempts: map[string]int{}}
	r.serve(l)
	t.Cleanup(r.close)
	return r
}

// URL is the handler of a path, a name without slashes.
func (r *Receiver) URL(path string) string { return "http://" + r.address + "/" + path }

// Follow gives a path its plan; a path without one is always well.
func (r *Receiver) Follow(path string, p Plan) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.plans[path] = p
}

// Heal ends all that fails by chance.
func (r *Receiver) Heal() {
	r.mu.Lock()
	defer r.mu.Unlock()
	clear(r.plans)
}

// Forget forgets how often deliveries have come.
func (r *Receiver) Forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	clear(r.attempts)
}

// Be changes the state of the host. It returns when new requests meet it.
func (r *Receiver) Be(t testing.TB, s State) {
	t.Helper()
	r.mu.Lock()
	was := r.state
	r.state = s
	server := r.server
	r.mu.Unlock()
	switch {
	case s == Away && was != Away:
		r.leave(server)
	case s != Away && was == Away:
		r.comeBack(t)
	}
}

// leave closes the listener and lets old connections end.
func (r *Receiver) leave(server *http.Server) {
	server.SetKeepAlivesEnabled(false)
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	server.Shutdown(ended) // closes the listener, and waits for nothing
	r.serving.Wait()
	r.mu.Lock()
	r.server = nil
	r.mu.Unlock()
}

// comeBack listens on the same port again, which another may have for a moment.
func (r *Receiver) comeBack(t testing.TB) {
	t.Helper()
	var l net.Listener
	testkit.Eventually(t, patience, "the receiver listens again", func() (ok bool) {
		var err error
		l, err = net.Listen("tcp", r.address)
		return err == nil
	})
	r.serve(l)
}

func (r *Receiver) serve(l net.Listener) {
	server := &http.Server{Handler: r, ConnState: r.count}
	r.mu.Lock()
	r.server = server
	r.mu.Unlock()
	r.serving.Go(func() { server.Serve(l) })
}

func (r *Receiver) close() {
	r.mu.Lock()
	server := r.server
	r.mu.Unlock()
	if server != nil {
		server.Close()
	}
	r.serving.Wait()
}

func (r *Receiver) count(_ net.Conn, s http.ConnState) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch s {
	case http.StateNew:
		r.conns++
	case http.StateClosed, http.StateHijacked:
		r.conns--
	}
}

// Drain waits until all that a dead server has sent was received. Nobody else
// may send meanwhile.
func (r *Receiver) Drain(t testing.TB) {
	t.Helper()
	r.barrier(t)
	testkit.Eventually(t, patience, "the connections of the dead server are closed", func() bool {
		r.mu.Lock()
		defer r.mu.Unlock()
		return r.conns == 0
	})
}

// barrier makes a connection of its own: once it is answered, every connection
// before it has been accepted.
func (r *Receiver) barrier(t testing.TB) {
	t.Helper()
	r.mu.Lock()
	away := r.server == nil
	r.mu.Unlock()
	if away {
		return
	}
	conn, err := net.Dial("tcp", r.address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "GET / HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", r.address)
	io.Copy(io.Discard, conn)
}

// ServeHTTP receives one attempt.
func (r *Receiver) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	if q.Method != http.MethodPost {
		return
	}
	body, err := io.ReadAll(q.Body)
	if err != nil {
		return // it was never sent to its end: nobody can tell whose it is
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		http.Error(w, "no form", http.StatusBadRequest)
		return
	}
	path := strings.Trim(q.URL.Path, "/")
	id := q.Header.Get("Webhook-Id")
	stamp, _ := strconv.ParseInt(q.Header.Get("Webhook-Timestamp"), 10, 64)
	a := r.log.Begin(history.Attempt{Key: history.Key{Fact: r.name(form), Destination: path}, Delivery: id, Stamp: stamp})
	r.answer(w, q.Context(), a, r.decide(path, id))
}

func (r *Receiver) decide(path, delivery string) answer {
	r.mu.Lock()
	defer r.mu.Unlock()
	seen := r.attempts[path+" "+delivery]
	r.attempts[path+" "+delivery]++
	switch r.state {
	case Failing:
		return answer{status: 500}
	case Away:
		return answer{}
	}
	return r.plans[path].draw(r.seed, path+" "+delivery, seen)
}

// answer notes the end of the attempt before its sender can know of it.
func (r *Receiver) answer(w http.ResponseWriter, sender context.Context, a *history.Attempt, with answer) {
	if err := wait(sender, with.after); err != nil {
		r.log.Abandon(a)
		return
	}
	r.log.End(a, with.status, with.pause)
	if with.status == 0 {
		hangUp(w)
		return
	}
	if with.pause > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(with.pause/time.Second)))
	}
	w.WriteHeader(with.status)
}

// wait lets time pass while the sender is there.
func wait(sender context.Context, d time.Duration) error {
	if d == 0 {
		return sender.Err()
	}
	over := time.NewTimer(d)
	defer over.Stop()
	select {
	case <-over.C:
		return sender.Err()
	case <-sender.Done():
		return sender.Err()
	}
}

func hangUp(w http.ResponseWriter) {
	conn, _, err := w.(http.Hijacker).Hijack()
	if err == nil {
		err = conn.Close()
	}
	if err != nil && !errors.Is(err, net.ErrClosed) {
		panic(http.ErrAbortHandler)
	}
}
