package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Load is one run of the process that posts: bare bodies to the receiver, events
// to the server's publishing route, or calls of the REST protocol.
type Load struct {
	URL         string
	Header      map[string]string
	Host        string
	Body        []byte // posted as it is; empty: events
	Array       int    // events, or commands, a call; 0: one, not in an array
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
	ctx, cancel := context.WithTimeout(ctx, l.For)
	defer cancel()
	posters, end, err := l.posters(client)
	defer end()
	if err != nil {
		return Posted{}, err
	}
	var calls, number atomic.Int64
	number.Store(int64(l.First))
	var wg sync.WaitGroup
	errs := make(chan error, l.Connections)
	began, cpu := time.Now(), ownCPU()
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

// connection posts one after the other until the run is over. A call that has
// begun is ended, so that every event sent is also answered.
func (l Load) connection(ctx context.Context, post poster, index int, began time.Time, calls, number *atomic.Int64) error {
	for turn := 0; ; turn++ {
		if l.Rate > 0 && !l.await(ctx, began, turn*l.Connections+index) {
			return nil
		}
		if ctx.Err() != nil {
			return nil
		}
		events := int64(max(l.Array, 1))
		if err := post(int(number.Add(events) - events)); err != nil {
			return err
		}
		calls.Add(1)
	}
}

func (l Load) await(ctx context.Context, began time.Time, call int) bool {
	at := began.Add(time.Duration(float64(call) / l.Rate * float64(time.Second)))
	t := time.NewTimer(time.Until(at))
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

func (l Load) post(client *http.Client, number int) error {
	body := l.bodyOf(number)
	req, err := http.NewRequest(http.MethodPost, l.URL, bytes.NewReader(body))
	if err != nil {
		return err
	}
	for k, v := range l.Header {
		req.Header.Set(k, v)
	}
	if len(l.Body) > 0 {
		req.Header.Set("Webhook-Id", strconv.Itoa(number))
	}
	req.Host = l.Host
	answer, err := client.Do(req)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode/100 != 2 {
		err = fmt.Errorf("answered %d: %s", answer.StatusCode, text)
	}
	return err
}

func (l Load) bodyOf(number int) []byte {
	if len(l.Body) > 0 {
		return l.stamped(l.Body)
	}
	if l.Array == 0 {
		return []byte(l.event(number))
	}
	events := make([]string, l.Array)
	for i := range events {
		events[i] = l.event(number + i)
	}
	return []byte("[" + strings.Join(events, ",") + "]")
}

func (l Load) event(number int) string {
	stamp := int64(0)
	if l.Stamp {
		stamp = time.Now().UnixNano()
	}
	return fmt.Sprintf(`{"event":"ONCRMACTIVITYUPDATE","user_id":1,"data":{"FIELDS":{"ID":"%d","STAMP":"%019d"}}}`, number, stamp)
}

// stamped puts the present moment into a bare body, in place of the server's.
func (l Load) stamped(body []byte) []byte {
	i := bytes.Index(body, stampKey)
	if !l.Stamp || i < 0 {
		return body
	}
	i += len(stampKey)
	out := bytes.Clone(body)
	copy(out[i:], fmt.Sprintf("%019d", time.Now().UnixNano()))
	return out
}
