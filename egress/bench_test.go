//go:build unix

package egress_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/onevent/onevent/egress"
)

// The benchmarks send to a receiver in a process of its own, so that what is counted is what sending costs: "cpu-us/post"
// is this process's, user and system. The receiver answers at once with what a small application answers.

var benchBody = bytes.Repeat([]byte("x"), 700)

const benchAnswer = "HTTP/1.1 200 OK\r\nServer: nginx\r\nDate: Mon, 23 Sep 2024 10:00:00 GMT\r\nContent-Type: text/html; charset=UTF-8\r\n" +
	"Content-Length: 2\r\nConnection: keep-alive\r\nX-Powered-By: PHP/8.3.1\r\n\r\nok"

func benchRequest(url string) egress.Request {
	return egress.Request{
		URL: url, ContentType: "application/x-www-form-urlencoded", Body: benchBody,
		Header: [][2]string{{"webhook-id", "msg_1"}, {"webhook-timestamp", "1727018926"}, {"webhook-signature", "v1,AAAA"}},
	}
}

// BenchmarkPlain64 is the Client to an http:// URL, 64 requests at a time.
func BenchmarkPlain64(b *testing.B) { benchClient(b, "plain", "http") }

// BenchmarkTLS64 is the Client to an https:// URL without HTTP/2.
func BenchmarkTLS64(b *testing.B) { benchClient(b, "tls", "https") }

// BenchmarkHTTP2For64 is the Client to an https:// URL with HTTP/2.
func BenchmarkHTTP2For64(b *testing.B) { benchClient(b, "h2", "https") }

func benchClient(b *testing.B, kind, scheme string) {
	address, roots := receiverProcess(b, kind)
	client := egress.New(egress.Config{Policy: loopback, RootCAs: roots})
	defer client.CloseIdle()
	request := benchRequest(scheme + "://" + address + "/handler")
	by64(b, func() error {
		_, err := client.Post(b.Context(), request)
		return err
	})
}

// BenchmarkNetHTTP64 is a tuned net/http client with nothing around it.
func BenchmarkNetHTTP64(b *testing.B) {
	address, _ := receiverProcess(b, "plain")
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64, DisableCompression: true}}
	defer client.CloseIdleConnections()
	by64(b, func() error {
		answer, err := client.Post("http://"+address+"/handler", "application/x-www-form-urlencoded", bytes.NewReader(benchBody))
		if err != nil {
			return err
		}
		defer answer.Body.Close()
		_, err = io.Copy(io.Discard, answer.Body)
		return err
	})
}

// BenchmarkSocket64 writes the same bytes to bare connections and reads the answer without looking at it: the floor.
func BenchmarkSocket64(b *testing.B) {
	address, _ := receiverProcess(b, "plain")
	message := []byte(fmt.Sprintf("POST /handler HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\n\r\n%s", address, len(benchBody), benchBody))
	idle := make(chan net.Conn, 64)
	for range cap(idle) {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			b.Fatal(err)
		}
		defer conn.Close()
		idle <- conn
	}
	by64(b, func() error {
		conn := <-idle
		defer func() { idle <- conn }()
		if _, err := conn.Write(message); err != nil {
			return err
		}
		_, err := io.ReadFull(conn, make([]byte, len(benchAnswer)))
		return err
	})
}

// BenchmarkWaitingPlain tells what an attempt takes while it waits for its answer, goroutine included.
func BenchmarkWaitingPlain(b *testing.B) { benchWaiting(b, "plain-silent", "http") }

// BenchmarkWaitingTLS is the same over TLS without HTTP/2.
func BenchmarkWaitingTLS(b *testing.B) { benchWaiting(b, "tls-silent", "https") }

// BenchmarkWaitingHTTP2 is the same with HTTP/2.
func BenchmarkWaitingHTTP2(b *testing.B) { benchWaiting(b, "h2-silent", "https") }

func benchWaiting(b *testing.B, kind, scheme string) {
	const attempts = 500
	address, roots := receiverProcess(b, kind)
	client := egress.New(egress.Config{Policy: loopback, RootCAs: roots, MaxConnsPerHost: attempts})
	defer client.CloseIdle()
	request := benchRequest(scheme + "://" + address)
	request.Timeout = time.Minute
	for b.Loop() {
		ctx, cancel := context.WithCancel(b.Context())
		before := inUse()
		var senders sync.WaitGroup
		for range attempts {
			senders.Go(func() { client.Post(ctx, request) })
		}
		<-time.After(2 * time.Second) // all have sent; nothing tells when
		b.ReportMetric(float64(inUse()-before)/attempts, "B/waiting")
		cancel()
		senders.Wait()
	}
}

// inUse is what the heap and the stacks hold after two collections, which empty the pools.
func inUse() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc + m.StackInuse
}

// by64 shares b.N requests among 64 senders, after one each to open the connections.
func by64(b *testing.B, post func() error) {
	share(b, 64, post)
	b.ReportAllocs()
	b.ResetTimer()
	before := cpu(b)
	share(b, b.N, post)
	b.ReportMetric(float64((cpu(b)-before).Nanoseconds())/1000/float64(b.N), "cpu-us/post")
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "posts/s")
}

func share(b *testing.B, n int, post func() error) {
	turns := make(chan struct{}, n)
	for range n {
		turns <- struct{}{}
	}
	close(turns)
	var senders sync.WaitGroup
	for range 64 {
		senders.Go(func() {
			for range turns {
				if err := post(); err != nil {
					b.Error(err)
				}
			}
		})
	}
	senders.Wait()
}

func cpu(b *testing.B) time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
