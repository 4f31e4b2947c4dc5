package main

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/onevent/onevent/bench"
)

type benchCmd struct {
	Run      benchRunCmd      `cmd:"" default:"withargs" help:"Measure."`
	Receiver benchReceiverCmd `cmd:"" hidden:""`
	Load     benchLoadCmd     `cmd:"" hidden:""`
	Echo     benchEchoCmd     `cmd:"" hidden:""`
	Slow     benchSlowCmd     `cmd:"" hidden:""`
	Silent   benchSilentCmd   `cmd:"" hidden:""`
	Fill     benchFillCmd     `cmd:"" hidden:""`
	Server   benchServerCmd   `cmd:"" hidden:""`
}

type benchRunCmd struct {
	Store   string        `help:"Where the server keeps its events." enum:"sqlite" default:"sqlite"`
	Only    string        `help:"What is measured: the way of an event (events), calls of the REST protocol (rest), a long queue and many handlers (scale), dead and slow destinations (isolation), a long log (log), all of these (all), or what the cost of a delivery depends on (curves)." enum:"all,events,rest,scale,isolation,log,curves" default:"all" placeholder:"PART"`
	Runs    int           `help:"Measurements of each kind, in turn; default 5." placeholder:"N"`
	For     time.Duration `help:"How long each publishes or calls; default 3s." placeholder:"TIME"`
	Latency float64       `help:"Events a second while latency is measured." default:"200"`
	Dead    int           `help:"Destinations that the long queue waits for; default 1000." placeholder:"N"`
	Quick   bool          `help:"Make every part small, to see that it works."`
	Dir     string        `help:"Folder for stores, on the disk to be measured; default a temporary one." type:"existingdir" placeholder:"DIR"`
	JSON    string        `name:"json" help:"Write all that was measured to a file." type:"path" placeholder:"FILE"`
	Plots   string        `help:"Draw the curves into a folder." type:"path" placeholder:"DIR"`
	Profile string        `help:"Write a CPU profile of the server during each run into a folder." type:"path" placeholder:"DIR"`
}

// Run measures on fresh stores, which are removed afterwards.
func (c benchRunCmd) Run(ctx context.Context, out io.Writer) error {
	if c.Runs < 0 || c.For < 0 || c.Latency <= 0 || c.Dead < 0 {
		return wrong("--runs, --for, --latency and --dead must be positive")
	}
	for _, dir := range []string{c.Plots, c.Profile, filepath.Dir(c.JSON)} {
		if err := makeDir(dir); err != nil {
			return err
		}
	}
	dir, err := os.MkdirTemp(c.Dir, "onevent-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	report, err := bench.Run(ctx, c.config(dir), out)
	if err != nil || c.JSON == "" {
		return err
	}
	return writeReport(report, c.JSON)
}

func (c benchRunCmd) config(dir string) bench.Config {
	config := bench.Config{
		Parts: []string{c.Only}, Dir: dir, Latency: c.Latency, Size: bench.FullSize(), Runs: 5, For: 3 * time.Second,
		Verb: []string{"bench"}, Server: []string{"serve", "--config"}, Plots: c.Plots, Profiles: c.Profile,
	}
	if c.Quick {
		config.Size, config.Runs, config.For = bench.QuickSize(), 1, 200*time.Millisecond
	}
	if c.Only == "all" {
		config.Parts = []string{bench.Events, bench.REST, bench.Scale, bench.Isolation, bench.Log}
	}
	if c.Runs > 0 {
		config.Runs = c.Runs
	}
	if c.For > 0 {
		config.For = c.For
	}
	if c.Dead > 0 {
		config.Size.Dead = c.Dead
	}
	return config
}

func makeDir(dir string) error {
	if slices.Contains([]string{"", "."}, dir) {
		return nil
	}
	return os.MkdirAll(dir, 0o755)
}

func writeReport(r *bench.Report, path string) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	if err := r.WriteJSON(file); err != nil {
		file.Close()
		return err
	}
	return file.Close()
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

type benchSlowCmd struct{}

// Run answers late, until it is told to end.
func (benchSlowCmd) Run(ctx context.Context, out io.Writer) error {
	return bench.RunSlow(ctx, out)
}

type benchSilentCmd struct{}

// Run accepts and says nothing, until it is told to end.
func (benchSilentCmd) Run(ctx context.Context, out io.Writer) error {
	return bench.RunSilent(ctx, out)
}

type benchFillCmd struct{}

// Run fills the store that it reads of on its standard input.
func (benchFillCmd) Run(ctx context.Context, out io.Writer) error {
	return bench.RunFill(ctx, os.Stdin, out)
}

type benchServerCmd struct {
	Config string `arg:""`
}

// Run serves as serve does, and takes profiles when its standard input asks.
func (c benchServerCmd) Run(ctx context.Context, out io.Writer) error {
	go bench.RunProfiles(os.Stdin, out) // ends with the program
	return serveCmd{Config: c.Config}.Run(ctx, out)
}
