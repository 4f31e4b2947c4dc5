package bench

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// Load is one run of the process that posts: bare bodies to the receiver, events
// to the server's publishing route, or calls of the REST protocol.
type Load struct {
	URL    string
	Header map[string]string
	Host   string
	Body   []byte // posted as it is; empty: events
	// URLs and Codes take turns in place of URL and of the usual event's code:
	// each URL with the first code, then each with the second.
	URLs, Codes []string
	Pad         int // bytes of text that an event carries
	Array       int // events, or commands, a call; 0: one, not in an array
	Connections int
	Rate        float64 // calls a second over all connections; 0: as many as go
	For         time.Duration
	Stamp       bool // bodies tell when they were sent
	First       int  // number of the first object or bare id
	// Calls are bodies that are posted in turn, as they are, by a client that
	// costs little; with them neither Body nor Stamp counts.
	Calls [][]byte
	Want  string // part of every answer to Calls
}

// Posted is what a load did.
type Posted struct {
	Calls  int
	Events int
	Took   time.Duration
	CPU    time.Duration
	P99    time.Duration // until a call was answered; of a load with a Rate alone
}

// RunLoads reads a Load a line from in, runs each and answers a Posted a line on
// out, until in ends.
func RunLoads(ctx context.Context, in io.Reader, out io.Writer) error {
	loads, answers := json.NewDecoder(in), json.NewEncoder(out)
	client := tunedClient()
	for {
		var l Load
		if err := loads.Decode(&l); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		p, err := l.run(ctx, client)
		if err != nil {
			return err
		}
		if err := answers.Encode(p); err != nil {
			return err
		}
	}
}

// tunedClient keeps as many idle connections as it uses.
func tunedClient() *http.Client {
	return &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{
		MaxIdleConns: 256, MaxIdleConnsPerHost: 256, MaxConnsPerHost: 256, DisableCompression: true,
		IdleConnTimeout: 90 * time.Second,
	}}
}

func (l Load) run(ctx context.Context, client *http.Client) (Posted, error) {
	posters, end, err := l.posters(client)
	defer end()
	if err != nil {
		return Posted{}, err
	}
	var calls, number atomic.Int64
	number.Store(int64(l.First))
	var answered stopwatch
	if l.Rate > 0 {
		posters = answered.timing(posters)
	}
	var wg sync.WaitGroup
	errs := make(chan error, l.Connections)
	began, cpu := time.Now(), ownCPU()
	ctx, cancel := context.WithTimeout(ctx, l.For)
	defer cancel()
	for i, post := range posters {
		wg.Go(func() {
			if err := l.connection(ctx, post, i, began, &calls, &number); err != nil {
				errs <- err
				cancel()
			}
		})
	}
	wg.Wait()
	p := Posted{Calls: int(calls.Load()), Took: time.Since(began), CPU: ownCPU() - cpu}
	_, p.P99 = quantiles(answered.stamped)
	p.Events = p.Calls * max(l.Array, 1)
	select {
	case err := <-errs:
		return p, err
	default:
		return p, nil
	}
}

// poster makes the call of a number and reads its answer.
type poster func(number int) error

// posters are one for each connection; end must be called after them.
func (l Load) posters(client *http.Client) (all []poster, end func(), err error) {
	if len(l.Calls) > 0 {
		return l.callers()
	}
	for range l.Connections {
		all = append(all, func(number int) error { return l.post(client, number) })
	}
	return all, func() {}, nil
}

// stopwatch notes how long calls took.
type stopwatch struct {
	mu      sync.Mutex
	stamped []Stamped
}

func (w *stopwatch) timing(posters []poster) []poster {
	timed := make([]poster, len(posters))
	for i, post := range posters {
		timed[i] = func(number int) error {
			began := time.Now()
			err := post(number)
			w.mu.Lock()
			defer w.mu.Unlock()
			w.stamped = append(w.stamped, Stamped{began, time.Since(began)})
			return err
		}
	}
	return timed
}
