package sqlite_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/sqlite"
)

// BenchmarkSweep removes a log of old deliveries, step after step.
func BenchmarkSweep(b *testing.B) {
	const rows = 200_000
	for b.Loop() {
		b.StopTimer()
		db, err := sqlite.Open(b.Context(), sqlite.Config{Path: filepath.Join(b.TempDir(), "store.db")})
		if err != nil {
			b.Fatal(err)
		}
		fillSearched(b, db, rows)
		db.IndexAll()
		keep := onevent.Retention{Settled: time.Now().Add(time.Hour)}
		b.StartTimer()
		began, steps, removed, longest := time.Now(), 0, int64(0), time.Duration(0)
		for more := true; more; steps++ {
			step := time.Now()
			n, err := db.Sweep(b.Context(), keep)
			if err != nil {
				b.Fatal(err)
			}
			more, removed = n.More, removed+n.Deliveries+n.Events
			longest = max(longest, time.Since(step))
		}
		took := time.Since(began)
		b.ReportMetric(float64(removed)/took.Seconds(), "rows/s")
		b.ReportMetric(float64(took.Microseconds())/float64(steps)/1e3, "ms/step")
		b.ReportMetric(float64(removed)/float64(steps), "rows/step")
		b.ReportMetric(float64(longest.Microseconds())/1e3, "longest-ms")
		b.StopTimer()
		must(b, db.Close())
		b.StartTimer()
	}
}
