package bench

import (
	"context"
	"errors"
	"time"
)

// Connections of each kind of load.
const (
	singleConnections = 64
	arrayConnections  = 8
	arraySize         = 100
	slowConnections   = 8 // few, so that each is used
)

// fanOut is the number of handlers that one event has where it has many, each
// with a URL of its own.
const fanOut = 10

// codeMany is the code of the events that have many handlers.
const codeMany = "ONCRMDEALADD"

// eventRuns are the measurements of the way of an event. Each kind is set beside
// the bare posts that ran just before.
type eventRuns struct {
	bareBySingle, single []run
	bareByArray, array   []run
	bareByMany, many     []run
	bareSlow, slow       []run
}

func (b *bench) measureEvents(ctx context.Context) error {
	p, err := b.found(ctx, "events")
	if err != nil {
		return err
	}
	defer p.drop()
	defer p.watch(ctx)()
	if err := b.takeSample(ctx, published{"", p.server, p.events(0, singleConnections), 1}); err != nil {
		return err
	}
	calm, err := b.found(ctx, "latency")
	if err != nil {
		return err
	}
	defer calm.drop()
	if err := hold(calm.cmd.Process); err != nil {
		return err
	}
	var got eventRuns
	if err := b.rounds(ctx, b.eventSteps(p, calm, &got)); err != nil {
		return err
	}
	b.reportEvents(got)
	b.line("peak memory of the server", "MB", p.peak.megabytes())
	return nil
}

// eventSteps measures latency on a server of its own: one that was at full load a
// moment ago still writes the index of what came.
func (b *bench) eventSteps(p, calm *portal, got *eventRuns) []step {
	many := p.events(0, singleConnections)
	many.Codes = []string{codeMany}
	return []step{
		{&got.bareBySingle, b.limit},
		{&got.single, b.publishing(published{"one-a-call", p.server, p.events(0, singleConnections), 1})},
		{&got.bareByArray, b.limit},
		{&got.array, b.publishing(published{"arrays", p.server, p.events(arraySize, arrayConnections), 1})},
		{&got.bareByMany, b.limit},
		{&got.many, b.publishing(published{"ten-handlers", p.server, many, fanOut})},
		{&got.bareSlow, b.beside(p, func(context.Context) (run, error) { return b.bare(b.slow(b.bareLoad(0))) })},
		{&got.slow, b.beside(p, b.inTurn(published{"latency", calm.server, b.slow(calm.events(0, singleConnections)), 1}))},
	}
}

// beside measures while another server is held.
func (b *bench) beside(other *portal, do func(context.Context) (run, error)) func(context.Context) (run, error) {
	return func(ctx context.Context) (r run, err error) {
		if err := hold(other.cmd.Process); err != nil {
			return r, err
		}
		r, err = do(ctx)
		return r, errors.Join(err, release(other.cmd.Process))
	}
}

func (b *bench) publishing(u published) func(context.Context) (run, error) {
	return func(ctx context.Context) (run, error) { return b.publish(ctx, u) }
}

// limit is R.
func (b *bench) limit(context.Context) (run, error) { return b.bare(b.bareLoad(0)) }

// bareLoad posts bodies like those of events with so much text.
func (b *bench) bareLoad(pad int) Load {
	return Load{URL: b.sink, Body: b.bodies[pad], Connections: singleConnections, For: b.For, Header: map[string]string{
		"Content-Type": "application/x-www-form-urlencoded", "Webhook-Timestamp": "1700000000", "Onevent-Event-Time": "1700000000",
	}}
}

// takeSample publishes some events to learn the body that R posts.
func (b *bench) takeSample(ctx context.Context, u published) error {
	l := u.load
	l.For, l.Connections, l.Rate, l.Stamp = 100*time.Millisecond, 1, 20, true
	before, err := u.on.stats()
	if err != nil {
		return err
	}
	p, err := b.runLoad(b.load, l)
	if err != nil {
		return err
	}
	if err := u.on.untilSettled(ctx, before.settled()+p.Events*u.fanOut); err != nil {
		return err
	}
	t, err := b.tally()
	b.bodies[l.Pad] = t.Sample
	return err
}

// publishingTo is a load of events for portals of a server, in turn.
func (s *server) publishingTo(urls []string, array, connections int) Load {
	return Load{URLs: urls, Array: array, Connections: connections, For: s.b.For, Header: map[string]string{
		"Content-Type": "application/json", "Authorization": "Bearer " + s.adminToken,
	}}
}

func (s *server) eventsURL(memberID string) string {
	return s.base + "/admin/v1/portals/" + memberID + "/events"
}

// slow makes a load one of the latency measurement.
func (b *bench) slow(l Load) Load {
	l.Rate, l.Stamp, l.Connections = b.Latency, true, slowConnections
	return l
}
