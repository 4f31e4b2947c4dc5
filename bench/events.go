package bench

import (
	"context"
	"time"
)

// Connections of each kind of load.
const (
	singleConnections = 64
	arrayConnections  = 8
	arraySize         = 100
)

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

// eventRuns are the measurements of the way of an event.
type eventRuns struct{ bare, single, array, bareSlow, serverSlow []run }

func (b *bench) measureEvents(ctx context.Context) error {
	if err := b.takeSample(ctx); err != nil {
		return err
	}
	var got eventRuns
	bare := step{&got.bare, func(context.Context) (run, error) { return b.bare(b.bareLoad()) }}
	err := b.rounds(ctx, []step{
		bare,
		{&got.single, func(ctx context.Context) (run, error) { return b.publish(ctx, b.events(0, singleConnections)) }},
		bare,
		{&got.array, func(ctx context.Context) (run, error) { return b.publish(ctx, b.events(arraySize, arrayConnections)) }},
		{&got.bareSlow, func(context.Context) (run, error) { return b.bare(b.slow(b.bareLoad())) }},
		{&got.serverSlow, func(ctx context.Context) (run, error) {
			return b.publish(ctx, b.slow(b.events(0, singleConnections)))
		}},
	})
	if err == nil {
		b.printEvents(got)
	}
	return err
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
	r := runOf(p, p.CPU)
	r.p50, r.p99 = t.P50, t.P99
	return r, err
}
