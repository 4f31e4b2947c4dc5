// Package bench measures the way of an event end to end, beside the limit: what
// a tuned client posts of the same body to the same receiver; and calls of the
// REST protocol, beside a bare JSON server. It starts its processes (receiver,
// server, load, echo) on this machine, alternates their runs, and prints medians
// with their spread.
package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"
)

// Config says how much is measured.
type Config struct {
	Events, REST bool          // what is measured
	Dir          string        // where the server keeps its store
	Runs         int           // of each kind, alternating
	For          time.Duration // how long one run publishes
	Latency      float64       // events a second while latency is measured
	// Verbs of this binary that run the receiver, the load and the echo.
	Receiver, Load, Echo []string
	// Server is the verb that runs the server; the configuration's file is added.
	Server []string
}

type bench struct {
	Config
	out      io.Writer
	client   *http.Client
	receiver *process
	server   *process
	load     *process
	echo     *process
	sink     string // the receiver's URL
	echoURL  string
	portal   *portal
	body     []byte // as the server rendered it
	next     int    // number of the next object
	missed   int    // deliveries that did not arrive
	again    int    // deliveries that arrived once more
}

// Run measures and prints.
func Run(ctx context.Context, c Config, out io.Writer) error {
	ctx, cancel := context.WithCancel(ctx)
	b := &bench{Config: c, out: out, client: tunedClient(), next: 1}
	err := b.start(ctx)
	if err == nil {
		err = b.measure(ctx)
	}
	cancel()
	for _, p := range []*process{b.load, b.server, b.receiver, b.echo} {
		if p != nil {
			p.wait()
		}
	}
	return err
}

func (b *bench) start(ctx context.Context) (err error) {
	if b.receiver, b.sink, err = startServing(ctx, b.Receiver); err != nil {
		return err
	}
	if b.echo, b.echoURL, err = startServing(ctx, b.Echo); err != nil {
		return err
	}
	if b.load, err = start(ctx, b.Load...); err != nil {
		return err
	}
	if err = b.startServer(ctx); err != nil {
		return err
	}
	go b.server.watchPSS(ctx)
	return nil
}

// startServing starts a child that tells its URL.
func startServing(ctx context.Context, verb []string) (p *process, url string, err error) {
	if p, err = start(ctx, verb...); err != nil {
		return p, "", err
	}
	if url, err = p.line(); err != nil {
		err = fmt.Errorf("%v did not start: %w", verb, err)
	}
	return p, url, err
}

func (b *bench) measure(ctx context.Context) error {
	fmt.Fprintf(b.out, "medians of %d alternating runs of %v, lowest and highest in brackets\n", b.Runs, b.For)
	if b.Events {
		if err := b.measureEvents(ctx); err != nil {
			return err
		}
	}
	var err error
	if b.REST {
		err = b.measureREST(ctx)
	}
	b.printServer()
	return err
}

// step is one kind of run in a round.
type step struct {
	into *[]run
	do   func(context.Context) (run, error)
}

// rounds takes the steps in turn, so that what disturbs the machine for a while
// disturbs all kinds alike.
func (b *bench) rounds(ctx context.Context, steps []step) error {
	for range b.Runs {
		for _, s := range steps {
			r, err := s.do(ctx)
			if err != nil {
				return err
			}
			*s.into = append(*s.into, r)
		}
	}
	return nil
}

// publish measures the server: its rate counts until all is settled.
func (b *bench) publish(ctx context.Context, l Load) (run, error) {
	began, cpu := time.Now(), b.server.cpu()
	p, err := b.runLoad(l)
	if err != nil {
		return run{}, err
	}
	if err := b.untilSettled(ctx); err != nil {
		return run{}, err
	}
	p.Took = time.Since(began)
	cpu = b.server.cpu() - cpu
	t, err := b.tally()
	b.missed, b.again = b.missed+p.Events-t.Distinct, b.again+t.Repeats
	r := runOf(p, cpu)
	r.p50, r.p99 = t.P50, t.P99
	return r, err
}

func (b *bench) runLoad(l Load) (Posted, error) {
	l.First = b.next
	if err := json.NewEncoder(b.load.stdin).Encode(l); err != nil {
		return Posted{}, err
	}
	text, err := b.load.line()
	if err != nil {
		return Posted{}, fmt.Errorf("the load ended: %w", err)
	}
	var p Posted
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		return p, err
	}
	b.next += p.Events + singleConnections*max(l.Array, 1)
	return p, nil
}

func (b *bench) tally() (Tally, error) {
	var t Tally
	answer, err := b.client.Get(b.sink)
	if err != nil {
		return t, err
	}
	defer answer.Body.Close()
	return t, json.NewDecoder(answer.Body).Decode(&t)
}
