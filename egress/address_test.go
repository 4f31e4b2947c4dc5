package egress_test

import (
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"testing"
	"time"

	"github.com/onevent/onevent/egress"
	"github.com/onevent/onevent/internal/testkit"
)

func TestPostRefusesAnAddressInsideAndSendsNothing(t *testing.T) {
	t.Parallel()
	receiver := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		t.Error("the receiver was reached")
	}))
	t.Cleanup(receiver.Close)
	port := receiver.Listener.Addr().(*net.TCPAddr).AddrPort().Port()
	client := newClient(t, func(c *egress.Config) { c.Policy = egress.Policy{} })
	for host, verdict := range map[string]egress.Verdict{
		"127.0.0.1":          egress.Loopback,
		"[::ffff:127.0.0.1]": egress.Loopback,
		"[::1]":              egress.Loopback,
		"0.0.0.0":            egress.Unspecified,
		"localhost":          egress.Loopback,
		"10.0.0.1":           egress.Private,
		"169.254.169.254":    egress.Metadata,
	} {
		at := netip.AddrPortFrom(netip.IPv4Unspecified(), port).String()[len("0.0.0.0"):]
		_, err := client.Post(t.Context(), egress.Request{URL: "http://" + host + at + "/"})
		if e := wantError(t, err, egress.ReasonRefused); e.Verdict != verdict {
			t.Errorf("%s: got the verdict %q, want %q", host, e.Verdict, verdict)
		}
	}
}

// A name that led outside when it was bound, or at the last request, is judged again by where it leads now.
func TestANameThatChangesItsAddressIsJudgedAtEveryConnection(t *testing.T) {
	t.Parallel()
	receiver := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(receiver.Close)
	_, port, _ := net.SplitHostPort(receiver.Listener.Addr().String())
	inBubble(t, func(t *testing.T) {
		client := newClient(t, func(c *egress.Config) {
			c.Resolver = newNames("rebound.example", "127.0.0.1", "127.0.0.2").resolver(t)
		})
		request := egress.Request{URL: "http://rebound.example:" + port + "/"}
		if _, err := client.Post(t.Context(), request); err != nil {
			t.Fatal(err)
		}
		client.CloseIdle()
		<-time.After(2 * time.Second)
		_, err := client.Post(t.Context(), request)
		if e := wantError(t, err, egress.ReasonRefused); e.Verdict != egress.Loopback {
			t.Errorf("got the verdict %q, want %q", e.Verdict, egress.Loopback)
		}
	})
}

func TestTheServersOwnListenerIsRefusedAlthoughLoopbackIsAllowed(t *testing.T) {
	t.Parallel()
	own := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		t.Error("the server itself was reached")
	}))
	t.Cleanup(own.Close)
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(other.Close)
	client := newClient(t, func(c *egress.Config) {
		c.Policy.Self = func() []netip.AddrPort { return []netip.AddrPort{own.Listener.Addr().(*net.TCPAddr).AddrPort()} }
	})
	_, err := client.Post(t.Context(), egress.Request{URL: own.URL})
	if e := wantError(t, err, egress.ReasonRefused); e.Verdict != egress.Self {
		t.Errorf("got the verdict %q, want %q", e.Verdict, egress.Self)
	}
	if _, err := client.Post(t.Context(), egress.Request{URL: other.URL}); err != nil {
		t.Errorf("another port of the same address: %v", err)
	}
}

// A listener on all addresses is known to answer at the addresses of this machine's interfaces, unasked.
func TestAListenerOnAllAddressesIsRefusedAtAnInterfacesAddress(t *testing.T) {
	t.Parallel()
	address := interfaceAddress(t)
	client := newClient(t, func(c *egress.Config) {
		c.Policy.Allow = []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0")}
		c.Policy.Self = func() []netip.AddrPort { return []netip.AddrPort{netip.MustParseAddrPort("[::]:9")} }
	})
	_, err := client.Post(t.Context(), egress.Request{URL: "http://" + address.String() + ":9/"})
	if e := wantError(t, err, egress.ReasonRefused); e.Verdict != egress.Self {
		t.Errorf("got the verdict %q, want %q", e.Verdict, egress.Self)
	}
}

func interfaceAddress(t *testing.T) netip.Addr {
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range addresses {
		if p, err := netip.ParsePrefix(a.String()); err == nil && p.Addr().Is4() && !p.Addr().IsLoopback() {
			return p.Addr()
		}
	}
	testkit.Skip(t, "this machine has no address but loopback")
	return netip.Addr{}
}

func TestARedirectIsAnAnswerAndNotFollowed(t *testing.T) {
	t.Parallel()
	for _, status := range []int{301, 302, 303, 307, 308} {
		receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/" {
				t.Errorf("%d was followed", status)
			}
			w.Header().Set("Location", "/elsewhere")
			w.WriteHeader(status)
		}))
		t.Cleanup(receiver.Close)
		answer, err := newClient(t).Post(t.Context(), egress.Request{URL: receiver.URL + "/"})
		if err != nil || answer.Status != status {
			t.Errorf("got %d and %v, want %d", answer.Status, err, status)
		}
	}
}

func TestProxiesOfTheEnvironmentAreNotUsed(t *testing.T) {
	proxy := listen(t, func(net.Conn) { t.Error("the proxy was reached") })
	t.Setenv("HTTP_PROXY", "http://"+proxy)
	t.Setenv("http_proxy", "http://"+proxy)
	if u, err := http.ProxyFromEnvironment(&http.Request{URL: &url.URL{Scheme: "http", Host: "app.example"}}); err != nil || u == nil {
		t.Fatalf("the environment names no proxy to net/http: %v", err)
	}
	receiver := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(receiver.Close)
	_, port, _ := net.SplitHostPort(receiver.Listener.Addr().String())
	client := newClient(t, func(c *egress.Config) { c.Resolver = newNames("app.example", "127.0.0.1").resolver(t) })
	if _, err := client.Post(t.Context(), egress.Request{URL: "http://app.example:" + port}); err != nil {
		t.Error(err)
	}
}
