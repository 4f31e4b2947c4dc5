package bench_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/onevent/onevent/bench"
)

// calls answer like a method, and keep what came.
type calls struct {
	mu          sync.Mutex
	bodies      []string
	connections map[string]int
	wrong       []string
	answer      func(w http.ResponseWriter)
}

func (c *calls) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.bodies = append(c.bodies, string(body))
	c.connections[r.RemoteAddr]++
	if r.Method != http.MethodPost || r.URL.Path != "/rest/profile" || r.Host != "portal.test" || r.Header.Get("Content-Type") != "application/json" {
		c.wrong = append(c.wrong, fmt.Sprint(r.Method, r.URL, r.Host, r.Header))
	}
	c.answer(w)
}

func ok(w http.ResponseWriter) { io.WriteString(w, `{"result":true}`) }

func runCalls(t *testing.T, l bench.Load, answer func(w http.ResponseWriter)) (bench.Posted, *calls, error) {
	t.Helper()
	c := &calls{connections: map[string]int{}, answer: answer}
	server := httptest.NewServer(c)
	defer server.Close()
	l.URL, l.Host, l.For = server.URL+"/rest/profile", "portal.test", 100*time.Millisecond
	l.Header = map[string]string{"Content-Type": "application/json"}
	said, err := runLoad(t, l)
	return said, c, err
}

func TestCallsArePostedInTurnOnKeptConnections(t *testing.T) {
	t.Parallel()
	bodies := [][]byte{[]byte(`{"id":1}`), []byte(`{"id":22}`), []byte(`{"id":333}`)}
	said, got, err := runCalls(t, bench.Load{Calls: bodies, Connections: 4, First: 7, Want: `"result":true`}, ok)
	if err != nil {
		t.Fatal(err)
	}
	if len(got.wrong) > 0 || len(got.connections) != 4 || said.Calls != len(got.bodies) || said.Events != said.Calls || said.Calls < 12 {
		t.Errorf("it says %+v of %d, on %v; wrong: %v", said, len(got.bodies), got.connections, got.wrong)
	}
	least, most := said.Calls, 0
	for _, body := range bodies {
		n := len(slices.DeleteFunc(slices.Clone(got.bodies), func(s string) bool { return s != string(body) }))
		least, most = min(least, n), max(most, n)
	}
	if most-least > 1 {
		t.Errorf("one body was posted %d times, another %d", most, least)
	}
}

func TestACallOfManyCommandsCountsThem(t *testing.T) {
	t.Parallel()
	said, got, err := runCalls(t, bench.Load{Calls: [][]byte{[]byte(`1`), []byte(`2`)}, Array: 50, Connections: 1}, ok)
	if err != nil || said.Events != 50*said.Calls || said.Calls != len(got.bodies) {
		t.Errorf("it says %+v of %d, %v", said, len(got.bodies), err)
	}
	if got.bodies[0] == got.bodies[1] {
		t.Errorf("the first two calls are alike: %s", got.bodies[0])
	}
}

func TestACallWithAnotherAnswerEndsTheLoad(t *testing.T) {
	t.Parallel()
	for says, answer := range map[string]func(w http.ResponseWriter){
		`answered 200: {"result":false}`: func(w http.ResponseWriter) { io.WriteString(w, `{"result":false}`) },
		`answered 503: "result":true`: func(w http.ResponseWriter) {
			w.WriteHeader(http.StatusServiceUnavailable)
			io.WriteString(w, `"result":true`)
		},
		"without a Content-Length": func(w http.ResponseWriter) {
			w.(http.Flusher).Flush()
			io.WriteString(w, `"result":true`)
		},
		"invalid syntax": func(w http.ResponseWriter) {
			conn, _, _ := w.(http.Hijacker).Hijack()
			io.WriteString(conn, "220 mail.test ESMTP\r\n\r\n")
			conn.Close()
		},
		"EOF": func(w http.ResponseWriter) {
			conn, _, _ := w.(http.Hijacker).Hijack()
			conn.Close()
		},
	} {
		t.Run(says, func(t *testing.T) {
			t.Parallel()
			_, _, err := runCalls(t, bench.Load{Calls: [][]byte{[]byte("{}")}, Connections: 2, Want: `"result":true`}, answer)
			if err == nil || !strings.Contains(err.Error(), says) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestCallsToNobodyFail(t *testing.T) {
	t.Parallel()
	if _, err := runLoad(t, bench.Load{URL: "http://127.0.0.1:1/", Calls: [][]byte{[]byte("{}")}, Connections: 1}); err == nil {
		t.Error("it says nothing")
	}
}
