package bench

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// process is a child of the bench.
type process struct {
	cmd   *exec.Cmd
	stdin io.WriteCloser
	out   *bufio.Reader
}

// start runs this binary again with other arguments. The child ends with ctx.
func start(ctx context.Context, complaints *os.File, args ...string) (*process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, self, args...)
	p := &process{cmd: cmd}
	cmd.Cancel = p.interrupt
	cmd.WaitDelay = 15 * time.Second
	cmd.Stderr = complaints
	if p.stdin, err = cmd.StdinPipe(); err != nil {
		return nil, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.out = bufio.NewReader(stdout)
	return p, cmd.Start()
}

// startServing starts a child that tells its URL.
func startServing(ctx context.Context, verb []string) (p *process, url string, err error) {
	if p, err = start(ctx, os.Stderr, verb...); err != nil {
		return nil, "", err
	}
	if url, err = p.line(); err != nil {
		err = fmt.Errorf("%v did not start: %w", verb, err)
	}
	return p, url, err
}

func (p *process) line() (string, error) {
	text, err := p.out.ReadString('\n')
	return strings.TrimSpace(text), err
}

// ask sends the child a line of JSON and reads one.
func (p *process) ask(question, answer any) error {
	if err := json.NewEncoder(p.stdin).Encode(question); err != nil {
		return err
	}
	text, err := p.line()
	if err != nil {
		return err
	}
	return json.Unmarshal([]byte(text), answer)
}

// interrupt tells the child to end; one that is held hears of it once it is
// released.
func (p *process) interrupt() error {
	err := p.cmd.Process.Signal(syscall.SIGTERM)
	release(p.cmd.Process)
	return err
}

// endLimit is how long a child may take to end when it is told to.
const endLimit = 20 * time.Second

// end tells the child to end and waits for it.
func (p *process) end() {
	p.interrupt()
	late := time.AfterFunc(endLimit, func() { p.cmd.Process.Kill() })
	defer late.Stop()
	p.wait()
}

// kill gives the child no time to end in order.
func (p *process) kill() {
	p.cmd.Process.Kill()
	p.wait()
}

// wait ends with the child. One that reads its input ends with that.
func (p *process) wait() {
	p.stdin.Close()
	io.Copy(io.Discard, p.out)
	p.cmd.Wait()
}
