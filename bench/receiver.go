package bench

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Receiver is the handler at the end of the way: it reads each body, answers
// 200 and counts. Its zero value is ready.
type Receiver struct {
	mu      sync.Mutex
	seen    map[string]struct{}
	repeats int
	sample  []byte
	stamped []Stamped
	watched map[string]Arrivals
}

// Tally is what a receiver counted since it was last asked.
type Tally struct {
	Distinct int
	Repeats  int
	// Sample is the newest body, as rendered by the server.
	Sample []byte
	// Stamped are the bodies that told when they were published; P50 and P99 are
	// how long these took.
	Stamped  []Stamped
	P50, P99 time.Duration
	// Watched are the arrivals at each path below WatchedPath.
	Watched map[string]Arrivals
}

// Stamped is a body that told when it was published.
type Stamped struct {
	At   time.Time // published
	Took time.Duration
}

// Arrivals are what came to one path.
type Arrivals struct {
	N    int
	Last time.Time
}

// WatchedPath begins the paths whose arrivals are told one by one.
const WatchedPath = "/watched/"

// stampKey precedes the nanoseconds at which a body was published.
var stampKey = []byte("data%5BFIELDS%5D%5BSTAMP%5D=")

// ServeHTTP takes a POST; GET tells and begins anew, HEAD tells the number of
// distinct deliveries alone and goes on counting.
func (rc *Receiver) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.Method {
	case http.MethodGet:
		json.NewEncoder(w).Encode(rc.tally()) // a failure means that the client went away
		return
	case http.MethodHead:
		w.Header().Set(countHeader, strconv.Itoa(rc.distinct()))
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, "unreadable", http.StatusBadRequest)
		return
	}
	rc.count(r.Header.Get("Webhook-Id"), body)
	if strings.HasPrefix(r.URL.Path, WatchedPath) {
		rc.watch(r.URL.Path)
	}
}

// countHeader of the answer to HEAD.
const countHeader = "Bench-Distinct"

func (rc *Receiver) distinct() int {
	rc.mu.Lock()
	defer rc.mu.Unlock()
	return len(rc.seen)
}

func (rc *Receiver) watch(path string) {
	rc.mu.Lock()
	defer rc.mu.Unlock()
	if rc.watched == nil {
		rc.watched = map[string]Arrivals{}
	}
	rc.watched[path] = Arrivals{N: rc.watched[path].N + 1, Last: time.Now()}
}

func (rc *Receiver) count(id string, body []byte) {
	at, isStamped := stampOf(body)
	took := time.Since(at)
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
	if isStamped {
		rc.stamped = append(rc.stamped, Stamped{at, took})
	}
}

func stampOf(body []byte) (time.Time, bool) {
	i := bytes.Index(body, stampKey)
	if i < 0 {
		return time.Time{}, false
	}
	digits, _, _ := bytes.Cut(body[i+len(stampKey):], []byte("&"))
	sent, err := strconv.ParseInt(string(digits), 10, 64)
	return time.Unix(0, sent), err == nil && sent > 0
}

func (rc *Receiver) tally() Tally {
	rc.mu.Lock()
	defer rc.mu.Unlock()
	t := Tally{Distinct: len(rc.seen), Repeats: rc.repeats, Sample: rc.sample, Stamped: rc.stamped, Watched: rc.watched}
	t.P50, t.P99 = quantiles(rc.stamped)
	rc.seen, rc.repeats, rc.stamped, rc.watched = nil, 0, nil, nil
	return t
}

// quantiles of how long bodies took; zero of none.
func quantiles(stamped []Stamped) (p50, p99 time.Duration) {
	took := make([]time.Duration, len(stamped))
	for i, s := range stamped {
		took[i] = s.Took
	}
	slices.Sort(took)
	if n := len(took); n > 0 {
		p50, p99 = took[n/2], took[n*99/100]
	}
	return p50, p99
}
