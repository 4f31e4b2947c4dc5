package egress_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/onevent/onevent/egress"
)

var benchBody = bytes.Repeat([]byte("x"), 700)

// BenchmarkPost64 sends over 64 connections to a receiver that answers at once, in the same process.
func BenchmarkPost64(b *testing.B) {
	url := trivialReceiver(b)
	client := egress.New(egress.Config{Policy: loopback})
	defer client.CloseIdle()
	request := egress.Request{
		URL: url, ContentType: "application/x-www-form-urlencoded", Body: benchBody,
		Header: [][2]string{{"webhook-id", "msg_1"}, {"webhook-timestamp", "1727018926"}, {"webhook-signature", "v1,AAAA"}},
	}
	by64(b, func() error {
		_, err := client.Post(b.Context(), request)
		return err
	})
}

// BenchmarkBareNetHTTP64 is the same with a tuned net/http client and nothing around it.
func BenchmarkBareNetHTTP64(b *testing.B) {
	url := trivialReceiver(b)
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64, DisableCompression: true}}
	defer client.CloseIdleConnections()
	by64(b, func() error {
		answer, err := client.Post(url, "application/x-www-form-urlencoded", bytes.NewReader(benchBody))
		if err != nil {
			return err
		}
		defer answer.Body.Close()
		_, err = io.Copy(io.Discard, answer.Body)
		return err
	})
}

func trivialReceiver(b *testing.B) string {
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		io.WriteString(w, "ok")
	}))
	b.Cleanup(receiver.Close)
	return receiver.URL
}

// by64 shares b.N requests among 64 senders and reports requests a second.
func by64(b *testing.B, post func() error) {
	b.ReportAllocs()
	turns := make(chan struct{}, 1024)
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
	b.ResetTimer()
	for range b.N {
		turns <- struct{}{}
	}
	close(turns)
	senders.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "posts/s")
}
