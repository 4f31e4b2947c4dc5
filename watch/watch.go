// Package watch holds the numbers by which an operator sees how a server fares, and
// answers with them in the format of Prometheus. docs/operations.md says what each
// means and what to do about it.
//
// numbers.go is the list of those that are counted as things happen; read.go of
// those that are read when somebody asks.
package watch

import (
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// mostScrapes is how many may be answered at once: anybody may ask.
const mostScrapes = 4

// Handler answers with all numbers. What can't be read at the moment is left out.
func (n *Numbers) Handler() http.Handler {
	return promhttp.HandlerFor(n.registry, promhttp.HandlerOpts{
		ErrorHandling: promhttp.ContinueOnError, MaxRequestsInFlight: mostScrapes,
	})
}

// newRegistry is one of this server's own: nothing else of the process gets in.
func newRegistry() *prometheus.Registry {
	r := prometheus.NewRegistry()
	r.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return r
}
