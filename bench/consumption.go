package bench

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
)

// cpu is the time that the child has used.
func (p *process) cpu() time.Duration { return cpuOfProcess(p.cmd.Process.Pid) }

// pss is the memory of the child in bytes, pages that others share counted in
// proportion.
func (p *process) pss() int64 {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", p.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(raw)) {
		if after, ok := strings.CutPrefix(line, "Pss:"); ok {
			kb, _ := strconv.ParseInt(strings.Fields(after)[0], 10, 64)
			return kb << 10
		}
	}
	return 0
}

// peak is the highest memory that was seen.
type peak struct {
	mu    sync.Mutex
	bytes int64
}

func (k *peak) see(bytes int64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.bytes = max(k.bytes, bytes)
}

func (k *peak) megabytes() float64 {
	k.mu.Lock()
	defer k.mu.Unlock()
	return float64(k.bytes) / 1e6
}

// Memory is looked at this often, but never so often that looking takes more
// than its share of the time: it costs more, the more memory there is.
const (
	lookEvery = 100 * time.Millisecond
	lookShare = 100
)

// watch samples the memory of a running server until stop.
func (s *server) watch(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var looking sync.WaitGroup
	p := s.process
	looking.Go(func() { s.peak.watch(ctx, p) })
	return func() {
		cancel()
		looking.Wait()
	}
}

func (k *peak) watch(ctx context.Context, p *process) {
	pause := time.NewTimer(0)
	defer pause.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-pause.C:
			began := time.Now()
			k.see(p.pss())
			pause.Reset(max(lookEvery, lookShare*time.Since(began)))
		}
	}
}
