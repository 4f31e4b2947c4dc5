package bench

import (
	"slices"
	"time"
)

// run is one measurement.
type run struct {
	rate   float64       // bodies, events settled or calls answered, a second
	cpu    time.Duration // of the process that is measured, for one of them
	client time.Duration // of the load, for one of them
	p50    time.Duration
	p99    time.Duration
}

// runOf is what a load did, at the cost of cpu.
func runOf(p Posted, cpu time.Duration) run {
	each := time.Duration(max(p.Events, 1))
	return run{rate: float64(p.Events) / p.Took.Seconds(), cpu: cpu / each, client: p.CPU / each}
}

func rateOf(r run) float64   { return r.rate }
func p50Of(r run) float64    { return milliseconds(r.p50) }
func p99Of(r run) float64    { return milliseconds(r.p99) }
func cpuOf(r run) float64    { return microseconds(r.cpu) }
func clientOf(r run) float64 { return microseconds(r.client) }

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
func microseconds(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }

// each is what value says of each run.
func each[R any](runs []R, value func(R) float64) []float64 {
	var values []float64
	for _, r := range runs {
		values = append(values, value(r))
	}
	return values
}

// ratios are what of says of each run, by what it says of the run beside it.
func ratios(of func(run) float64, runs, beside []run) []float64 {
	var values []float64
	for i, r := range runs {
		values = append(values, of(r)/of(beside[i]))
	}
	return values
}

// differences are ratios by subtraction.
func differences(of func(run) float64, runs, beside []run) []float64 {
	var values []float64
	for i, r := range runs {
		values = append(values, of(r)-of(beside[i]))
	}
	return values
}

// median of an even number of values lies between the two in the middle.
func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}
