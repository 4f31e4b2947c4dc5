package bench_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/onevent/onevent/bench"
)

// deliver posts a body to a receiver as the server does.
func deliver(t *testing.T, url, id, body string) {
	t.Helper()
	req, err := http.NewRequest(http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Webhook-Id", id)
	answer, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		t.Errorf("answered %d", answer.StatusCode)
	}
}

func tally(t *testing.T, url string) (got bench.Tally) {
	t.Helper()
	answer, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if err := json.NewDecoder(answer.Body).Decode(&got); err != nil {
		t.Fatal(err)
	}
	return got
}

func TestAReceiverTalliesDistinctAndRepeatedDeliveries(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(&bench.Receiver{})
	defer server.Close()
	for _, id := range []string{"1", "2", "1", "3", "1"} {
		deliver(t, server.URL, id, "event=A&n="+id)
	}
	if got := tally(t, server.URL); got.Distinct != 3 || got.Repeats != 2 || string(got.Sample) != "event=A&n=1" || got.P50 != 0 {
		t.Errorf("got %+v", got)
	}
	deliver(t, server.URL, "1", "event=B")
	if got := tally(t, server.URL); got.Distinct != 1 || got.Repeats != 0 {
		t.Errorf("after it was asked: %+v", got)
	}
	if got := tally(t, server.URL); got.Distinct != 0 || got.Repeats != 0 {
		t.Errorf("without deliveries: %+v", got)
	}
}

func TestAReceiverCountsWithoutForgettingAndTellsWatchedPaths(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(&bench.Receiver{})
	defer server.Close()
	for id, path := range []string{"", "/watched/a", "/watched/b/1", "/watched/a"} {
		deliver(t, server.URL+path, strconv.Itoa(id), "event=A")
	}
	for range 2 {
		answer, err := http.Head(server.URL)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if n := answer.Header.Get("Bench-Distinct"); n != "4" {
			t.Errorf("counted %q", n)
		}
	}
	got := tally(t, server.URL).Watched
	if len(got) != 2 || got["/watched/a"].N != 2 || got["/watched/b/1"].N != 1 || got["/watched/a"].Last.Before(got["/watched/b/1"].Last) {
		t.Errorf("got %+v", got)
	}
	if again := tally(t, server.URL).Watched; len(again) != 0 {
		t.Errorf("after it was asked: %+v", again)
	}
}

func TestAReceiverMeasuresOnlyBodiesThatTellTheirMoment(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(&bench.Receiver{})
	defer server.Close()
	stamp := func(t time.Time) string {
		return fmt.Sprintf("data%%5BFIELDS%%5D%%5BSTAMP%%5D=%019d&ts=1", t.UnixNano())
	}
	deliver(t, server.URL, "1", stamp(time.Unix(0, 0)))
	deliver(t, server.URL, "2", "event=A")
	if got := tally(t, server.URL); got.P50 != 0 || got.P99 != 0 {
		t.Errorf("without a moment: %+v", got)
	}
	for id := range 3 {
		deliver(t, server.URL, strconv.Itoa(id), stamp(time.Now().Add(-time.Hour*time.Duration(id+1))))
	}
	if got := tally(t, server.URL); got.P50 < 2*time.Hour || got.P50 > 3*time.Hour || got.P99 < got.P50 {
		t.Errorf("published one, two and three hours ago: %+v", got)
	}
}

// serving runs what tells its URL and ends when told; the test fails unless it
// does both.
func serving(t *testing.T, run func(context.Context, io.Writer) error) (url string) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	out, in := io.Pipe()
	ended := make(chan error)
	go func() { ended <- run(ctx, in) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(line)
}

func TestAReceiverTellsItsURLAndEndsWhenTold(t *testing.T) {
	t.Parallel()
	url := serving(t, bench.RunReceiver)
	deliver(t, url, "1", "event=A")
	if got := tally(t, url); got.Distinct != 1 {
		t.Errorf("got %+v", got)
	}
}

