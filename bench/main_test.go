package bench_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"testing"

	"github.com/onevent/onevent/bench"
	"github.com/onevent/onevent/config"
	"github.com/onevent/onevent/service"
)

// TestMain makes this binary the processes that Run starts, as the
// command does.
func TestMain(m *testing.M) {
	if len(os.Args) < 2 || os.Args[1] != "verb" {
		os.Exit(m.Run())
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := verb(ctx, os.Args[2:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func verb(ctx context.Context, args []string) error {
	switch args[0] {
	case "receiver":
		return bench.RunReceiver(ctx, os.Stdout)
	case "echo":
		return bench.RunEcho(ctx, os.Stdout)
	case "slow":
		return bench.RunSlow(ctx, os.Stdout)
	case "silent":
		return bench.RunSilent(ctx, os.Stdout)
	case "load":
		return bench.RunLoads(ctx, os.Stdin, os.Stdout)
	case "fill":
		return bench.RunFill(ctx, os.Stdin, os.Stdout)
	case "server":
		go bench.RunProfiles(os.Stdin, os.Stdout)
		return serve(ctx, args[1])
	}
	return errors.New("no such verb")
}

func serve(ctx context.Context, file string) error {
	settings, err := config.Load(file, nil)
	if err != nil {
		return err
	}
	return (&service.Service{Config: settings, Logger: slog.New(slog.DiscardHandler)}).Run(ctx)
}
