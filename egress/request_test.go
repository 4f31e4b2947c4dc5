package egress_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/onevent/onevent/egress"
)

// docs/protocol/events.md section 2.1: the handler URL exactly as bound.
func TestTheRequestLineIsTheURLByteForByte(t *testing.T) {
	t.Parallel()
	lines := make(chan string, 1)
	address := listen(t, func(conn net.Conn) {
		lines <- readRequest(conn)
		io.WriteString(conn, "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
	})
	client := newClient(t)
	for written, sent := range map[string]string{
		"":                       "/",
		"/":                      "/",
		"?":                      "/?",
		"?x=1":                   "/?x=1",
		"/a%2Fb/?x=1&y=%7e":      "/a%2Fb/?x=1&y=%7e",
		"/a%2fb/../c/./d//":      "/a%2fb/../c/./d//",
		"//x":                    "//x",
		"//x/%2F%2f?a//b":        "//x/%2F%2f?a//b",
		"///":                    "///",
		"/h.php?":                "/h.php?",
		"/h.php??a=b&a=b&&":      "/h.php??a=b&a=b&&",
		"/h.php#part?no=query":   "/h.php",
		"/h.php?a[]=1&b={c}|\"^": "/h.php?a[]=1&b={c}|\"^",
		"/100%/%zz/a%":           "/100%/%zz/a%",
		"/a{b}|\"<>^`\\c":        "/a{b}|\"<>^`\\c",
		"/привет?имя=Имя":        "/привет?имя=Имя",
		"/*":                     "/*",
		"/http://h/":             "/http://h/",
		"/;a=b,c:d@e$f!g'(h)~":   "/;a=b,c:d@e$f!g'(h)~",
		// The one exception: after two slashes, bytes that no URL may hold are escaped, and no others.
		"//a{b%2f%zz%4": "//a%7Bb%2f%25zz%254",
	} {
		if _, err := client.Post(t.Context(), egress.Request{URL: "http://" + address + written}); err != nil {
			t.Errorf("%s: %v", written, err)
			continue
		}
		if line, want := <-lines, "POST "+sent+" HTTP/1.1"; line != want {
			t.Errorf("%s: got %q, want %q", written, line, want)
		}
	}
}

func TestTheRequestCarriesWhatItWasGivenAndAsksForNothingElse(t *testing.T) {
	t.Parallel()
	var got http.Header
	var host, body string
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		got, host, body = r.Header, r.Host, string(b)
	}))
	t.Cleanup(receiver.Close)
	_, port, _ := net.SplitHostPort(receiver.Listener.Addr().String())
	client := newClient(t, func(c *egress.Config) {
		c.UserAgent = "agent/1"
		c.Resolver = newNames("xn--e1afmkfd.example", "127.0.0.1").resolver(t)
	})
	_, err := client.Post(t.Context(), egress.Request{
		URL:         "http://us%20er:p%40ss@пример.example:" + port + "/",
		ContentType: "application/x-www-form-urlencoded",
		Header:      [][2]string{{"webhook-id", "msg_1"}, {"webhook-timestamp", "1727018926"}},
		Body:        []byte("event=ONAPPTEST"),
	})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"User-Agent": "agent/1", "Content-Type": "application/x-www-form-urlencoded", "Content-Length": "15",
		"Webhook-Id": "msg_1", "Webhook-Timestamp": "1727018926", "Authorization": "Basic dXMgZXI6cEBzcw==",
	}
	for name, value := range want {
		if got.Get(name) != value {
			t.Errorf("%s: got %q, want %q", name, got.Get(name), value)
		}
	}
	if len(got) != len(want) {
		t.Errorf("got the headers %v, want those of %v only", got, want)
	}
	if host != "xn--e1afmkfd.example:"+port || body != "event=ONAPPTEST" {
		t.Errorf("got the host %q and the body %q", host, body)
	}
}

func TestAnAuthorizationHeaderGoesBeforeTheURLsUser(t *testing.T) {
	t.Parallel()
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if got := r.Header["Authorization"]; len(got) != 1 || got[0] != "Bearer x" {
			t.Errorf("got %q", got)
		}
	}))
	t.Cleanup(receiver.Close)
	_, err := newClient(t).Post(t.Context(), egress.Request{
		URL:    strings.Replace(receiver.URL, "http://", "http://user@", 1),
		Header: [][2]string{{"authorization", "Bearer x"}},
	})
	if err != nil {
		t.Error(err)
	}
}

func TestAnyStatusIsAnAnswer(t *testing.T) {
	t.Parallel()
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var status int
		fmt.Sscanf(r.URL.Path, "/%d", &status)
		w.Header().Set("Retry-After", "120")
		w.WriteHeader(status)
	}))
	t.Cleanup(receiver.Close)
	client := newClient(t)
	for _, status := range []int{200, 204, 299, 304, 400, 404, 408, 410, 429, 500, 503, 599} {
		answer, err := client.Post(t.Context(), egress.Request{URL: fmt.Sprintf("%s/%d", receiver.URL, status)})
		if err != nil || answer.Status != status || answer.RetryAfter != "120" || answer.Duration <= 0 {
			t.Errorf("%d: got %+v and %v", status, answer, err)
		}
	}
}

func TestSwitchingProtocolsIsAnAnswerThatIsHungUpOn(t *testing.T) {
	t.Parallel()
	address := listen(t, func(conn net.Conn) {
		readRequest(conn)
		io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n")
		silent(conn)
	})
	answer, err := newClient(t).Post(t.Context(), egress.Request{URL: "http://" + address})
	if err != nil || answer.Status != 101 {
		t.Errorf("got %d and %v, want 101", answer.Status, err)
	}
}
