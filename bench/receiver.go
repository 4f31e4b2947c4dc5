package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"
)

// Receiver is the handler at the end of the way: it reads each body, answers
// 200 and counts. Its zero value is ready.
type Receiver struct {
	mu        sync.Mutex
	seen      map[string]struct{}
	repeats   int
	sample    []byte
	latencies []time.Duration
}

// Tally is what a receiver counted since it was last asked.
type Tally struct {
	Distinct int
	Repeats  int
	// Sample is the newest body, as rendered by the server.
	Sample []byte
	// P50 and P99 are of bodies that told when they were published.
	P50, P99 time.Duration
}

// stampKey precedes the nanoseconds at which a body was published.
var stampKey = []byte("data%5BFIELDS%5D%5BSTAMP%5D=")

// ServeHTTP takes a POST; GET /tally tells and begins anew.
func (rc *Receiver) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet {
		json.NewEncoder(w).Encode(rc.tally())
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, "unreadable", http.StatusBadRequest)
		return
	}
	rc.count(r.Header.Get("Webhook-Id"), body)
}

func (rc *Receiver) count(id string, body []byte) {
	took, stamped := latencyOf(body)
	rc.mu.Lock()
	defer rc.mu.Unlock()
	if rc.seen == nil {
		rc.seen = map[string]struct{}{}
	}
	if _, again := rc.seen[id]; again {
		rc.repeats++
	}
	rc.seen[id] = struct{}{}
	rc.sample = body
	if stamped {
		rc.latencies = append(rc.latencies, took)
	}
}

func latencyOf(body []byte) (time.Duration, bool) {
	i := bytes.Index(body, stampKey)
	if i < 0 {
		return 0, false
	}
	digits, _, _ := bytes.Cut(body[i+len(stampKey):], []byte("&"))
	sent, err := strconv.ParseInt(string(digits), 10, 64)
	return time.Duration(time.Now().UnixNano() - sent), err == nil && sent > 0
}

func (rc *Receiver) tally() Tally {
	rc.mu.Lock()
	defer rc.mu.Unlock()
	t := Tally{Distinct: len(rc.seen), Repeats: rc.repeats, Sample: rc.sample}
	slices.Sort(rc.latencies)
	if n := len(rc.latencies); n > 0 {
		t.P50, t.P99 = rc.latencies[n/2], rc.latencies[n*99/100]
	}
	rc.seen, rc.repeats, rc.latencies = nil, 0, nil
	return t
}

// RunReceiver serves on a free port of 127.0.0.1, tells its URL on out, and ends
// with ctx.
func RunReceiver(ctx context.Context, out io.Writer) error { return serve(ctx, out, &Receiver{}) }

func serve(ctx context.Context, out io.Writer, h http.Handler) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	s := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
	stop := context.AfterFunc(ctx, func() { s.Close() })
	defer stop()
	io.WriteString(out, "http://"+l.Addr().String()+"/\n")
	if err := s.Serve(l); err != http.ErrServerClosed {
		return err
	}
	return nil
}
