package egress_test

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/egress"
)

// standard is what net/http makes of an answer.
type standard struct {
	status     int
	retryAfter string
	beginning  string
	left       int
	reuse      bool
}

func readStandard(b []byte) (standard, error) {
	from := bytes.NewReader(b)
	r := bufio.NewReader(from)
	for {
		answer, err := http.ReadResponse(r, &http.Request{Method: http.MethodPost})
		if err != nil {
			return standard{}, err
		}
		if code := answer.StatusCode; code/100 == 1 && code != 101 {
			continue
		}
		body, err := io.ReadAll(answer.Body)
		beginning := string(body[:min(len(body), onevent.AnswerBytes)])
		return standard{answer.StatusCode, answer.Header.Get("Retry-After"), beginning, r.Buffered() + from.Len(), err == nil && !answer.Close}, nil
	}
}

var plainStatus = regexp.MustCompile(`^HTTP/\d\.\d +[1-9]\d\d( |\r?\n)`)

// What net/http takes for an answer is one here too, with the same status; and a connection is used again only where
// net/http would, after the same byte.
func FuzzAnswersAreReadAsNetHTTPReadsThem(f *testing.F) {
	for _, h := range hostiles {
		if h.raw != "" {
			f.Add([]byte(h.raw))
		}
	}
	f.Add([]byte("HTTP/1.1 429 Slow\r\nRetry-After: 120\r\nretry-after: 5\r\nTransfer-Encoding: chunked\r\n\r\n2;x\r\nab\r\n0\r\nA: b\r\n\r\nHTTP/1.1"))
	f.Add([]byte("HTTP/1.0 200 OK\nconnection: Keep-Alive, x\ncontent-length:2 \n\nok"))
	f.Fuzz(func(t *testing.T, b []byte) {
		status, retryAfter, beginning, left, reuse, err := egress.ReadAnswer(b)
		want, failed := readStandard(b)
		switch {
		case err != nil && failed != nil:
		case err != nil:
			if plainStatus.Match(b) && want.status >= 200 && !strings.Contains(strings.ToLower(string(b)), "content-length") && len(b) < 4<<10 {
				t.Errorf("%q: got %v, but net/http reads %d", b, err, want.status)
			}
		case failed == nil && status != want.status, failed == nil && len(b) < 4<<10 && retryAfter != want.retryAfter:
			t.Errorf("%q: got %d and %q, want %+v", b, status, retryAfter, want)
		case reuse && (failed != nil || !want.reuse || left != want.left):
			t.Errorf("%q: would be used again with %d bytes left, want %+v and %v", b, left, want, failed)
		case reuse && beginning != want.beginning:
			t.Errorf("%q: begins with %q, want %q", b, beginning, want.beginning)
		}
	})
}

// The bytes that go out are net/http's.
func FuzzTheHeadIsWhatNetHTTPWrites(f *testing.F) {
	f.Add("http://u:p@h.example:80/a%2F?b", "text/plain", "webhook-id", " 1 ", []byte("x"))
	f.Add("http://пример.рф//{", "", "user-agent", "", []byte(nil))
	f.Add("http://[fe80::1%25eth0]:1", "", "Host", "other", []byte(nil))
	client := egress.New(egress.Config{})
	f.Fuzz(func(t *testing.T, url, contentType, name, value string, body []byte) {
		r := egress.Request{URL: url, ContentType: contentType, Header: [][2]string{{name, value}}, Body: body}
		head, ok := client.AppendHead(r)
		if !ok {
			return // it is refused, not sent
		}
		want, written := client.NetHTTPHead(r)
		if !written || head != want {
			t.Errorf("got  %q\nwant %q", head, want)
		}
	})
}

// pageAnswer is what a PHP page behind nginx answers.
const pageAnswer = "HTTP/1.1 200 OK\r\nServer: nginx/1.24.0\r\nDate: Mon, 01 Jan 2024 00:00:00 GMT\r\nContent-Type: text/html; charset=UTF-8\r\n" +
	"Transfer-Encoding: chunked\r\nConnection: keep-alive\r\nX-Powered-By: PHP/8.2.1\r\nSet-Cookie: PHPSESSID=abcdefghijklmnop; path=/\r\n" +
	"Expires: Thu, 19 Nov 1981 08:52:00 GMT\r\nCache-Control: no-store, no-cache, must-revalidate\r\nPragma: no-cache\r\n\r\n2\r\nok\r\n0\r\n\r\n"

// BenchmarkAnswer reads an answer of ten headers, a buffer of 4 KiB made for each.
func BenchmarkAnswer(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if status, _, _, _, _, err := egress.ReadAnswer([]byte(pageAnswer)); err != nil || status != 200 {
			b.Fatal(status, err)
		}
	}
}

// BenchmarkAnswerByNetHTTP reads the same with http.ReadResponse.
func BenchmarkAnswerByNetHTTP(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if answer, err := readStandard([]byte(pageAnswer)); err != nil || answer.status != 200 {
			b.Fatal(answer, err)
		}
	}
}
