// Command onevent is the platform in one binary: a dev portal, a server, and
// the tools for both. Each verb has a file of its name.
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/devportal"
	"github.com/onevent/onevent/terminal"
)

// verbs is the command line.
type verbs struct {
	Dev        devCmd        `cmd:"" help:"Run a portal on this machine, for developing and testing applications."`
	Serve      serveCmd      `cmd:"" help:"Run a server for real portals."`
	App        appCmd        `cmd:"" help:"Install, update or uninstall an application on the dev portal."`
	Emit       emitCmd       `cmd:"" help:"Raise an event on the dev portal and watch it arrive."`
	Clock      clockCmd      `cmd:"" help:"Show the dev portal's clock, or set it forward."`
	Tail       tailCmd       `cmd:"" help:"Show events and attempts of a running server as they happen."`
	Deliveries deliveriesCmd `cmd:"" help:"List deliveries of a running server."`
	Explain    explainCmd    `cmd:"" help:"Say what became of an event, or of the events about an object."`
	Replay     replayCmd     `cmd:"" help:"Make a delivery anew, or many."`
	Cancel     cancelCmd     `cmd:"" help:"Cancel a delivery that waits, or many."`
	Jobs       jobsCmd       `cmd:"" help:"List replays and cancellations of many, or stop one."`
	Bench      benchCmd      `cmd:"" help:"Measure the way of an event beside the bare POST."`
	Keys       keysCmd       `cmd:"" help:"Make the keys of a server."`
	Version    versionCmd    `cmd:"" help:"Say which version this is."`
}

// Exit codes.
const (
	exitFailed = 1 // it could not be done
	exitWrong  = 2 // it was asked for wrongly: a flag, a file
)

// main listens for signals before it does anything else: one that comes while it
// starts ends it in order too.
func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// A second signal ends the program at once.
	context.AfterFunc(ctx, stop)
	// A reader of the output that has gone must not end a server.
	signal.Ignore(syscall.SIGPIPE)
	// net/http prints to the standard logger what a handler sends beyond its
	// answer; one that echoes its request would put tokens there. What we have
	// to say goes through slog.
	log.SetOutput(io.Discard)
	os.Exit(run(ctx, os.Args[1:]))
}

func run(ctx context.Context, args []string) int {
	cli := &verbs{}
	parser := kong.Must(cli,
		kong.Name("onevent"),
		kong.Description("Application events over the Bitrix24 REST event protocol."),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.Vars{"data": devportal.DefaultData, "creds": devportal.DefaultCreds, "scope": devportal.DefaultScope},
	)
	parsed, err := parser.Parse(args)
	if err != nil {
		return tell(err, exitWrong)
	}
	parsed.BindTo(ctx, (*context.Context)(nil))
	parsed.BindTo(os.Stdout, (*io.Writer)(nil))
	if err := parsed.Run(); err != nil {
		return tell(err, exitCode(err))
	}
	return 0
}

func exitCode(err error) int {
	if onevent.CodeOf(err) == onevent.CodeInvalid {
		return exitWrong
	}
	return exitFailed
}

// tell says in one line what is wrong.
func tell(err error, code int) int {
	fmt.Fprintln(os.Stderr, "onevent:", terminal.Clean(strings.ReplaceAll(err.Error(), "\n", "; ")))
	return code
}

func logger(level slog.Level) *slog.Logger {
	return slog.New(slog.NewJSONHandler(os.Stderr, &slog.HandlerOptions{Level: level}))
}

// version of the module that the binary was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	return strings.TrimPrefix(info.Main.Version, "v")
}

func wrong(format string, args ...any) error {
	return onevent.Errorf(onevent.CodeInvalid, format, args...)
}
