package replay

import (
	"context"
	"encoding/json"
	"time"

	"github.com/onevent/onevent"
)

// Start goes on with the jobs that an earlier process left. Call it once, after
// the engine was started.
func (m *Manager) Start(ctx context.Context) error {
	all, err := m.Jobs(ctx)
	if err != nil {
		return err
	}
	m.mu.Lock()
	m.ctx, m.stop = context.WithCancel(context.WithoutCancel(ctx))
	m.mu.Unlock()
	for _, j := range all {
		if j.State == onevent.JobRunning {
			m.start(j)
		}
	}
	return nil
}

// Stop lets no job take another step, and waits for those that do.
func (m *Manager) Stop() {
	m.mu.Lock()
	if m.stop != nil {
		m.stop()
	}
	m.mu.Unlock()
	m.running.Wait()
}

func (m *Manager) start(j onevent.Job) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.ctx == nil || m.ctx.Err() != nil {
		return // it goes on after the next start
	}
	m.running.Go(func() { m.run(m.ctx, j) })
}

// How a job goes: so many steps a second, with the pace of cancelling, which sends
// nothing, and the pause after a failure.
const (
	stepsPerSecond = 50
	largestStep    = 64
	cancelRate     = 10_000
	leastPause     = 2 * time.Millisecond // also where all is left out
	afterFailure   = 5 * time.Second
)

// run takes one step after the other until the job has ended.
func (m *Manager) run(ctx context.Context, j onevent.Job) {
	rate := j.Rate
	if j.Kind == onevent.JobCancel {
		rate = cancelRate
	}
	size := min(max(int(rate/stepsPerSecond), 1), largestStep)
	next := m.Clock.Now()
	for j.State == onevent.JobRunning {
		before := j.Done
		if err := m.step(ctx, &j, size); err != nil {
			if ctx.Err() == nil {
				m.Logger.Error("a job can't go on, it is tried again", "job", j.ID, "error", err)
			}
			next = m.Clock.Now().Add(afterFailure)
		} else {
			next = next.Add(max(time.Duration(float64(j.Done-before)/rate*float64(time.Second)), leastPause))
		}
		if now := m.Clock.Now(); next.Before(now.Add(-time.Second)) {
			next = now // what was missed is not made up for
		}
		if !onevent.Wait(ctx, m.Clock, max(next.Sub(m.Clock.Now()), 0)) {
			return
		}
	}
	m.Logger.Info("a job has ended", "job", j.ID, "kind", j.Kind, "state", j.State, "done", j.Done)
}

// step takes one. What it did and how far it got are one transaction, in which the
// job is looked at again: it may have been stopped.
func (m *Manager) step(ctx context.Context, j *onevent.Job, size int) error {
	var s step
	err := m.Store.View(ctx, func(r onevent.Reader) (err error) {
		s, err = m.readStep(r, j, size, j.Kind != onevent.JobCancel)
		return err
	})
	if err != nil {
		return err
	}
	write := m.Store.Update
	if j.Kind == onevent.JobCancel {
		write = m.Store.Settle
	}
	var now onevent.Job
	err = write(ctx, func(tx onevent.Tx) (err error) {
		if now, err = current(tx, j.ID); err != nil || now.State != onevent.JobRunning {
			return err
		}
		if err := m.take(tx, tx, &s, &now); err != nil {
			return err
		}
		return tx.Jobs().Put(now)
	})
	if err == nil {
		*j = now
	}
	return err
}

// step is a part of what a job is about.
type step struct {
	candidates []candidate
	last       int64
	end        bool // nothing of the job lies behind it
}

// readStep reads the next of what a job is about: fewer than size when their data
// is large.
func (m *Manager) readStep(r reader, j *onevent.Job, size int, withData bool) (step, error) {
	var s step
	var err error
	if j.Kind == onevent.JobReplayEvents {
		err = s.readEvents(r, j, size)
	} else {
		err = s.readDeliveries(r, j, size)
	}
	if err != nil || !withData {
		return s, err
	}
	bytes := 0
	for i := range s.candidates {
		c := &s.candidates[i]
		if err := c.read(r, c.event.ID); err != nil {
			return s, err
		}
		if bytes += len(c.event.Data); bytes > onevent.WaitingBytes && i+1 < len(s.candidates) {
			s.candidates, s.last, s.end = s.candidates[:i+1], c.identity(j.Kind), false
			break
		}
	}
	return s, nil
}

