package onevent_test

import (
	"testing"

	"github.com/onevent/onevent"
)

func TestADomainIsTheHostWithoutItsPort(t *testing.T) {
	t.Parallel()
	for endpoint, want := range map[string]string{
		"https://portal.example.com/rest/":       "portal.example.com",
		"https://portal.example.com:8443/rest/":  "portal.example.com",
		"http://127.0.0.1:8055/rest/":            "127.0.0.1",
		"http://[::1]:8055/rest/":                "::1",
		"http://[::1]/rest/":                     "::1",
		"https://oauth.example.com/oauth/rest/":  "oauth.example.com",
		"https://user@portal.example.com/rest/":  "portal.example.com",
		"":                                       "",
		"http://portal.example.com:bad%zz/rest/": "",
	} {
		if got := (onevent.Endpoints{Client: endpoint, Server: "https://other.test/rest/"}).Domain(); got != want {
			t.Errorf("the domain of %q is %q, want %q", endpoint, got, want)
		}
		if got := (onevent.Endpoints{Server: endpoint, Client: "https://other.test/rest/"}).ServerDomain(); got != want {
			t.Errorf("the server's domain of %q is %q, want %q", endpoint, got, want)
		}
	}
}

func TestOnlyTheDefaultPortOfTheSchemeIsLeftOut(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ scheme, in, want string }{
		{"http", "portal.example.com:80", "portal.example.com"},
		{"http", "portal.example.com:443", "portal.example.com:443"},
		{"http", "portal.example.com:8080", "portal.example.com:8080"},
		{"http", "portal.example.com", "portal.example.com"},
		{"https", "portal.example.com:443", "portal.example.com"},
		{"https", "portal.example.com:80", "portal.example.com:80"},
		{"https", "portal.example.com:4430", "portal.example.com:4430"},
		{"http", "127.0.0.1:80", "127.0.0.1"},
		{"https", "127.0.0.1:443", "127.0.0.1"},
		{"https", "127.0.0.1:80", "127.0.0.1:80"},
		{"http", "[::1]:80", "[::1]"},
		{"https", "[::1]:443", "[::1]"},
		{"https", "[::1]:8443", "[::1]:8443"},
		{"http", "[::1]", "[::1]"},
		{"http", "[::ffff:192.0.2.1]:80", "[::ffff:192.0.2.1]"},
		{"http", "[fe80::1%25eth0]:80", "[fe80::1%25eth0]"},
		{"ws", "portal.example.com:80", "portal.example.com:80"},
		{"", "portal.example.com:443", "portal.example.com:443"},
	} {
		if got := onevent.TrimDefaultPort(c.scheme, c.in); got != c.want {
			t.Errorf("%s://%s is shown as %s, want %s", c.scheme, c.in, got, c.want)
		}
	}
}
