package main

import (
	"context"
	"io"
	"os"
	"time"

	"github.com/onevent/onevent/bench"
)

type benchCmd struct {
	Run      benchRunCmd      `cmd:"" default:"withargs" help:"Measure."`
	Receiver benchReceiverCmd `cmd:"" hidden:""`
	Load     benchLoadCmd     `cmd:"" hidden:""`
	Echo     benchEchoCmd     `cmd:"" hidden:""`
}

type benchRunCmd struct {
	Store   string        `help:"Where the server keeps its events." enum:"sqlite" default:"sqlite"`
	Only    string        `help:"What is measured: all, the way of an event (events), or calls of the REST protocol (rest)." enum:"all,events,rest" default:"all" placeholder:"PART"`
	Runs    int           `help:"Measurements of each kind, in turn." default:"5"`
	For     time.Duration `help:"How long each publishes or calls." default:"3s"`
	Latency float64       `help:"Events a second while latency is measured." default:"200"`
	Dir     string        `help:"Folder for the store, on the disk to be measured; default a temporary one." type:"existingdir" placeholder:"DIR"`
}

// Run measures on a fresh store, which is removed afterwards.
func (c benchRunCmd) Run(ctx context.Context, out io.Writer) error {
	if c.Runs < 1 || c.For <= 0 || c.Latency <= 0 {
		return wrong("--runs, --for and --latency must be positive")
	}
	dir, err := os.MkdirTemp(c.Dir, "onevent-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	return bench.Run(ctx, bench.Config{
		Events: c.Only != "rest", REST: c.Only != "events",
		Dir: dir, Runs: c.Runs, For: c.For, Latency: c.Latency,
		Receiver: []string{"bench", "receiver"}, Load: []string{"bench", "load"}, Echo: []string{"bench", "echo"}, Server: []string{"serve", "--config"},
	}, out)
}

type benchReceiverCmd struct{}

// Run receives until it is told to end.
func (benchReceiverCmd) Run(ctx context.Context, out io.Writer) error {
	return bench.RunReceiver(ctx, out)
}

type benchLoadCmd struct{}

// Run posts what it reads from its standard input, until that ends.
func (benchLoadCmd) Run(ctx context.Context, out io.Writer) error {
	return bench.RunLoads(ctx, os.Stdin, out)
}

type benchEchoCmd struct{}

// Run answers until it is told to end.
func (benchEchoCmd) Run(ctx context.Context, out io.Writer) error {
	return bench.RunEcho(ctx, out)
}
