// Package bench measures the way of an event end to end, beside the limit: what
// a tuned client posts of the same body to the same receiver; calls of the REST
// protocol, beside a bare JSON server; and what a long queue, many handlers and
// destinations out of order change of it. It starts its processes on this
// machine, alternates their runs, and prints medians with their spread.
// docs/performance.md says how each figure comes about.
package bench

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"
)

// Parts of a measurement, in the order in which they are taken.
const (
	Events    = "events"    // the way of an event
	REST      = "rest"      // calls of the REST protocol
	Scale     = "scale"     // with a long queue, with many handlers
	Isolation = "isolation" // beside destinations that are out of order
	Log       = "log"       // searching a long log, replaying from it, and removing what is old
	Curves    = "curves"    // what the cost of a delivery depends on
)

// Config says what is measured and how much of it.
type Config struct {
	Parts   []string
	Dir     string        // where servers keep their stores
	Runs    int           // of each kind, alternating
	For     time.Duration // how long one run publishes
	Latency float64       // events a second while latency is measured
	Size    Size
	// Verb begins the command line of the bench's own processes: the name of one
	// and its arguments follow.
	Verb []string
	// Server is the verb that runs a server; the configuration's file is added.
	Server []string
	// Plots is a folder for drawings of the curves; empty: none are made.
	Plots string
	// Profiles is a folder for CPU profiles of the server, one of each run;
	// empty: none are taken, and the server runs by its own verb.
	Profiles string
}

type bench struct {
	Config
	*Report
	client   *http.Client
	receiver *process
	load     *process
	servers  []*server // all that were made
	sink     string    // the receiver's URL
	bodies   map[int][]byte
	next     int // number of the next object
	taken    int // profiles
}

// Run measures, prints, and returns what it printed.
func Run(ctx context.Context, c Config, out io.Writer) (*Report, error) {
	ctx, cancel := context.WithCancel(ctx)
	b := &bench{Config: c, Report: newReport(c, out), client: tunedClient(), bodies: map[int][]byte{}, next: 1}
	err := b.start(ctx)
	if err == nil {
		err = b.measure(ctx)
	}
	cancel()
	for _, s := range b.servers {
		s.end()
	}
	for _, p := range []*process{b.load, b.receiver} {
		if p != nil {
			p.wait()
		}
	}
	return b.Report, err
}

func (b *bench) start(ctx context.Context) (err error) {
	if b.receiver, b.sink, err = startServing(ctx, b.verb("receiver")); err != nil {
		return err
	}
	b.load, err = b.startLoad(ctx)
	return err
}

// verb is the command line of one of the bench's own processes.
func (b *bench) verb(name string) []string { return append(slices.Clone(b.Verb), name) }

func (b *bench) serverVerb() []string {
	if b.Profiles != "" {
		return b.verb("server")
	}
	return slices.Clone(b.Server)
}

func (b *bench) measure(ctx context.Context) error {
	b.head("medians of %d alternating runs of %v, lowest and highest in brackets", b.Runs, b.For)
	for _, part := range []struct {
		name string
		take func(context.Context) error
	}{
		{Events, b.measureEvents}, {REST, b.measureREST}, {Scale, b.measureScale}, {Isolation, b.measureIsolation}, {Log, b.measureLog}, {Curves, b.measureCurves},
	} {
		if !slices.Contains(b.Parts, part.name) {
			continue
		}
		began := time.Now()
		b.Report.part = part.name
		if err := part.take(ctx); err != nil {
			return fmt.Errorf("%s: %w", part.name, err)
		}
		b.head("%s took %.0f s", part.name, time.Since(began).Seconds())
	}
	b.finish()
	return nil
}
