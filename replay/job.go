package replay

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/onevent/onevent"
)

// Rates of a job that replays, in deliveries a second.
const (
	DefaultRate = 500
	MaxRate     = 10_000
)

// keptJobs is how many jobs are kept that have ended.
const keptJobs = 100

// Order is what is asked of a job.
type Order struct {
	Kind       string                 // one of the kinds of onevent.Job
	Deliveries onevent.DeliverySearch // for JobReplay and JobCancel; its page does not matter
	Events     onevent.EventSearch    // for JobReplayEvents
	Rate       float64                // 0: DefaultRate
	Again      bool
}

func (o *Order) job() (onevent.Job, error) {
	j := onevent.Job{Kind: o.Kind, State: onevent.JobRunning, Rate: cmp.Or(o.Rate, DefaultRate), Again: o.Again}
	if !(j.Rate > 0 && j.Rate <= MaxRate) {
		return j, onevent.Errorf(onevent.CodeInvalid, "rate must be above 0 and at most %d deliveries a second", MaxRate)
	}
	var err error
	if o.Kind == onevent.JobReplayEvents {
		s := o.Events
		s.After, s.Limit, s.Oldest = 0, 0, true
		j.Search, err = json.Marshal(s)
		return j, err
	}
	s := o.Deliveries
	s.After, s.Limit, s.Oldest = 0, 0, true
	if o.Kind == onevent.JobCancel {
		s.States = []onevent.State{onevent.StateWaiting}
	}
	j.Search, err = json.Marshal(s)
	return j, err
}

// Begin stores a job that goes on by itself, across restarts. What comes into the
// log later is not part of it. CodeConflict: a job that does the same runs.
func (m *Manager) Begin(ctx context.Context, o Order) (onevent.Job, error) {
	j, err := o.job()
	if err != nil {
		return j, err
	}
	err = m.Store.Update(ctx, func(tx onevent.Tx) error {
		all, err := jobs(tx.Jobs())
		if err != nil {
			return err
		}
		for _, other := range all {
			if other.State == onevent.JobRunning && other.Kind == j.Kind && string(other.Search) == string(j.Search) {
				return conflict("job %d does the same and runs", other.ID)
			}
		}
		return m.put(tx, &j, all)
	})
	if err == nil {
		m.start(j)
	}
	return j, err
}

func (m *Manager) put(tx onevent.Tx, j *onevent.Job, all []onevent.Job) error {
	ended := slices.DeleteFunc(all, func(j onevent.Job) bool { return j.State == onevent.JobRunning })
	for _, old := range ended[:max(0, len(ended)-keptJobs)] {
		if err := tx.Jobs().Delete(old); err != nil {
			return err
		}
	}
	id, err := tx.NextID("job")
	if err != nil {
		return err
	}
	j.ID, j.Created = onevent.JobID(id), m.Clock.Now().Truncate(time.Millisecond)
	if j.Upto, err = newestOf(tx, j.Kind); err != nil {
		return err
	}
	return tx.Jobs().Put(*j)
}

// newestOf is the newest identity of what a kind of jobs is about.
func newestOf(r onevent.LogReader, kind string) (int64, error) {
	if kind == onevent.JobReplayEvents {
		page, err := r.SearchEvents(onevent.EventSearch{Limit: 1})
		if err != nil || len(page.Rows) == 0 {
			return 0, err
		}
		return int64(page.Rows[0].ID), nil
	}
	page, err := r.SearchDeliveries(onevent.DeliverySearch{Limit: 1})
	if err != nil || len(page.Rows) == 0 {
		return 0, err
	}
	return int64(page.Rows[0].Delivery.ID), nil
}

func jobs(rows onevent.Rows[onevent.Job]) (all []onevent.Job, err error) {
	err = rows.Each(func(j onevent.Job) error { all = append(all, j); return nil })
	return all, err
}

// Jobs lists those that run and the newest that have ended, oldest first.
func (m *Manager) Jobs(ctx context.Context) (all []onevent.Job, err error) {
	err = m.Store.View(ctx, func(r onevent.Reader) error { all, err = jobs(r.Jobs()); return err })
	return all, err
}

// Job reads one; ErrNotFound.
func (m *Manager) Job(ctx context.Context, id onevent.JobID) (onevent.Job, error) {
	all, err := m.Jobs(ctx)
	if err != nil {
		return onevent.Job{}, err
	}
	return find(all, id)
}

func find(all []onevent.Job, id onevent.JobID) (onevent.Job, error) {
	i := slices.IndexFunc(all, func(j onevent.Job) bool { return j.ID == id })
	if i < 0 {
		return onevent.Job{}, onevent.ErrNotFound
	}
	return all[i], nil
}

// StopJob ends a job before its next step. What it has done stays done.
// CodeConflict: it has ended.
func (m *Manager) StopJob(ctx context.Context, id onevent.JobID) (j onevent.Job, err error) {
	err = m.Store.Settle(ctx, func(tx onevent.Tx) error {
		if j, err = current(tx, id); err != nil {
			return err
		}
		if j.State != onevent.JobRunning {
			return conflict("job %d has ended: it is %s", id, j.State)
		}
		j.State, j.Ended = onevent.JobStopped, m.Clock.Now().Truncate(time.Millisecond)
		return tx.Jobs().Put(j)
	})
	return j, err
}

func current(tx onevent.Tx, id onevent.JobID) (onevent.Job, error) {
	all, err := jobs(tx.Jobs())
	if err != nil {
		return onevent.Job{}, err
	}
	return find(all, id)
}

// Count says what a job would do, without doing it: how many deliveries it would
// make or cancel, and how many it would leave out, and why.
func (m *Manager) Count(ctx context.Context, o Order) (onevent.Job, error) {
	j, err := o.job()
	if err != nil {
		return j, err
	}
	err = m.Store.View(ctx, func(r onevent.Reader) (err error) { j.Upto, err = newestOf(r, j.Kind); return err })
	for err == nil && j.State == onevent.JobRunning {
		err = m.Store.View(ctx, func(r onevent.Reader) error {
			s, err := m.readStep(r, &j, onevent.MaxSearch, false)
			if err != nil {
				return err
			}
			return m.take(r, nil, &s, &j)
		})
	}
	return j, err
}
