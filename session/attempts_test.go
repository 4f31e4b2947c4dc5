package session

import (
	"fmt"
	"net/netip"
	"testing"
	"time"
)

// A flood of addresses takes bounded memory, and does not free who must wait.
func TestAFloodIsCountedInBoundedMemory(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	var a attempts
	held := attempt{personOf(1, "held@example.com"), callerOf(1, netip.MustParsePrefix("192.0.2.1/32"))}
	for range freeOfPerson {
		a.begin(held, now)
	}
	for n := range mostCounted {
		network := netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(n >> 16), byte(n >> 8), byte(n)}), 32)
		if wait := a.begin(attempt{personOf(1, fmt.Sprint(n)), callerOf(1, network)}, now); wait != 0 {
			t.Fatalf("%d has to wait %v", n, wait)
		}
		if len(a.rows) > mostCounted {
			t.Fatalf("after %d there are %d rows", n, len(a.rows))
		}
	}
	if a.begin(held, now) == 0 {
		t.Error("the flood freed who must wait")
	}
	now = now.Add(forgottenAfter)
	a.begin(attempt{personOf(1, "x"), held.from}, now)
	for n := 0; len(a.rows) > 2000; n++ {
		if a.begin(attempt{personOf(2, fmt.Sprint(n)), held.from}, now); n > mostCounted {
			t.Fatalf("nothing is forgotten: %d rows", len(a.rows))
		}
		now = now.Add(longestWait)
	}
}
