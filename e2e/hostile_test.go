package e2e_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/onevent/onevent/internal/e2e"
	"github.com/onevent/onevent/internal/testkit"
	"github.com/onevent/onevent/wire"
)

// hostile is a request that nobody sends in good faith, what it must be
// answered, and what 1 and then atOnce of them may cost a server that has just started.
type hostile struct {
	name    string
	request request
	status  int
	part    string        // that the answer holds
	memory  int64         // MB that the server may take more; 0: fewMB. Rows with more have a server of their own
	cpu     time.Duration // on all processors together; 0: littleCPU
}

const (
	atOnce    = 8
	fewMB     = 100
	littleCPU = 2 * time.Second
)

// TestHostileRequests sends each row to the real server: alone, to judge its
// answer, then several at once, to judge what they cost. The server must be
// alive after each. docs/operations.md, section "Limits of a request".
func TestHostileRequests(t *testing.T) {
	shared := devWithRow(t)
	for _, row := range hostileRows() {
		t.Run(row.name, func(t *testing.T) {
			p := shared
			if row.memory > fewMB {
				p = devWithRow(t)
			}
			row.run(t, p)
		})
	}
}

// devWithRow is a portal with one activity, which is large.
func devWithRow(t *testing.T) *e2e.Portal {
	t.Helper()
	p := e2e.Dev(t)
	p.MustCall(t, "crm.activity.add", largeActivity(), nil)
	return p
}

// largeActivity is a row of some 200 kB.
func largeActivity() url.Values {
	return url.Values{
		"fields[SUBJECT]": {"large"}, "fields[TYPE_ID]": {"2"}, "fields[OWNER_ID]": {"1"}, "fields[OWNER_TYPE_ID]": {"3"},
		"fields[COMMUNICATIONS][0][VALUE]": {"+49"}, "fields[DESCRIPTION]": {strings.Repeat("x", 200_000)},
	}
}

func (row hostile) run(t *testing.T, p *e2e.Portal) {
	t.Helper()
	p.ResetPeak(t)
	before := p.Usage(t)
	row.judge(t, p)
	var all sync.WaitGroup
	for range atOnce {
		all.Go(func() { row.judge(t, p) })
	}
	all.Wait()
	after := p.Usage(t)
	row.judgeCost(t, after.Peak-before.Peak, after.CPU-before.CPU)
	if a := p.Call(t, "profile", nil); a.Status != http.StatusOK {
		t.Errorf("afterwards profile answers %d %s", a.Status, a.Error)
	}
}

func (row hostile) judgeCost(t *testing.T, memory int64, cpu time.Duration) {
	t.Helper()
	most, longest := max(row.memory, fewMB), max(row.cpu, littleCPU)
	if memory >>= 20; memory > most {
		t.Errorf("%d at once took %d MB, at most %d are allowed", atOnce, memory, most)
	}
	if cpu > longest {
		t.Errorf("%d at once took %v of processor time, at most %v are allowed", atOnce, cpu, longest)
	}
	t.Logf("%d at once: %d MB, %v", atOnce, max(memory, 0), cpu)
}

func (row hostile) judge(t *testing.T, p *e2e.Portal) {
	t.Helper()
	status, text, err := row.request.send(p)
	if err != nil {
		t.Error(err)
		return
	}
	if status != row.status || !strings.Contains(text, row.part) {
		t.Errorf("got %d %.500s, want %d with %s", status, text, row.status, row.part)
	}
}

// request is one as it goes over the wire.
type request struct {
	method  string // POST unless it is named
	path    string
	headers []string // lines
	unknown bool     // the body has no length and comes in chunks
	bare    bool     // neither a length nor chunks
	ends    bool     // nothing more can come after it
	body    func() io.Reader
	length  int64
}

// send sends a request and reads its answer while it does.
func (q request) send(p *e2e.Portal) (status int, text string, err error) {
	base, err := url.Parse(p.PortalURL)
	if err != nil {
		return 0, "", err
	}
	conn, err := net.Dial("tcp", base.Host)
	if err != nil {
		return 0, "", err
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(4 * e2e.Patience))
	var writing sync.WaitGroup
	defer writing.Wait()
	defer conn.Close()
	writing.Go(func() {
		q.write(conn, base.Host, p)
		if q.ends {
			conn.(*net.TCPConn).CloseWrite()
		}
	})
	r, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: q.verb()})
	if err != nil {
		return 0, "", err
	}
	raw, err := io.ReadAll(r.Body)
	return r.StatusCode, string(raw), err
}

func (q request) verb() string {
	if q.method == "" {
		return http.MethodPost
	}
	return q.method
}

// write stops without an error where the server has heard enough.
func (q request) write(w io.Writer, host string, p *e2e.Portal) {
	out := bufio.NewWriterSize(w, 64<<10)
	path := strings.ReplaceAll(q.path, "WEBHOOK", strings.TrimSuffix(strings.TrimPrefix(p.WebhookURL, p.PortalURL), "/"))
	fmt.Fprintf(out, "%s %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n", q.verb(), path, host)
	if !strings.Contains(strings.Join(q.headers, " "), "Authorization") {
		fmt.Fprintf(out, "Authorization: Bearer %s\r\n", p.AccessToken)
	}
	for _, line := range q.headers {
		fmt.Fprintf(out, "%s\r\n", line)
	}
	switch {
	case q.body == nil:
		io.WriteString(out, "\r\n")
	case q.unknown:
		io.WriteString(out, "Transfer-Encoding: chunked\r\n\r\n")
		chunked(out, q.body())
	case q.bare:
		io.WriteString(out, "\r\n")
		io.Copy(out, q.body())
	default:
		fmt.Fprintf(out, "Content-Length: %d\r\n\r\n", q.length)
		io.Copy(out, q.body())
	}
	out.Flush()
}

