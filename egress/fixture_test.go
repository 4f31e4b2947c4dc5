package egress_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/onevent/onevent/egress"
)

var loopback = egress.Policy{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}}

// newClient returns a client for receivers on 127.0.0.1, changed by the test before it is made.
func newClient(t *testing.T, change ...func(*egress.Config)) *egress.Client {
	t.Helper()
	config := egress.Config{Policy: loopback}
	for _, f := range change {
		f(&config)
	}
	client := egress.New(config)
	t.Cleanup(client.CloseIdle)
	return client
}

// listen serves each connection with f in turn, until the test ends; it returns the listener's host and port.
func listen(t *testing.T, f func(net.Conn)) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			f(conn)
			conn.Close()
		}
	}()
	t.Cleanup(func() { listener.Close(); <-done })
	return listener.Addr().String()
}

// readRequest reads a whole request and returns its first line.
func readRequest(conn net.Conn) string {
	r := bufio.NewReader(conn)
	line, err := r.ReadString('\n')
	if err != nil {
		return ""
	}
	req, err := http.ReadRequest(bufio.NewReader(io.MultiReader(strings.NewReader("POST / HTTP/1.1\r\n"), r)))
	if err == nil {
		io.Copy(io.Discard, req.Body)
	}
	return strings.TrimRight(line, "\r\n")
}

// inBubble runs f where time is synctest's. What a test reaches over the network it starts outside.
func inBubble(t *testing.T, f func(*testing.T)) {
	t.Helper()
	firstLookup()
	synctest.Test(t, f)
}

// firstLookup lets package net read its configuration before time stands still: it keeps a channel for good, which
// must not belong to one test.
var firstLookup = sync.OnceFunc(func() {
	nowhere := net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		return nil, errors.New("no name server")
	}}
	nowhere.LookupHost(context.Background(), "nowhere.example")
})

// silent reads what comes and says nothing until the other side hangs up.
func silent(conn net.Conn) { io.Copy(io.Discard, conn) }

func wantError(t *testing.T, err error, reason string) *egress.Error {
	t.Helper()
	var e *egress.Error
	if !errors.As(err, &e) || e.Reason != reason {
		t.Fatalf("got %v, want an error with the reason %s", err, reason)
	}
	return e
}

// names is a name server in memory: each look-up of a host takes the next of its addresses, of which an empty one is
// none. IPv6 addresses stand under the name with "/6" behind it.
type names map[string]chan string

func newNames(host string, addresses ...string) names {
	queue := make(chan string, len(addresses))
	for _, a := range addresses {
		queue <- a
	}
	return names{host + ".": queue}
}

func (n names) resolver(t *testing.T) *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		here, there := net.Pipe()
		done := make(chan struct{})
		go func() { defer close(done); n.serve(there) }()
		t.Cleanup(func() { there.Close(); <-done })
		return here, nil
	}}
}

// serve answers DNS messages as they travel over TCP, two bytes of length before each.
func (n names) serve(conn net.Conn) {
	defer conn.Close()
	for {
		size := make([]byte, 2)
		if _, err := io.ReadFull(conn, size); err != nil {
			return
		}
		query := make([]byte, int(size[0])<<8|int(size[1]))
		if _, err := io.ReadFull(conn, query); err != nil {
			return
		}
		answer := n.answer(query)
		conn.Write(append([]byte{byte(len(answer) >> 8), byte(len(answer))}, answer...))
	}
}

func (n names) answer(query []byte) []byte {
	name, end := "", 12
	for query[end] != 0 {
		label := query[end+1 : end+1+int(query[end])]
		name, end = name+string(label)+".", end+1+len(label)
	}
	question := query[12 : end+5]
	isA := question[len(question)-3] == 1
	queue, known := n[name]
	second, has6 := n[name+"/6"]
	address := ""
	if known && isA {
		address = <-queue
	}
	switch {
	case known && !isA && has6:
		address := netip.MustParseAddr(<-second).As16()
		return slices.Concat(query[:2], []byte{0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0}, question,
			[]byte{0xc0, 12, 0, 28, 0, 1, 0, 0, 0, 0, 0, 16}, address[:])
	case !known, isA && address == "":
		return slices.Concat(query[:2], []byte{0x81, 0x83, 0, 1, 0, 0, 0, 0, 0, 0}, question)
	case !isA:
		return slices.Concat(query[:2], []byte{0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0}, question)
	}
	as4 := netip.MustParseAddr(address).As4()
	return slices.Concat(query[:2], []byte{0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0}, question,
		[]byte{0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4}, as4[:])
}
