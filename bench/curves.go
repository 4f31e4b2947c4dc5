package bench

import (
	"context"
	"errors"
	"fmt"
)

// point is one of a curve: a server and its load.
type point struct {
	label string
	of    published
	bare  []run
	runs  []run
}

// curve is what the cost of a delivery does over one quantity.
type curve struct {
	name   string // of the drawing's file
	title  string
	points []*point
}

func (b *bench) measureCurves(ctx context.Context) error {
	if err := checkRefusing(); err != nil {
		return err
	}
	for _, c := range []struct {
		curve
		prepare func(context.Context, *curve) error
	}{
		{curve{name: "backlog", title: "deliveries waiting for dead destinations"}, b.backlogPoints},
		{curve{name: "handlers", title: "handlers, ten on a portal"}, b.handlerPoints},
		{curve{name: "portals", title: "portals with one handler, events to all in turn"}, b.portalPoints},
		{curve{name: "body", title: "size of a body"}, b.bodyPoints},
	} {
		if err := b.measureCurve(ctx, c.curve, c.prepare); err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
	}
	return nil
}

func (b *bench) measureCurve(ctx context.Context, c curve, prepare func(context.Context, *curve) error) (err error) {
	b.head("cost over %s", c.title)
	defer func() {
		for _, p := range c.points {
			err = errors.Join(err, p.of.on.drop())
		}
	}()
	if err := prepare(ctx, &c); err != nil {
		return err
	}
	var steps []step
	for _, p := range c.points {
		bare := b.bareLoad(p.of.load.Pad)
		steps = append(steps,
			step{&p.bare, func(context.Context) (run, error) { return b.bare(bare) }},
			step{&p.runs, b.inTurn(p.of)})
	}
	if err := b.rounds(ctx, steps); err != nil {
		return err
	}
	for _, p := range c.points {
		b.line(c.name+" "+p.label+": rate", "/s", each(p.runs, rateOf)...)
		b.line(c.name+" "+p.label+": rate, of the bare POST's", "R", ratios(rateOf, p.runs, p.bare)...)
		b.line(c.name+" "+p.label+": CPU a delivery", "us", each(p.runs, cpuOf)...)
	}
	return b.draw(c)
}

// add prepares a server for a point.
func (b *bench) add(ctx context.Context, c *curve, label string, portals int, measured Group, others ...Group) error {
	s, err := b.prepared(ctx, fmt.Sprint(c.name, len(c.points)), append(others, measured)...)
	if err != nil {
		return err
	}
	c.points = append(c.points, &point{label: label, of: b.single(s, measured, portals)})
	return b.sampleHeld(ctx, c.points[len(c.points)-1].of)
}

// sampleHeld takes a sample of a server that is held, for bodies of a size that
// is not known yet.
func (b *bench) sampleHeld(ctx context.Context, u published) error {
	if len(b.bodies[u.load.Pad]) > 0 {
		return nil
	}
	if err := release(u.on.cmd.Process); err != nil {
		return err
	}
	return errors.Join(b.takeSample(ctx, u), hold(u.on.cmd.Process))
}

func (b *bench) backlogPoints(ctx context.Context, c *curve) error {
	for _, n := range b.Size.Backlogs {
		if err := b.add(ctx, c, count(n), 1, b.healthy(), b.dead(n)); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) handlerPoints(ctx context.Context, c *curve) error {
	for _, n := range b.Size.Handlers {
		g := Group{Name: "many", Handlers: n, URLs: []string{b.sink}}
		if err := b.add(ctx, c, count(n), b.Size.Turns, g); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) portalPoints(ctx context.Context, c *curve) error {
	for _, n := range b.Size.OnPortals {
		g := Group{Name: "each", Handlers: n, Single: true, URLs: []string{b.sink}}
		if err := b.add(ctx, c, count(n), n, g); err != nil {
			return err
		}
	}
	return nil
}

// bodyPoints are loads of one server.
func (b *bench) bodyPoints(ctx context.Context, c *curve) error {
	s, err := b.prepared(ctx, c.name, b.healthy())
	if err != nil {
		return err
	}
	for _, pad := range b.Size.Pads {
		u := b.single(s, b.healthy(), 1)
		u.load.Pad = pad
		p := &point{of: u}
		c.points = append(c.points, p)
		if err := b.sampleHeld(ctx, u); err != nil {
			return err
		}
		p.label = fmt.Sprintf("%.1f KB", float64(len(b.bodies[pad]))/1e3)
	}
	return nil
}
