package egress_test

import (
	"context"
	"io"
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/onevent/onevent/egress"
)

// within is a client that finds names in memory and reaches a network.
func within(t *testing.T, n names, network string) *egress.Client {
	return newClient(t, func(c *egress.Config) {
		c.Resolver = n.resolver(t)
		c.Policy.Allow = []netip.Prefix{netip.MustParsePrefix(network)}
	})
}

func portOf(address string) string {
	_, port, _ := net.SplitHostPort(address)
	return port
}

// hello answers each connection once.
func hello(c net.Conn) {
	readRequest(c)
	io.WriteString(c, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
}

func TestConnectionsOfTwoSecondsShareOneLookup(t *testing.T) {
	t.Parallel()
	port := portOf(listenWith(t, nil, hello))
	inBubble(t, func(t *testing.T) {
		client := within(t, newNames("app.example", "127.0.0.1", "127.0.0.2"), "127.0.0.1/32")
		for range 4 {
			wantOK(t, client, "http://app.example:"+port)
			<-time.After(time.Second / 2)
		}
		_, err := client.Post(t.Context(), egress.Request{URL: "http://app.example:" + port})
		wantError(t, err, egress.ReasonRefused) // the second answer of DNS is looked at
	})
}

func TestLookupsOfOneNameAtTheSameTimeAreOne(t *testing.T) {
	t.Parallel()
	const together = 20
	var arrived sync.WaitGroup
	arrived.Add(together)
	port := portOf(listenWith(t, nil, func(c net.Conn) { arrived.Done(); arrived.Wait(); hello(c) }))
	client := within(t, newNames("app.example", "127.0.0.1"), "127.0.0.1/32")
	var senders sync.WaitGroup
	for range together {
		senders.Go(func() { wantOK(t, client, "http://app.example:"+port) })
	}
	senders.Wait()
}

func TestAnAddressThatLedNowhereIsLookedUpAnew(t *testing.T) {
	t.Parallel()
	port := portOf(listenWith(t, nil, hello))
	client := within(t, newNames("app.example", "127.0.0.2", "127.0.0.1"), "127.0.0.1/32")
	_, err := client.Post(t.Context(), egress.Request{URL: "http://app.example:" + port})
	wantError(t, err, egress.ReasonRefused)
	wantOK(t, client, "http://app.example:"+port)
}

func TestAFailedLookupIsNotKept(t *testing.T) {
	t.Parallel()
	port := portOf(listenWith(t, nil, hello))
	client := within(t, newNames("app.example", "", "127.0.0.1"), "127.0.0.1/32")
	_, err := client.Post(t.Context(), egress.Request{URL: "http://app.example:" + port})
	wantError(t, err, egress.ReasonDNS)
	wantOK(t, client, "http://app.example:"+port)
}

func TestTheOtherFamilyIsTriedWhenOneLeadsNowhere(t *testing.T) {
	t.Parallel()
	port := portOf(listenWith(t, nil, hello))
	n := newNames("app.example", "127.0.0.1")
	n["app.example./6"] = make(chan string, 1)
	n["app.example./6"] <- "::1"
	wantOK(t, within(t, n, "127.0.0.1/32"), "http://app.example:"+port)
}

// Looking up and connecting have 5 s, together.
func TestANameServerThatSaysNothingCostsFiveSeconds(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T) {
		client := newClient(t, func(c *egress.Config) {
			c.Resolver = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
				<-ctx.Done()
				return nil, ctx.Err()
			}}
		})
		answer, err := client.Post(t.Context(), egress.Request{URL: "http://app.example"})
		wantError(t, err, egress.ReasonDNS)
		if answer.Duration != 5*time.Second {
			t.Errorf("took %v, want 5s", answer.Duration)
		}
	})
}
