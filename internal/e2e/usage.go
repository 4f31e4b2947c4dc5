package e2e

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/onevent/onevent/internal/testkit"
)

// Usage is what a process has used, as Linux counts it.
type Usage struct {
	Peak int64         // bytes of memory at most, since ResetPeak
	CPU  time.Duration // time on all processors since the start
}

// ResetPeak forgets the peak of memory so far. The test is skipped where the
// system does not count as Linux does.
func (p *Process) ResetPeak(t testing.TB) {
	t.Helper()
	if err := os.WriteFile(p.proc("clear_refs"), []byte("5"), 0); err != nil {
		t.Skipf("this system does not tell what a process uses: %v", err)
	}
}

// Usage tells what the process has used.
func (p *Process) Usage(t testing.TB) Usage {
	t.Helper()
	status, err := os.ReadFile(p.proc("status"))
	if err != nil {
		t.Fatal(err)
	}
	stat, err := os.ReadFile(p.proc("stat"))
	if err != nil {
		t.Fatal(err)
	}
	return Usage{Peak: kilobytes(string(status), "VmHWM:"), CPU: cpuOf(stat)}
}

func (p *Process) proc(file string) string {
	return fmt.Sprintf("/proc/%d/%s", p.cmd.Process.Pid, file)
}

// kilobytes is the number behind a name, in bytes.
func kilobytes(text, name string) int64 {
	_, after, _ := strings.Cut(text, name)
	n, _ := strconv.ParseInt(strings.Fields(after + " 0")[0], 10, 64)
	return n << 10
}

// clockTick is the unit of /proc/PID/stat, which Linux fixes at 100 a second.
const clockTick = 10 * time.Millisecond

func cpuOf(stat []byte) time.Duration {
	_, rest, _ := bytes.Cut(stat, []byte(") "))
	fields := strings.Fields(string(rest))
	user, _ := strconv.ParseInt(fields[11], 10, 64)
	system, _ := strconv.ParseInt(fields[12], 10, 64)
	return time.Duration(user+system) * clockTick
}

// Load is what a process holds at a moment, as Linux counts it.
type Load struct {
	Memory int64 // bytes, its share of what it has in common with others
	Files  int   // descriptors
	Tasks  int   // threads of the system
}

// Load tells what the process holds. The test is skipped where the system does
// not count as Linux does.
func (p *Process) Load(t testing.TB) Load {
	t.Helper()
	rollup, err := os.ReadFile(p.proc("smaps_rollup"))
	if err != nil {
		testkit.Skip(t, "this system does not tell what a process holds: "+err.Error())
	}
	files, err := os.ReadDir(p.proc("fd"))
	if err != nil {
		t.Fatal(err)
	}
	tasks, err := os.ReadDir(p.proc("task"))
	if err != nil {
		t.Fatal(err)
	}
	return Load{Memory: kilobytes(string(rollup), "\nPss:"), Files: len(files), Tasks: len(tasks)}
}