// What says nothing, or late, holds its caller up, but not the end.
func TestSilentAndSlowDestinationsAnswerNothingAndEndWhenTold(t *testing.T) {
	t.Parallel()
	for name, run := range map[string]func(context.Context, io.Writer) error{"silent": bench.RunSilent, "slow": bench.RunSlow} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var url string
			answered := make(chan error, 1)
			t.Cleanup(func() {
				if err := <-answered; err == nil {
					t.Error("it answered")
				}
			})
			url = serving(t, run) // ends before the answer is looked at
			conn, err := net.Dial("tcp", strings.Trim(url, "htp:/"))
			if err != nil {
				t.Fatal(err)
			}
			io.WriteString(conn, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\na")
			go func() {
				defer conn.Close()
				n, err := conn.Read(make([]byte, 1))
				if n > 0 {
					err = nil
				}
				answered <- err
			}()
		})
	}
}

// posts are what a server was sent.
type posts struct {
	mu     sync.Mutex
	ids    []int
	bodies []string
	heads  []*http.Request
	status int
}

func (p *posts) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	p.mu.Lock()
	defer p.mu.Unlock()
	if id, err := strconv.Atoi(r.Header.Get("Webhook-Id")); err == nil {
		p.ids = append(p.ids, id)
	}
	p.bodies, p.heads = append(p.bodies, string(body)), append(p.heads, r)
	w.WriteHeader(p.status)
}

// load runs one and returns what it says and what arrived.
func load(t *testing.T, l bench.Load) (bench.Posted, *posts, error) {
	t.Helper()
	p := &posts{status: http.StatusAccepted}
	if l.Host == "refused.test" {
		p.status = http.StatusServiceUnavailable
	}
	server := httptest.NewServer(p)
	defer server.Close()
	l.URL = server.URL + "/to"
	posted, err := runLoad(t, l)
	return posted, p, err
}

func runLoad(t *testing.T, l bench.Load) (posted bench.Posted, err error) {
	t.Helper()
	in, err := json.Marshal(l)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err = bench.RunLoads(t.Context(), bytes.NewReader(in), &out); err == nil {
		err = json.Unmarshal(out.Bytes(), &posted)
	}
	return posted, err
}

// consecutive fails unless the numbers are first, first+1, ... in any order.
func consecutive(t *testing.T, numbers []int, first, n int) {
	t.Helper()
	slices.Sort(numbers)
	if len(numbers) != n || n == 0 || numbers[0] != first || numbers[n-1] != first+n-1 || len(slices.Compact(slices.Clone(numbers))) != n {
		t.Errorf("%d numbers, want %d from %d on", len(numbers), n, first)
	}
}

func TestALoadPostsBareBodies(t *testing.T) {
	t.Parallel()
	said, got, err := load(t, bench.Load{
		Body: []byte("event=A"), Connections: 4, For: 100 * time.Millisecond, First: 10, Header: map[string]string{"X-Own": "1"}, Host: "receiver.test",
	})
	if err != nil {
		t.Fatal(err)
	}
	consecutive(t, got.ids, 10, said.Calls)
	if said.Events != said.Calls || said.Took < 100*time.Millisecond || len(got.bodies) != said.Calls {
		t.Errorf("it says %+v of %d", said, len(got.bodies))
	}
	for i, r := range got.heads {
		if got.bodies[i] != "event=A" || r.Header.Get("X-Own") != "1" || r.Host != "receiver.test" || r.Method != http.MethodPost || r.URL.Path != "/to" {
			t.Fatalf("%s %s to %s: %s", r.Method, r.URL, r.Host, got.bodies[i])
		}
	}
}

type event struct {
	Event string
	Data  struct {
		Fields struct{ ID, Stamp, Text string }
	}
}

