package watch

import (
	"sync"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/directory"
	"github.com/onevent/onevent/dispatch"
	"github.com/prometheus/client_golang/prometheus"
)

// Sources are asked whenever the numbers are. All but Disk must be set.
type Sources struct {
	Stats    func() (onevent.Stats, error)
	Disk     func() (onevent.Disk, error) // nil: the store does not tell
	Survey   func() dispatch.Survey
	InFlight func() int
	Count    func() directory.Count
}

// Read adds the numbers of a server's parts; it is called once.
func (n *Numbers) Read(s Sources) { n.registry.MustRegister(&reader{Sources: s}) }

// reader is the Collector of what is read at the moment of asking.
type reader struct {
	Sources

	mu        sync.Mutex
	cancelled int64 // the most that were seen
}

func desc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(name, help, labels, nil)
}

var (
	events   = desc("onevent_events_total", "Events since the store was made.")
	outcomes = desc("onevent_deliveries_total", "Deliveries that wait no more, by outcome, since the store was made.", "outcome")
	waiting  = desc("onevent_deliveries_waiting", "Deliveries that wait, those in flight included.")

	inFlight  = desc("onevent_deliveries_in_flight", "Attempts that have begun and whose outcome is not on disk.")
	oldestDue = desc("onevent_oldest_due_seconds", "How long the oldest delivery has been due that waits for the server alone.")
	breakers  = desc("onevent_breakers_open", "Destinations that are left alone because they fail.")

	portals  = desc("onevent_portals", "Portals.")
	handlers = desc("onevent_handlers", "Handlers that are bound.")
	disabled = desc("onevent_handlers_disabled", "Handlers that are bound and get nothing: gone, or no success.")

	file    = desc("onevent_store_file_bytes", "Size of the store's file.")
	log     = desc("onevent_store_log_bytes", "Size of the store's write-ahead log.")
	free    = desc("onevent_disk_free_bytes", "Free disk where the store is.")
	reserve = desc("onevent_disk_reserve_bytes", "Free disk below which nothing new is stored.")
)

// Describe implements prometheus.Collector.
func (r *reader) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		events, outcomes, waiting, inFlight, oldestDue, breakers, portals, handlers, disabled, file, log, free, reserve,
	} {
		to <- d
	}
}

// Collect implements prometheus.Collector.
func (r *reader) Collect(to chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, v float64) { to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v) }
	r.collectStats(to, gauge)
	survey := r.Survey()
	gauge(oldestDue, survey.Lateness.Seconds())
	gauge(breakers, float64(survey.Open))
	gauge(inFlight, float64(r.InFlight()))
	count := r.Count()
	gauge(portals, float64(count.Portals))
	gauge(handlers, float64(count.Handlers))
	gauge(disabled, float64(count.Disabled))
	if r.Disk == nil {
		return
	}
	if d, err := r.Disk(); err == nil {
		gauge(file, float64(d.File))
		gauge(log, float64(d.Log))
		gauge(free, float64(d.Free))
		gauge(reserve, float64(d.Reserve))
	}
}

// collectStats leaves out what can't be read.
func (r *reader) collectStats(to chan<- prometheus.Metric, gauge func(*prometheus.Desc, float64)) {
	stats, err := r.Stats()
	if err != nil {
		return
	}
	total := func(d *prometheus.Desc, v int64, label ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(v), label...)
	}
	total(events, stats.Events)
	total(outcomes, stats.Delivered, onevent.StateDelivered.String())
	total(outcomes, stats.Failed, onevent.StateFailed.String())
	total(outcomes, r.mostCancelled(stats.Cancelled), onevent.StateCancelled.String())
	gauge(waiting, float64(stats.Waiting))
}

// mostCancelled keeps a counter from going down: a delivery that was cancelled in
// flight may become delivered, and one that goes down counts as begun anew.
func (r *reader) mostCancelled(now int64) int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.cancelled = max(r.cancelled, now)
	return r.cancelled
}
