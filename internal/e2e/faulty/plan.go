// Package faulty receives events as bad handlers do: it fails by a plan that a
// seed decides, is away for a while, and writes down all that came.
package faulty

import (
	"hash/fnv"
	"math/rand/v2"
	"strconv"
	"time"
)

// Plan says how often a path fails by chance, as parts of 1. What is left is
// answered 200 at once.
type Plan struct {
	Error  float64 // 500
	Absent float64 // 404
	HangUp float64 // no answer at all
	Wait   float64 // 429 or 503 with Retry-After
	Slow   float64 // 200 after up to Slowest
	// Slowest is the longest that an answer takes; RetryAfter is what Wait asks
	// for, in whole seconds.
	Slowest    time.Duration
	RetryAfter time.Duration
	// Failures bounds what one delivery meets by chance; 0: no bound.
	Failures int
}

// answer is what one attempt gets: a status after a time, or with status 0 no
// answer.
type answer struct {
	status int
	after  time.Duration
	pause  time.Duration
}

// draw decides by the seed, the delivery and how many attempts it had, so that
// a run with the same deliveries meets the same faults in whatever order they
// come.
func (p Plan) draw(seed uint64, delivery string, attempts int) answer {
	if p.Failures > 0 && attempts >= p.Failures {
		return answer{status: 200}
	}
	h := fnv.New64a()
	h.Write([]byte(delivery + " " + strconv.Itoa(attempts)))
	r := rand.New(rand.NewPCG(seed, h.Sum64()))
	x := r.Float64()
	for _, fault := range []struct {
		part float64
		make func() answer
	}{
		{p.Error, func() answer { return answer{status: 500} }},
		{p.Absent, func() answer { return answer{status: 404} }},
		{p.HangUp, func() answer { return answer{} }},
		{p.Wait, func() answer { return answer{status: []int{429, 503}[r.IntN(2)], pause: p.RetryAfter} }},
		{p.Slow, func() answer { return answer{status: 200, after: time.Duration(r.Int64N(int64(p.Slowest) + 1))} }},
	} {
		if x -= fault.part; x < 0 {
			return fault.make()
		}
	}
	return answer{status: 200}
}
