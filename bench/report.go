package bench

import (
	"fmt"
	"time"
)

func (b *bench) print(bare, single, array, bareSlow, serverSlow []run) {
	limit := median(bare, rateOf)
	fmt.Fprintf(b.out, "medians of %d alternating runs of %v, lowest and highest in brackets\n\n", b.Runs, b.For)
	b.line("R: bare POST, 64 connections", bare, rateOf, "%.0f/s")
	b.line("one event a call, 64 connections", single, rateOf, "%.0f/s")
	b.line("arrays of 100, 8 connections", array, rateOf, "%.0f/s")
	fmt.Fprintf(b.out, "\n%-38s %.3f R\n%-38s %.3f R\n", "one event a call", median(single, rateOf)/limit, "arrays of 100", median(array, rateOf)/limit)
	fmt.Fprintf(b.out, "\nlatency at %.0f/s\n", b.Latency)
	for _, row := range []struct {
		name string
		runs []run
	}{{"bare POST", bareSlow}, {"publish to handler", serverSlow}} {
		b.line(row.name+" p50", row.runs, p50Of, "%.2f ms")
		b.line(row.name+" p99", row.runs, p99Of, "%.2f ms")
	}
	fmt.Fprintf(b.out, "%-38s %.2f ms\n", "p99 above the bare POST's", median(serverSlow, p99Of)-median(bareSlow, p99Of))
	fmt.Fprintln(b.out, "\nCPU a delivery")
	b.line("bare client", bare, cpuOf, "%.0f us")
	b.line("server, one event a call", single, cpuOf, "%.0f us")
	b.line("server, arrays of 100", array, cpuOf, "%.0f us")
	client := median(bare, cpuOf)
	fmt.Fprintf(b.out, "%-38s %.1f and %.1f times\n", "server to bare client", median(single, cpuOf)/client, median(array, cpuOf)/client)
	fmt.Fprintf(b.out, "\n%-38s %.0f MB\n", "peak PSS of the server", float64(b.server.peak())/1e6)
	missed, again := 0, 0
	for _, runs := range [][]run{single, array, serverSlow} {
		for _, r := range runs {
			missed, again = missed+r.missed, again+r.again
		}
	}
	fmt.Fprintf(b.out, "%-38s %d missing, %d repeated\n", "deliveries", missed, again)
}

func (b *bench) line(name string, runs []run, of func(run) float64, format string) {
	values := sorted(runs, of)
	fmt.Fprintf(b.out, "%-38s "+format+"  ["+format+" "+format+"]\n", name, values[len(values)/2], values[0], values[len(values)-1])
}

func rateOf(r run) float64 { return r.rate }
func p50Of(r run) float64  { return milliseconds(r.p50) }
func p99Of(r run) float64  { return milliseconds(r.p99) }
func cpuOf(r run) float64  { return float64(r.cpu) / float64(time.Microsecond) }

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
