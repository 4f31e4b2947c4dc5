package bench

import (
	"context"
	"io"
	"net"
	"net/http"
	"sync"
	"time"
)

// RunReceiver serves on a free port of 127.0.0.1, tells its URL on out, and ends
// with ctx.
func RunReceiver(ctx context.Context, out io.Writer) error { return serve(ctx, out, &Receiver{}) }

func serve(ctx context.Context, out io.Writer, h http.Handler) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	s := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
	stop := context.AfterFunc(ctx, func() { s.Close() })
	defer stop()
	io.WriteString(out, "http://"+l.Addr().String()+"/\n")
	if err := s.Serve(l); err != http.ErrServerClosed {
		return err
	}
	return nil
}

// slowAnswer is how long RunSlow takes to answer.
const slowAnswer = 5 * time.Second

// RunSlow serves like RunReceiver; it answers 200 after 5 s.
func RunSlow(ctx context.Context, out io.Writer) error {
	return serve(ctx, out, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body) // read, so that the end of the client is seen
		late := time.NewTimer(slowAnswer)
		defer late.Stop()
		select {
		case <-late.C:
		case <-ctx.Done():
			panic(http.ErrAbortHandler) // no answer, rather than an early one
		case <-r.Context().Done():
		}
	}))
}

// RunSilent accepts on a free port of 127.0.0.1, tells its URL on out, and never
// says a word on any connection, until ctx ends.
func RunSilent(ctx context.Context, out io.Writer) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer context.AfterFunc(ctx, func() { l.Close() })()
	io.WriteString(out, "http://"+l.Addr().String()+"/\n")
	var open sync.WaitGroup
	defer open.Wait()
	for {
		conn, err := l.Accept()
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		open.Go(func() { keepSilent(ctx, conn) })
	}
}

// keepSilent reads and drops what comes, so that a connection that its client
// has closed is closed here too.
func keepSilent(ctx context.Context, conn net.Conn) {
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	io.Copy(io.Discard, conn) // ends with the connection
}
