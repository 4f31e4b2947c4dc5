package bench

import "fmt"

func (b *bench) reportEvents(got eventRuns) {
	b.head("rates")
	b.line("R: bare POST, 64 connections", "/s", each(got.bareBySingle, rateOf)...)
	b.line("one event a call, 64 connections", "/s", each(got.single, rateOf)...)
	b.line("arrays of 100, 8 connections", "/s", each(got.array, rateOf)...)
	b.line("one event a call, ten handlers: deliveries", "/s", each(got.many, rateOf)...)
	b.figure(marks{0.18, 0.30, false}, "one event a call, one handler", "R", ratios(rateOf, got.single, got.bareBySingle)...)
	b.figure(marks{0.45, 0.75, false}, "arrays of 100, one handler", "R", ratios(rateOf, got.array, got.bareByArray)...)
	b.figure(marks{0.40, 0.70, false}, "one event a call, ten handlers, deliveries", "R", ratios(rateOf, got.many, got.bareByMany)...)
	b.reportLatency(got)
	b.head("CPU a delivery")
	b.line("bare client", "us", each(got.bareBySingle, cpuOf)...)
	b.line("server, one event a call", "us", each(got.single, cpuOf)...)
	b.line("server, arrays of 100", "us", each(got.array, cpuOf)...)
	b.line("server, ten handlers", "us", each(got.many, cpuOf)...)
	b.line("the load beside it, one event a call", "us", each(got.single, clientOf)...)
	b.figure(marks{5, 3.5, true}, "CPU a delivery, one event a call, by the bare client's", "times", ratios(cpuOf, got.single, got.bareBySingle)...)
	b.figure(marks{2.5, 1.8, true}, "CPU a delivery, arrays of 100, by the bare client's", "times", ratios(cpuOf, got.array, got.bareByArray)...)
}

func (b *bench) reportLatency(got eventRuns) {
	b.head("latency at %.0f/s", b.Latency)
	b.line("bare POST p50", "ms", each(got.bareSlow, p50Of)...)
	b.line("bare POST p99", "ms", each(got.bareSlow, p99Of)...)
	b.line("publish to handler p50", "ms", each(got.slow, p50Of)...)
	b.line("publish to handler p99", "ms", each(got.slow, p99Of)...)
	name := fmt.Sprintf("p99 from publish to handler at %.0f/s, above the bare POST's", b.Latency)
	b.figure(marks{3, 1, true}, name, "ms", differences(p99Of, got.slow, got.bareSlow)...)
}

func (b *bench) reportREST(got restRuns) {
	b.head("REST, 64 connections")
	b.line("echo: bare JSON server", "/s", each(got.echo, rateOf)...)
	b.line("profile", "/s", each(got.profile, rateOf)...)
	b.line("crm.activity.update, until delivered", "/s", each(got.update, rateOf)...)
	b.line("crm.activity.get", "/s", each(got.get, rateOf)...)
	b.line("commands in batches of 50", "/s", each(got.batch, rateOf)...)
	b.head("REST, one connection")
	b.line("crm.activity.get, alone", "/s", each(got.getAlone, rateOf)...)
	b.line("commands in batches of 50, alone", "/s", each(got.batchAlone, rateOf)...)
	b.head("REST, by its counterpart")
	b.line("profile, of the echo", "of it", ratios(rateOf, got.profile, got.echoByProfile)...)
	b.line("crm.activity.update, of the echo", "of it", ratios(rateOf, got.update, got.echoByUpdate)...)
	b.line("a batch's commands, by single ones", "times", ratios(rateOf, got.batch, got.get)...)
	b.line("the same on one connection", "times", ratios(rateOf, got.batchAlone, got.getAlone)...)
	b.reportCost(got)
}

// reportCost tells how much of the machine a call takes: client and server share
// its cores.
func (b *bench) reportCost(got restRuns) {
	b.head("CPU a call of the server, and of the load beside it")
	for _, row := range []struct {
		name string
		runs []run
	}{
		{"echo", got.echo}, {"profile", got.profile}, {"crm.activity.update, with its delivery", got.update},
		{"crm.activity.get", got.get}, {"a command of a batch", got.batch},
	} {
		b.line("CPU: "+row.name, "us", each(row.runs, cpuOf)...)
		b.line("CPU: "+row.name+", the load", "us", each(row.runs, clientOf)...)
	}
}
