package onevent

import "time"

// Disk is the room that a store takes and finds, in bytes.
type Disk struct {
	File    int64 // of the store itself
	Log     int64 // of what was committed last and is not written back yet
	Free    int64 // what may still be written there
	Reserve int64 // of it, what is kept for outcomes
}

// Full says that nothing new can be stored.
func (d Disk) Full() bool { return d.Free < max(d.Reserve, 1) }

// Low says that it will be full soon: less than twice the reserve is free.
func (d Disk) Low() bool { return d.Free/2 < d.Reserve }

// Measured is what a Store may be beside: one that tells of itself. Its methods are
// cheap and write nothing.
type Measured interface {
	Disk() (Disk, error)
	// TimePublishing has f told how long the caller of each Update that stored events
	// was kept waiting, turn and commit together. It is called before the first Update
	// alone; f returns at once.
	TimePublishing(f func(waited time.Duration))
}
