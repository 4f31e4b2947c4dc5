package watch

import "github.com/prometheus/client_golang/prometheus"

// words is a counter for each of the words that a reason can be. Those that are
// known begin at 0 and cost a look into a map; the code knows no others, but may
// learn some.
type words struct {
	all   *prometheus.CounterVec
	known map[string]prometheus.Counter
}

func newWords(to prometheus.Registerer, name, help, label string, known ...string) *words {
	w := &words{
		all:   prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, []string{label}),
		known: map[string]prometheus.Counter{},
	}
	to.MustRegister(w.all)
	for _, word := range known {
		w.known[word] = w.all.WithLabelValues(word)
	}
	return w
}

func (w *words) of(word string) prometheus.Counter {
	if c := w.known[word]; c != nil {
		return c
	}
	return w.all.WithLabelValues(word)
}
