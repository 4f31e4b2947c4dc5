package bench

import (
	"fmt"
	"slices"
)

func (b *bench) printEvents(got eventRuns) {
	limit, client := median(each(got.bare, rateOf)), median(each(got.bare, cpuOf))
	fmt.Fprintln(b.out)
	b.line("R: bare POST, 64 connections", each(got.bare, rateOf), "%.0f/s")
	b.line("one event a call, 64 connections", each(got.single, rateOf), "%.0f/s")
	b.line("arrays of 100, 8 connections", each(got.array, rateOf), "%.0f/s")
	fmt.Fprintln(b.out)
	b.value("one event a call", "%.3f R", median(each(got.single, rateOf))/limit)
	b.value("arrays of 100", "%.3f R", median(each(got.array, rateOf))/limit)
	b.printLatency(got)
	fmt.Fprintln(b.out, "\nCPU a delivery")
	b.line("bare client", each(got.bare, cpuOf), "%.0f us")
	b.line("server, one event a call", each(got.single, cpuOf), "%.0f us")
	b.line("server, arrays of 100", each(got.array, cpuOf), "%.0f us")
	b.value("server to bare client", "%.1f and %.1f times", median(each(got.single, cpuOf))/client, median(each(got.array, cpuOf))/client)
}

func (b *bench) printLatency(got eventRuns) {
	fmt.Fprintf(b.out, "\nlatency at %.0f/s\n", b.Latency)
	b.line("bare POST p50", each(got.bareSlow, p50Of), "%.2f ms")
	b.line("bare POST p99", each(got.bareSlow, p99Of), "%.2f ms")
	b.line("publish to handler p50", each(got.serverSlow, p50Of), "%.2f ms")
	b.line("publish to handler p99", each(got.serverSlow, p99Of), "%.2f ms")
	b.value("p99 above the bare POST's", "%.2f ms", median(each(got.serverSlow, p99Of))-median(each(got.bareSlow, p99Of)))
}

func (b *bench) printREST(got restRuns) {
	fmt.Fprintln(b.out, "\nREST, 64 connections")
	b.line("echo: bare JSON server", each(got.echo, rateOf), "%.0f/s")
	b.line("profile", each(got.profile, rateOf), "%.0f/s")
	b.line("crm.activity.update, until delivered", each(got.update, rateOf), "%.0f/s")
	b.line("crm.activity.get", each(got.get, rateOf), "%.0f/s")
	b.line("commands in batches of 50", each(got.batch, rateOf), "%.0f/s")
	fmt.Fprintln(b.out, "on one connection")
	b.line("crm.activity.get", each(got.getAlone, rateOf), "%.0f/s")
	b.line("commands in batches of 50", each(got.batchAlone, rateOf), "%.0f/s")
	fmt.Fprintln(b.out)
	b.line("profile, of the echo", ratios(got.profile, got.echoByProfile), "%.3f")
	b.line("crm.activity.update, of the echo", ratios(got.update, got.echoByUpdate), "%.3f")
	b.line("a batch's commands, of single ones", ratios(got.batch, got.get), "%.1f")
	b.line("the same on one connection", ratios(got.batchAlone, got.getAlone), "%.1f")
	b.printCost(got)
}

// printCost tells how much of the machine a call takes: client and server share
// its cores.
func (b *bench) printCost(got restRuns) {
	fmt.Fprintln(b.out, "\nCPU a call of the server, and of the load beside it")
	for _, row := range []struct {
		name string
		runs []run
	}{
		{"echo", got.echo}, {"profile", got.profile}, {"crm.activity.update, with its delivery", got.update},
		{"crm.activity.get", got.get}, {"a command of a batch", got.batch},
	} {
		if len(row.runs) > 0 {
			b.value(row.name, "%.1f us, %.1f us", median(each(row.runs, cpuOf)), median(each(row.runs, clientOf)))
		}
	}
}

func (b *bench) printServer() {
	fmt.Fprintln(b.out)
	b.value("peak PSS of the server", "%.0f MB", float64(b.server.peak())/1e6)
	b.value("deliveries", "%d missing, %d repeated", b.missed, b.again)
}

func (b *bench) line(name string, values []float64, format string) {
	b.value(name, format+"  ["+format+" "+format+"]", median(values), slices.Min(values), slices.Max(values))
}

func (b *bench) value(name, format string, values ...any) {
	fmt.Fprintf(b.out, "%-38s "+format+"\n", append([]any{name}, values...)...)
}