func TestALoadPostsEventsOneByOneOrInArrays(t *testing.T) {
	t.Parallel()
	for _, array := range []int{0, 5} {
		said, got, err := load(t, bench.Load{Array: array, Connections: 3, For: 100 * time.Millisecond, First: 100})
		if err != nil {
			t.Fatal(err)
		}
		var ids []int
		for _, body := range got.bodies {
			if array == 0 {
				body = "[" + body + "]"
			}
			var events []event
			if err := json.Unmarshal([]byte(body), &events); err != nil || len(events) != max(array, 1) {
				t.Fatalf("arrays of %d: %s", array, body)
			}
			for _, e := range events {
				id, _ := strconv.Atoi(e.Data.Fields.ID)
				ids = append(ids, id)
				if e.Event != "ONCRMACTIVITYUPDATE" || strings.Trim(e.Data.Fields.Stamp, "0") != "" {
					t.Fatalf("got %+v", e)
				}
			}
		}
		consecutive(t, ids, 100, said.Events)
		if said.Calls != len(got.bodies) || said.Events != said.Calls*max(array, 1) {
			t.Errorf("it says %+v of %d", said, len(got.bodies))
		}
	}
}

func TestALoadTakesPortalsAndCodesInTurn(t *testing.T) {
	t.Parallel()
	p := &posts{status: http.StatusAccepted}
	server := httptest.NewServer(p)
	defer server.Close()
	for calls := 0; calls < 4; {
		said, err := runLoad(t, bench.Load{
			URLs: []string{server.URL + "/a", server.URL + "/b"}, Codes: []string{"ONCRMDEALADD", "ONCRMLEADADD"}, Pad: 9,
			Connections: 1, For: 50 * time.Millisecond, First: calls,
		})
		if err != nil {
			t.Fatal(err)
		}
		calls += said.Calls
	}
	for i, want := range []string{"/a ONCRMDEALADD", "/b ONCRMDEALADD", "/a ONCRMLEADADD", "/b ONCRMLEADADD"} {
		var e event
		if err := json.Unmarshal([]byte(p.bodies[i]), &e); err != nil {
			t.Fatal(err)
		}
		if got := p.heads[i].URL.Path + " " + e.Event; got != want || e.Data.Fields.Text != "xxxxxxxxx" {
			t.Errorf("call %d: %s, want %s: %s", i, got, want, p.bodies[i])
		}
	}
}

func TestALoadTellsTheMomentWhenAsked(t *testing.T) {
	t.Parallel()
	before := time.Now().UnixNano()
	const key = "data%5BFIELDS%5D%5BSTAMP%5D="
	_, got, err := load(t, bench.Load{Body: []byte("a=1&" + key + "0000000000000000000&b=2"), Stamp: true, Connections: 1, For: 20 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	for _, body := range got.bodies {
		digits, ok := strings.CutPrefix(strings.TrimSuffix(body, "&b=2"), "a=1&"+key)
		if at, err := strconv.ParseInt(digits, 10, 64); !ok || err != nil || at < before || at > time.Now().UnixNano() {
			t.Fatalf("got %s", body)
		}
	}
	_, got, err = load(t, bench.Load{Stamp: true, Connections: 1, For: 20 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	var e event
	if err := json.Unmarshal([]byte(got.bodies[0]), &e); err != nil {
		t.Fatal(err)
	}
	if at, err := strconv.ParseInt(e.Data.Fields.Stamp, 10, 64); err != nil || at < before {
		t.Errorf("got %s", got.bodies[0])
	}
}

func TestALoadKeepsItsRate(t *testing.T) {
	t.Parallel()
	said, _, err := load(t, bench.Load{Body: []byte("a"), Rate: 50, Connections: 4, For: 200 * time.Millisecond})
	if err != nil || said.Calls < 1 || said.Calls > 11 {
		t.Errorf("%d calls in 200 ms at 50 a second, %v", said.Calls, err)
	}
}

func TestALoadThatIsRefusedSaysSo(t *testing.T) {
	t.Parallel()
	if _, _, err := load(t, bench.Load{Body: []byte("a"), Connections: 2, For: time.Minute, Host: "refused.test"}); err == nil || !strings.Contains(err.Error(), "503") {
		t.Errorf("got %v", err)
	}
	if err := bench.RunLoads(t.Context(), strings.NewReader("no load"), io.Discard); err == nil {
		t.Error("what is no load is run")
	}
	if err := bench.RunLoads(t.Context(), strings.NewReader(""), io.Discard); err != nil {
		t.Errorf("without loads: %v", err)
	}
}
