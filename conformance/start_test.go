package conformance_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
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

// patience is how long something may take that takes milliseconds.
const patience = 30 * time.Second

var scratch string

func TestMain(m *testing.M) {
	var err error
	if scratch, err = os.MkdirTemp("", "onevent-conformance-"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	os.RemoveAll(scratch)
	os.Exit(code)
}

// build makes the binary once for all tests.
var build = sync.OnceValues(func() (string, error) {
	path := filepath.Join(scratch, "onevent")
	out, err := exec.Command("go", "build", "-o", path, "../cmd/onevent").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return path, nil
})

// running is an `onevent serve`.
type running struct {
	*process
	base, token string
}

// startServer starts the binary with a new store and key, and ends it with the
// test. Handlers may be on this machine.
func startServer(t *testing.T) running {
	t.Helper()
	return startServerIn(t, t.TempDir())
}

// startServerIn starts it again in a folder where it ran before.
func startServerIn(t *testing.T, dir string) running {
	t.Helper()
	binary, err := build()
	if err != nil {
		t.Fatal(err)
	}
	key, file := filepath.Join(dir, "key"), filepath.Join(dir, "onevent.yaml")
	const token = "the operator of the conformance tests"
	if _, err := os.Stat(key); err != nil {
		if out, err := exec.Command(binary, "keys", "new", key).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		write(t, file, `
listen: 127.0.0.1:0
store: sqlite:`+filepath.Join(dir, "onevent.db")+`
key_file: `+key+`
admin_token: `+token+`
oauth_url: https://oauth.bitrix.info
egress.allow: [127.0.0.0/8]
`)
	}
	p := launch(t, binary, "serve", "--config", file)
	return running{process: p, base: "http://" + p.said, token: token}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// startDev starts a dev portal on free ports and returns its creds file.
func startDev(t *testing.T) string {
	t.Helper()
	binary, err := build()
	if err != nil {
		t.Fatal(err)
	}
	creds := filepath.Join(t.TempDir(), "creds.json")
	launch(t, binary, "dev", "--listen", "127.0.0.1:0", "--tls-listen", "127.0.0.1:0", "--data", t.TempDir(), "--creds", creds)
	return creds
}

// process is the binary while it runs.
type process struct {
	said string // when it was ready
	cmd  *exec.Cmd
	done chan struct{} // closed when it has closed its output
	dead bool
}

// launch runs the binary until the test ends, and waits until it is ready.
func launch(t *testing.T, binary string, args ...string) *process {
	t.Helper()
	p := &process{cmd: exec.Command(binary, args...), done: make(chan struct{})}
	output, input, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	p.cmd.Stdout, p.cmd.Stderr = input, input
	if err := errors.Join(p.cmd.Start(), input.Close()); err != nil {
		t.Fatal(err)
	}
	ready := make(chan string, 1)
	go func() {
		defer close(p.done)
		follow(t, output, ready)
	}()
	t.Cleanup(func() {
		p.end(t)
		output.Close()
	})
	select {
	case p.said = <-ready:
	case <-p.done:
		t.Fatal("it ended before it was ready")
	case <-time.After(patience):
		t.Fatal("it was not ready in time")
	}
	return p
}

// end asks it to end, as a service manager does.
func (p *process) end(t *testing.T) {
	if p.dead {
		return
	}
	p.cmd.Process.Signal(syscall.SIGTERM) // it may have ended already: Wait tells
	<-p.done
	if err := p.cmd.Wait(); err != nil {
		t.Errorf("%v: %v", p.cmd.Args, err)
	}
}

// kill ends it as a power cut of the process: nothing of it runs any more.
func (p *process) kill() {
	p.dead = true
	p.cmd.Process.Kill()
	<-p.done
	p.cmd.Wait() // says that it was killed
}

// follow reads what a server prints to its end, so that it never waits for a
// reader. serve logs the address on which it is ready, dev tells people.
func follow(t *testing.T, output io.Reader, ready chan<- string) {
	for lines := bufio.NewScanner(output); lines.Scan(); {
		var line struct{ Msg, Listen, Level string }
		json.Unmarshal(lines.Bytes(), &line) // what is no JSON is told to people
		switch {
		case line.Level == "ERROR" || strings.HasPrefix(lines.Text(), "onevent:"):
			t.Logf("server: %s", lines.Bytes())
		case line.Msg == "ready":
			ready <- line.Listen
		case strings.HasPrefix(lines.Text(), "Ready"):
			ready <- ""
		}
	}
}
