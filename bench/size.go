package bench

import "time"

// Size is how large the parts are beyond one handler and an empty queue.
type Size struct {
	Waiting int // deliveries in the long queue
	Dead    int // destinations that they wait for
	Portals int // with ten handlers each, among the many
	Turns   int // portals that events go to in turn

	Restarts int
	Log      int           // bytes of log that a killed server leaves
	Settle   time.Duration // between a start and the look at memory, or the first run
	Calm     time.Duration // the same before the first run when deliveries wait

	Beside    int           // dead destinations beside the healthy one, and as many slow ones
	Transient time.Duration // the beginning of an isolation run
	Steady    time.Duration // the rest of it

	Loud  int // deliveries that wait for the loud portal
	Quiet int // portals beside it
	Few   int // deliveries that wait for each of these

	Logged   int           // deliveries in the log that is searched
	Replayed int           // that failed and are replayed
	Swept    int           // old ones, which are removed
	Watch    time.Duration // how long a destination is watched meanwhile

	Backlogs, Handlers, OnPortals []int // points of the curves
	Pads                          []int // bytes of text that events carry; without any, a body has some 700 bytes
}

// FullSize is that of the figures that docs/performance.md tells.
func FullSize() Size {
	return Size{
		Waiting: 1_000_000, Dead: 1000, Portals: 100_000, Turns: 5000,
		Restarts: 5, Log: 64 << 20, Settle: 5 * time.Second, Calm: 30 * time.Second,
		Beside: 1000, Transient: 20 * time.Second, Steady: 20 * time.Second,
		Loud: 100_000, Quiet: 100, Few: 10,
		Logged: 1_000_000, Replayed: 100_000, Swept: 10_000_000, Watch: 40 * time.Second,
		Backlogs: []int{0, 10_000, 100_000, 1_000_000}, Handlers: []int{10, 1000, 100_000, 1_000_000},
		OnPortals: []int{1, 100, 10_000, 100_000}, Pads: []int{0, 1300, 7300, 31_300, 127_300},
	}
}

// QuickSize is enough to see that all of it works.
func QuickSize() Size {
	return Size{
		Waiting: 200, Dead: 20, Portals: 30, Turns: 20,
		Restarts: 1, Log: 1 << 20, Settle: 50 * time.Millisecond, Calm: 50 * time.Millisecond,
		Beside: 10, Transient: 200 * time.Millisecond, Steady: 600 * time.Millisecond,
		Loud: 200, Quiet: 5, Few: 2,
		Logged: 1000, Replayed: 100, Swept: 1000, Watch: 300 * time.Millisecond,
		Backlogs: []int{0, 100}, Handlers: []int{10, 100}, OnPortals: []int{1, 10}, Pads: []int{0, 1 << 10},
	}
}
