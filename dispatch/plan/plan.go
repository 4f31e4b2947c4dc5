// Package plan decides what dispatch does next: what an answer means, when a
// delivery is tried again, how often a destination is called, when its breaker
// opens and closes, and whose turn it is. Everything here is a function of
// values and of the time that it is given: no goroutine, no lock, no clock.
//
//	meaning.go  what an answer means for its delivery and its destination
//	retry.go    what becomes of a delivery after an attempt
//	breaker.go  when a destination is left alone, and how it is probed
//	pace.go     how many attempts at once a destination bears, and how close
//	bucket.go   limits that an application asked for
//	share.go    who may begin when the server or a host is full
//	ring.go     portals in turn, and within a portal its destinations
package plan

import "time"

// Spread is the largest change of a retry's delay in either direction, so that
// many deliveries do not come back at one moment.
const Spread = 0.1

// MaxPause bounds what a Retry-After can ask for.
const MaxPause = time.Hour
