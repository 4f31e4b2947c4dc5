package watch

import (
	"strconv"
	"strings"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/dispatch"
	"github.com/onevent/onevent/egress"
	"github.com/prometheus/client_golang/prometheus"
)

// Numbers are those of one server. New makes them; they are safe for concurrent use.
type Numbers struct {
	registry *prometheus.Registry

	unserved *words // by verdict
	attempts *words // by class
	refusals *words // by verdict
	calls    *words // by class of status
	settled  *prometheus.CounterVec
	known    map[settled]prometheus.Counter // of settled

	attempt, delivery, publish, settle, call prometheus.Histogram
}

// settled is how a delivery ended.
type settled struct {
	state   onevent.State
	verdict onevent.Verdict
}

var endings = []settled{
	{onevent.StateDelivered, ""},
	{onevent.StateFailed, onevent.VerdictExpired},
	{onevent.StateFailed, onevent.VerdictExhausted},
	{onevent.StateCancelled, onevent.VerdictUnbound},
	{onevent.StateCancelled, onevent.VerdictUpdated},
	{onevent.StateCancelled, onevent.VerdictUninstalled},
	{onevent.StateCancelled, onevent.VerdictUserInactive},
	{onevent.StateCancelled, onevent.VerdictNotActive},
	{onevent.StateCancelled, onevent.VerdictCancelled},
}

// classSuccess stands for the empty onevent.Attempt.Class.
const classSuccess = "success"

// New makes numbers that begin at 0.
func New() *Numbers {
	r := newRegistry()
	n := &Numbers{
		registry: r,
		unserved: newWords(r, "onevent_unserved_total",
			"Handlers that an event was not for when it was raised, by verdict; of this process.", "verdict",
			texts(onevent.VerdictNotInstalled, onevent.VerdictNotActive, onevent.VerdictNoScope, onevent.VerdictNoAccess, onevent.VerdictLoop,
				onevent.VerdictUserInactive, onevent.VerdictBacklogFull, onevent.VerdictOffline)...),
		attempts: newWords(r, "onevent_attempts_total",
			"Attempts that ended, by class; of this process.", "class",
			classSuccess, onevent.ClassStatus, onevent.ClassDNS, onevent.ClassRefused, onevent.ClassTLS, onevent.ClassTimeout,
			onevent.ClassReset, onevent.ClassNotHTTP, onevent.ClassEgress),
		refusals: newWords(r, "onevent_egress_refusals_total",
			"Attempts that were refused because of the handler's address, by verdict; of this process.", "verdict",
			texts(egress.Self, egress.Private, egress.Loopback, egress.LinkLocal, egress.CGNAT, egress.Metadata, egress.Multicast,
				egress.Unspecified, egress.Broadcast, egress.Embedded, egress.Documentation, egress.Benchmark, egress.Reserved,
				egress.UniqueLocal, egress.Invalid)...),
		calls: newWords(r, "onevent_rest_calls_total",
			"REST calls that were answered, by the first digit of the HTTP status; of this process.", "status",
			"2xx", "4xx", "5xx"),
		settled: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "onevent_deliveries_settled_total", Help: "Deliveries that wait no more, by outcome and verdict; of this process.",
		}, []string{"outcome", "verdict"}),
		known: map[settled]prometheus.Counter{},
		attempt: histogram(r, "onevent_attempt_seconds",
			"How long an attempt took; of this process.", fromTo(.001, 60)),
		delivery: histogram(r, "onevent_delivery_seconds",
			"From an event until a handler answered 2xx, retries included; of this process.", fromTo(.005, 7*86400)),
		publish: histogram(r, "onevent_publish_seconds",
			"How long a call that raises events waited until they were on disk; of this process.", fromTo(.0005, 10)),
		settle: histogram(r, "onevent_settle_seconds",
			"From the end of an attempt until its outcome was on disk; of this process.", fromTo(.0005, 10)),
		call: histogram(r, "onevent_rest_call_seconds",
			"How long a REST call took until it was answered; of this process.", fromTo(.0005, 60)),
	}
	r.MustRegister(n.settled)
	for _, s := range endings {
		n.known[s] = n.settledAs(s)
	}
	return n
}

// texts are verdicts as the values of a label.
func texts[V ~string](verdicts ...V) []string {
	out := make([]string, len(verdicts))
	for i, v := range verdicts {
		out[i] = string(v)
	}
	return out
}

func histogram(to prometheus.Registerer, name, help string, buckets []float64) prometheus.Histogram {
	h := prometheus.NewHistogram(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets})
	to.MustRegister(h)
	return h
}

// fromTo are the bounds of a histogram, in seconds.
func fromTo(first, last float64) []float64 {
	var out []float64
	for _, bound := range scale {
		if bound >= first && bound < last {
			out = append(out, bound)
		}
	}
	return append(out, last)
}

var scale = []float64{
	.0005, .001, .002, .005, .01, .02, .05, .1, .2, .5, 1, 2, 5, 10, 20, 60, 300, 1800, 7200, 21600, 86400, 3 * 86400,
}

func (n *Numbers) settledAs(s settled) prometheus.Counter {
	return n.settled.WithLabelValues(s.state.String(), string(s.verdict))
}

// Unserved counts handlers that an event was not for.
func (n *Numbers) Unserved(verdicts []onevent.HandlerVerdict) {
	for _, v := range verdicts {
		n.unserved.of(string(v.Verdict)).Inc()
	}
}

// Published takes in how long a publishing call waited for the disk.
func (n *Numbers) Published(waited time.Duration) { n.publish.Observe(waited.Seconds()) }

// Attempted takes in an attempt that ended.
func (n *Numbers) Attempted(o dispatch.Observed) {
	a := o.Outcome.Attempt
	n.attempt.Observe(a.Took.Seconds())
	class := a.Class()
	switch class {
	case "":
		class = classSuccess
		n.delivery.Observe(a.Time.Add(a.Took).Sub(o.Event.Time).Seconds())
	case onevent.ClassEgress:
		_, verdict, _ := strings.Cut(a.Error, ": ")
		n.refusals.of(verdict).Inc()
	}
	n.attempts.of(class).Inc()
}

// Settled takes in an outcome that is on disk, and how long that took.
func (n *Numbers) Settled(state onevent.State, v onevent.Verdict, took time.Duration) {
	n.settle.Observe(took.Seconds())
	if state != onevent.StateWaiting {
		n.settledCounter(settled{state, v}).Inc()
	}
}

// Cancelled counts deliveries that were cancelled because their handler ended.
func (n *Numbers) Cancelled(by onevent.Verdict, deliveries int) {
	n.settledCounter(settled{onevent.StateCancelled, by}).Add(float64(deliveries))
}

func (n *Numbers) settledCounter(s settled) prometheus.Counter {
	if c := n.known[s]; c != nil {
		return c
	}
	return n.settledAs(s)
}

// Called takes in a REST call that was answered.
func (n *Numbers) Called(status int, took time.Duration) {
	n.calls.of(strconv.Itoa(status/100) + "xx").Inc()
	n.call.Observe(took.Seconds())
}
