package oauth

import (
	"net/url"
	"strings"
	"testing"
)

// Whatever an application asks for, the address that a person is sent to is the
// registered one, in bytes that a header may have, and the state is the one that
// came.
func FuzzAPersonIsSentWhereTheApplicationIs(f *testing.F) {
	for _, query := range []string{"", "a+b%2B", "%zz", "x&code=evil", "\r\nLocation: evil", "\x00\xff", "#x", "%23%0d%0a", "a&state=b", "a\"<>"} {
		f.Add(query)
	}
	f.Fuzz(func(t *testing.T, state string) {
		asked, problem := readAsked("client_id=x&state=" + state)
		if problem != "" {
			return
		}
		at := withQuery("https://app.example.com/?a=b#c", "code=1&state="+asked.state+"&domain=d")
		if !strings.HasPrefix(at, "https://app.example.com/?a=b&code=1&state=") || !strings.HasSuffix(at, "&domain=d#c") {
			t.Errorf("sent to %s", at)
		}
		if i := strings.IndexFunc(at, func(r rune) bool { return r <= ' ' || r >= 0x7f }); i >= 0 {
			t.Errorf("a byte that no header has in %q", at)
		}
		sent, _, _ := strings.Cut(state, "&")
		want, err := url.QueryUnescape(sent)
		got, _ := url.QueryUnescape(asked.state)
		if err == nil && got != want {
			t.Errorf("%q came back as %q", want, got)
		}
	})
}
