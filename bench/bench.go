// Package bench measures the way of an event end to end, beside the limit: what
// a tuned client posts of the same body to the same receiver. It starts three
// processes (receiver, server, load) on this machine, alternates their runs, and
// prints medians with their spread.
package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"
)

// Config says how much is measured.
type Config struct {
	Dir     string        // where the server keeps its store
	Runs    int           // of each kind, alternating
	For     time.Duration // how long one run publishes
	Latency float64       // events a second while latency is measured
	// Verbs of this binary that run the receiver and the load.
	Receiver, Load []string
	// Server is the verb that runs the server; the configuration's file is added.
	Server []string
}

// Connections of each kind of load.
const (
	singleConnections = 64
	arrayConnections  = 8
	arraySize         = 100
)

// run is one measurement.
type run struct {
	rate   float64       // bodies, or events settled, a second
	cpu    time.Duration // of the poster, or of the server, for one body
	missed int
	again  int
	p50    time.Duration
	p99    time.Duration
}

type bench struct {
	Config
	out      io.Writer
	client   *http.Client
	receiver *process
	server   *process
	load     *process
	sink     string // the receiver's URL
	portal   *portal
	body     []byte // as the server rendered it
	next     int    // number of the next object
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
	for _, p := range []*process{b.load, b.server, b.receiver} {
		if p != nil {
			p.wait()
		}
	}
	return err
}

func (b *bench) start(ctx context.Context) (err error) {
	if b.receiver, err = start(ctx, b.Receiver...); err != nil {
		return err
	}
	if b.sink, err = b.receiver.line(); err != nil {
		return fmt.Errorf("the receiver did not start: %w", err)
	}
	if b.load, err = start(ctx, b.Load...); err != nil {
		return err
	}
	if err = b.startServer(ctx); err != nil {
		return err
	}
	go b.server.watchPSS(ctx)
	return b.takeSample(ctx)
}

// takeSample publishes one event to learn the body that R posts.
func (b *bench) takeSample(ctx context.Context) error {
	l := b.events(0, singleConnections)
	l.For, l.Connections, l.Rate, l.Stamp = 100*time.Millisecond, 1, 20, true
	if _, err := b.runLoad(l); err != nil {
		return err
	}
	if err := b.untilSettled(ctx); err != nil {
		return err
	}
	t, err := b.tally()
	b.body = t.Sample
	return err
}

func (b *bench) measure(ctx context.Context) error {
	var bare, single, array, bareSlow, serverSlow []run
	for range b.Runs {
		for _, step := range []struct {
			into *[]run
			do   func(context.Context) (run, error)
		}{
			{&bare, func(context.Context) (run, error) { return b.bare(b.bareLoad()) }},
			{&single, func(ctx context.Context) (run, error) { return b.publish(ctx, b.events(0, singleConnections)) }},
			{&bare, func(context.Context) (run, error) { return b.bare(b.bareLoad()) }},
			{&array, func(ctx context.Context) (run, error) {
				return b.publish(ctx, b.events(arraySize, arrayConnections))
			}},
			{&bareSlow, func(context.Context) (run, error) { return b.bare(b.slow(b.bareLoad())) }},
			{&serverSlow, func(ctx context.Context) (run, error) {
				return b.publish(ctx, b.slow(b.events(0, singleConnections)))
			}},
		} {
			r, err := step.do(ctx)
			if err != nil {
				return err
			}
			*step.into = append(*step.into, r)
		}
	}
	b.print(bare, single, array, bareSlow, serverSlow)
	return nil
}

func (b *bench) bareLoad() Load {
	return Load{URL: b.sink, Body: b.body, Connections: singleConnections, For: b.For, Header: map[string]string{
		"Content-Type": "application/x-www-form-urlencoded", "Webhook-Timestamp": "1700000000", "Onevent-Event-Time": "1700000000",
	}}
}

func (b *bench) events(array, connections int) Load {
	return Load{URL: b.portal.eventsURL, Array: array, Connections: connections, For: b.For, Header: map[string]string{
		"Content-Type": "application/json", "Authorization": "Bearer " + b.portal.adminToken,
	}}
}

// slow makes a load one of the latency measurement, on few connections so that
// each is used.
func (b *bench) slow(l Load) Load {
	l.Rate, l.Stamp, l.Connections = b.Latency, true, 8
	return l
}

// bare measures the limit.
func (b *bench) bare(l Load) (run, error) {
	p, err := b.runLoad(l)
	if err != nil {
		return run{}, err
	}
	t, err := b.tally()
	return run{
		rate:   float64(p.Calls) / p.Took.Seconds(),
		cpu:    p.CPU / time.Duration(max(p.Calls, 1)),
		missed: p.Calls - t.Distinct, again: t.Repeats, p50: t.P50, p99: t.P99,
	}, err
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
	took := time.Since(began)
	t, err := b.tally()
	return run{
		rate:   float64(p.Events) / took.Seconds(),
		cpu:    (b.server.cpu() - cpu) / time.Duration(max(p.Events, 1)),
		missed: p.Events - t.Distinct, again: t.Repeats, p50: t.P50, p99: t.P99,
	}, err
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

func median(runs []run, of func(run) float64) float64 {
	values := sorted(runs, of)
	return values[len(values)/2]
}

func sorted(runs []run, of func(run) float64) []float64 {
	var values []float64
	for _, r := range runs {
		values = append(values, of(r))
	}
	slices.Sort(values)
	return values
}
