// Package e2e runs the binary as people run it, and receives what it sends: the
// tests of the binary's outside, and of what official clients see, stand on it.
package e2e

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Patience bounds everything that a test waits for. It is long, because the
// machine may be busy; nothing takes it when all is well.
const Patience = 30 * time.Second

// built is the binary of this test program, made once.
var built = sync.OnceValues(build)

var builtIn string

// build leaves the race detector out: a user's binary has none, and the tests
// run beside many others.
func build() (string, error) {
	dir, err := os.MkdirTemp("", "onevent-e2e-")
	if err != nil {
		return "", err
	}
	builtIn = dir
	path := filepath.Join(dir, "onevent")
	out, err := exec.Command("go", "build", "-race=false", "-o", path, "github.com/onevent/onevent/cmd/onevent").CombinedOutput()
	if err != nil {
		return "", errors.New(string(out))
	}
	return path, nil
}

// Build makes the binary, at the first call, and returns its path.
func Build(t testing.TB) string {
	t.Helper()
	path, err := built()
	if err != nil {
		t.Fatalf("the binary can't be built: %v", err)
	}
	return path
}

// Main runs the tests of a package and removes the binary that they built.
func Main(m *testing.M) {
	code := m.Run()
	if builtIn != "" {
		os.RemoveAll(builtIn)
	}
	os.Exit(code)
}

// environment is this one's without what would configure the binary.
func environment(extra []string) []string {
	var env []string
	for _, line := range os.Environ() {
		if !strings.HasPrefix(line, "ONEVENT_") {
			env = append(env, line)
		}
	}
	return append(env, extra...)
}

// Process is the binary at work.
type Process struct {
	Stdout, Stderr *Text

	cmd   *exec.Cmd
	ended chan struct{}
	err   error
}

// Start starts the binary in a folder. It is killed when the test ends, unless
// it has ended by then.
func Start(t testing.TB, dir string, env []string, args ...string) *Process {
	t.Helper()
	p := &Process{Stdout: &Text{}, Stderr: &Text{}, ended: make(chan struct{})}
	p.cmd = exec.Command(Build(t), args...)
	p.cmd.Dir, p.cmd.Env = dir, environment(env)
	p.cmd.Stdout, p.cmd.Stderr = p.Stdout, p.Stderr
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { p.err = p.cmd.Wait(); close(p.ended) }()
	t.Cleanup(p.Kill)
	return p
}

// Signal sends a signal; a process that has ended gets none.
func (p *Process) Signal(s os.Signal) {
	p.cmd.Process.Signal(s)
}

// Kill ends the process at once, as a crash does, and waits for its end.
func (p *Process) Kill() {
	p.cmd.Process.Kill()
	<-p.ended
}

// Ended is closed when the process has.
func (p *Process) Ended() <-chan struct{} { return p.ended }

// Wait waits for the end and returns the exit code; -1 when a signal ended it.
func (p *Process) Wait(t testing.TB) int {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), Patience)
	defer cancel()
	select {
	case <-p.ended:
	case <-ctx.Done():
		t.Fatalf("it does not end; it said:\n%s%s", p.Stdout, p.Stderr)
	}
	var exit *exec.ExitError
	if p.err != nil && !errors.As(p.err, &exit) {
		t.Fatal(p.err)
	}
	return p.cmd.ProcessState.ExitCode()
}

// Stop tells it to end as a terminal or a service manager does, and returns the
// exit code.
func (p *Process) Stop(t testing.TB) int {
	t.Helper()
	p.Signal(syscall.SIGTERM)
	return p.Wait(t)
}

// Run runs the binary to its end.
func Run(t testing.TB, dir string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	p := Start(t, dir, nil, args...)
	code = p.Wait(t)
	return code, p.Stdout.String(), p.Stderr.String()
}

// Text is what a process has written so far.
type Text struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

var _ io.Writer = (*Text)(nil)

// Write keeps what is written.
func (t *Text) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.buf.Write(p)
}

// String is all of it.
func (t *Text) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.buf.String()
}