func (c *candidate) identity(kind string) int64 {
	if kind == onevent.JobReplayEvents {
		return int64(c.event.ID)
	}
	return int64(c.delivery.ID)
}

func (s *step) readEvents(r reader, j *onevent.Job, size int) error {
	var search onevent.EventSearch
	if err := json.Unmarshal(j.Search, &search); err != nil {
		return err
	}
	search.After, search.Limit, search.Oldest = onevent.EventID(j.Last), size, true
	page, err := r.SearchEvents(search)
	if err != nil {
		return err
	}
	s.last, s.end = int64(page.Next), page.Next == 0 || int64(page.Next) >= j.Upto
	for _, e := range page.Rows {
		if int64(e.ID) <= j.Upto {
			s.candidates = append(s.candidates, candidate{event: e})
		}
	}
	return nil
}

func (s *step) readDeliveries(r reader, j *onevent.Job, size int) error {
	var search onevent.DeliverySearch
	if err := json.Unmarshal(j.Search, &search); err != nil {
		return err
	}
	search.After, search.Limit, search.Oldest = onevent.DeliveryID(j.Last), size, true
	page, err := r.SearchDeliveries(search)
	if err != nil {
		return err
	}
	s.last, s.end = int64(page.Next), page.Next == 0 || int64(page.Next) >= j.Upto
	for _, row := range page.Rows {
		if int64(row.Delivery.ID) <= j.Upto {
			s.candidates = append(s.candidates, candidate{delivery: row.Delivery, event: *row.Event})
		}
	}
	return nil
}

// take does a step of a job in tx, or with a nil tx only counts what it would do.
func (m *Manager) take(r reader, tx onevent.Tx, s *step, j *onevent.Job) error {
	j.Last = s.last
	if s.end {
		j.State, j.Ended, j.Last = onevent.JobDone, m.Clock.Now().Truncate(time.Millisecond), j.Upto
	}
	t := tally{job: j}
	if j.Kind == onevent.JobCancel {
		return m.takeCancelled(r, tx, s, &t)
	}
	one := m.takeDelivery
	if j.Kind == onevent.JobReplayEvents {
		one = m.takeEvent
	}
	for i := range s.candidates {
		if err := one(r, tx, &s.candidates[i], &t); err != nil {
			return err
		}
	}
	return nil
}

// tally counts what a job does.
type tally struct {
	job    *onevent.Job
	copied bool
}

func (t *tally) add(v onevent.Verdict) {
	if v == "" {
		t.job.Done++
		return
	}
	if !t.copied { // a closure may run more than once, on the same map
		skipped := map[onevent.Verdict]int64{}
		for v, n := range t.job.Skipped {
			skipped[v] = n
		}
		t.job.Skipped, t.copied = skipped, true
	}
	t.job.Skipped[v]++
}

func (m *Manager) takeDelivery(r reader, tx onevent.Tx, c *candidate, t *tally) error {
	h, v, err := m.judge(r, &c.delivery, &c.event, t.job.Again)
	if v == "" && err == nil && tx != nil {
		_, v, err = m.Publisher.Again(tx, &c.event, c.data, h, c.delivery.ID)
	}
	if err == nil {
		t.add(v)
	}
	return err
}

func (m *Manager) takeEvent(r reader, tx onevent.Tx, c *candidate, t *tally) error {
	to, not, err := m.judgeEvent(r, &c.event, t.job.Again)
	if tx != nil && err == nil {
		var made []onevent.Delivery
		made, not, err = m.bring(tx, &c.event, c.data, t.job.Again)
		to = make([]recipient, len(made))
	}
	for range to {
		t.add("")
	}
	for _, n := range not {
		t.add(n.Verdict)
	}
	return err
}

func (m *Manager) takeCancelled(r reader, tx onevent.Tx, s *step, t *tally) error {
	var waiting []onevent.Delivery
	for i := range s.candidates {
		d, err := r.Delivery(s.candidates[i].delivery.ID)
		if err != nil {
			return err
		}
		if d.State != onevent.StateWaiting {
			t.add(onevent.VerdictSettled)
			continue
		}
		waiting = append(waiting, d)
		t.add("")
	}
	if tx == nil || len(waiting) == 0 {
		return nil
	}
	return m.cancel(tx, waiting)
}
