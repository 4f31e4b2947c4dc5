package onevent

import "time"

// JobID identifies a Job.
type JobID int64

// Job is something that is done to many deliveries or events, a step at a time,
// across restarts: a step and how far the job got are one transaction.
type Job struct {
	ID     JobID
	Kind   string // JobReplay, JobReplayEvents, JobCancel
	Search []byte // JSON of a DeliverySearch, or of an EventSearch for JobReplayEvents
	State  string // JobRunning, JobStopped, JobDone
	Rate   float64
	// Again replays also what has a replay that waits or was delivered.
	Again bool

	Last    int64 // everything up to this identity was looked at
	Upto    int64 // nothing behind this one belongs to the job
	Done    int64 // deliveries made, or cancelled
	Skipped map[Verdict]int64
	Created time.Time
	Ended   time.Time // zero while it runs
}

// Kinds of jobs.
const (
	JobReplay       = "replay"        // each delivery that the search finds is made anew
	JobReplayEvents = "replay_events" // each event goes to the handlers of now that had no delivery of it
	JobCancel       = "cancel"        // what waits is cancelled
)

// States of jobs.
const (
	JobRunning = "running"
	JobStopped = "stopped" // it was told to end before it was done
	JobDone    = "done"
)
