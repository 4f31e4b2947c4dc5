package plan

import "time"

// Bucket keeps a rate: the limit of a destination, or of an application over all
// of its destinations. Its zero value is full.
type Bucket struct {
	empty time.Time // when it was or will be empty of what was reserved, one token after another
}

// Reserve takes a token and says from when it may be used: whoever comes first
// is served first. A rate of 0 is no limit; a burst of 0 is one second's worth,
// one at the least.
func (b *Bucket) Reserve(rate float64, burst int, now time.Time) time.Time {
	if rate <= 0 {
		return now
	}
	each := time.Duration(float64(time.Second) / rate)
	if b.empty.Before(now) {
		b.empty = now
	}
	from := b.empty.Add(-time.Duration(sizeOf(rate, burst)-1) * each)
	b.empty = b.empty.Add(each)
	if from.Before(now) {
		return now
	}
	return from
}

// Use takes in that a token which was reserved is used only now: what the bucket
// gained meanwhile does not come on top of it.
func (b *Bucket) Use(rate float64, now time.Time) {
	if rate <= 0 {
		return
	}
	if least := now.Add(time.Duration(float64(time.Second) / rate)); b.empty.Before(least) {
		b.empty = least
	}
}

func sizeOf(rate float64, burst int) int {
	if burst > 0 {
		return burst
	}
	return max(int(rate), 1)
}