func chunked(out io.Writer, body io.Reader) {
	buf := make([]byte, 32<<10)
	for {
		n, err := io.ReadFull(body, buf)
		if n > 0 {
			if _, err := fmt.Fprintf(out, "%x\r\n%s\r\n", n, buf[:n]); err != nil {
				return
			}
		}
		if err != nil {
			io.WriteString(out, "0\r\n\r\n")
			return
		}
	}
}

// again is text over and over, size bytes long.
func again(text string, size int64) func() io.Reader {
	block := strings.Repeat(text, 1+(64<<10)/len(text))
	return func() io.Reader { return io.LimitReader(&loop{text: block}, size) }
}

type loop struct {
	text string
	at   int
}

func (l *loop) Read(p []byte) (int, error) {
	n := copy(p, l.text[l.at:])
	l.at = (l.at + n) % len(l.text)
	return n, nil
}

// TestABatchOfLargeLists asks for fifty pages of fifty large rows at once. What
// the answers may hold together stops it after the first.
func TestABatchOfLargeLists(t *testing.T) {
	p := e2e.Dev(t)
	for range 50 {
		p.MustCall(t, "crm.activity.add", largeActivity(), nil)
	}
	row := hostile{
		request: form("/rest/batch", numbered(50, func(i int) string { return fmt.Sprintf("&cmd[c%02d]=crm.activity.list", i) })),
		status:  200, part: `"c49":{` + answersLong, memory: 700, cpu: 20 * time.Second,
	}
	row.run(t, p)
	_, text, err := row.request.send(p)
	if most := wire.DefaultLimits.Bytes + 1<<20; err != nil || len(text) > most {
		t.Errorf("the answer has %d bytes, %v; at most %d are allowed", len(text), err, most)
	}
}

// TestACrowdOfLargeBodies: some are answered, the others told to come again, and
// the server needs no more than for those that it takes.
func TestACrowdOfLargeBodies(t *testing.T) {
	p := devWithRow(t)
	p.ResetPeak(t)
	before := p.Usage(t).Peak
	large := typed("/rest/profile", "application/x-www-form-urlencoded", "a="+strings.Repeat("a", 15<<20))
	statuses := make(chan int, 50)
	for range cap(statuses) {
		go func() {
			status, _, err := large.send(p)
			if err != nil {
				t.Error(err)
			}
			statuses <- status
		}()
	}
	count := map[int]int{}
	for range cap(statuses) {
		count[<-statuses]++
	}
	grown := (p.Usage(t).Peak - before) >> 20
	t.Logf("%v, %d MB", count, grown)
	if count[http.StatusOK] == 0 || count[http.StatusOK]+count[http.StatusServiceUnavailable] != cap(statuses) || grown > 1000 {
		t.Errorf("got %v and %d MB, want 200 and 503, and at most 1000 MB", count, grown)
	}
	if a := p.Call(t, "profile", nil); a.Status != http.StatusOK {
		t.Errorf("afterwards profile answers %d %s", a.Status, a.Error)
	}
}

// TestABodyThatStallsIsGivenUp waits a minute for what docs/operations.md,
// section "Limits of a request", says of the time for a whole request.
func TestABodyThatStallsIsGivenUp(t *testing.T) {
	if testing.Short() {
		testkit.Skip(t, "it takes a minute, and -short is set")
	}
	t.Parallel()
	p := e2e.Dev(t)
	stalls := request{path: "/rest/profile", headers: []string{"Content-Length: 5"}, body: again("a", 4), bare: true}
	began := time.Now()
	status, text, err := stalls.send(p)
	if err != nil || status != http.StatusBadRequest || !strings.Contains(text, `"error":"ERROR_CORE"`) {
		t.Errorf("got %d %s %v", status, text, err)
	}
	if took := time.Since(began); took < 55*time.Second || took > 75*time.Second {
		t.Errorf("it took %v, want a minute", took)
	}
}

// The limits that no package exports; the rows and these figures hold each other.
const (
	cmdKeyBytes = 1 << 20
	stateBytes  = 4096
)

// docs/operations.md, section "Limits of a request".
func TestTheTableOfLimitsHasTheFiguresThatTheServerKeeps(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(raw), "## Limits of a request")
	section, _, _ = strings.Cut(section, "\n## ")
	limits := wire.DefaultLimits
	for _, want := range []string{
		fmt.Sprintf("| length of a body | %d MiB | 413 `ERROR_ARGUMENT`, \"the parameters exceed the limit of %d bytes\"", limits.Bytes>>20, limits.Bytes),
		fmt.Sprintf("| %d,%03d | 400 `ERROR_ARGUMENT`, \"... of %d keys\"", limits.Keys/1000, limits.Keys%1000, limits.Keys),
		fmt.Sprintf("| levels of lists and maps | %d | 400 `ERROR_ARGUMENT`, \"... of %[1]d depth\"", limits.Depth),
		fmt.Sprintf("%d,%03d keys, %d MiB, %d levels", limits.Keys/1000, limits.Keys%1000, limits.Bytes>>20, limits.Depth),
		fmt.Sprintf("| answers of a batch together | %d MiB |", limits.Bytes>>20),
		fmt.Sprintf("| keys of `cmd` together | %d MiB | 413 `ERROR_ARGUMENT`, \"%s\"", cmdKeyBytes>>20, cmdKeysLong),
		fmt.Sprintf("| `state` | %d,%03d bytes | 400 `ERROR_ARGUMENT`, \"%s\"", stateBytes/1000, stateBytes%1000, stateLong),
		"| request line and headers | 256 KiB | 431 |",
		"| commands of a batch | 50 |",
	} {
		if !strings.Contains(section, want) {
			t.Errorf("the table does not say %s", want)
		}
	}
}
