package sqlite_test

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/sqlite"
)

// BenchmarkQueue is the store's share of the way of an event: an event of 650
// bytes with one delivery, which is then settled. So many callers publish at
// once, one event or an array of them in a closure; outcomes are settled many
// at a time, as dispatch does.
func BenchmarkQueue(b *testing.B) {
	for _, c := range []struct{ callers, events int }{{1, 1}, {10, 1}, {100, 1}, {1, 100}, {8, 100}} {
		b.Run(fmt.Sprintf("callers=%d/events=%d", c.callers, c.events), func(b *testing.B) {
			db, err := sqlite.Open(b.Context(), sqlite.Config{Path: filepath.Join(b.TempDir(), "store.db")})
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			b.ResetTimer()
			q := &benchmarkQueue{b: b, db: db, settled: make(chan onevent.DeliveryID, 1000)}
			q.run(c.callers, c.events)
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
			if err := db.Close(); err != nil {
				b.Fatal(err)
			}
		})
	}
}

type benchmarkQueue struct {
	b       *testing.B
	db      *sqlite.DB
	settled chan onevent.DeliveryID
}

func (q *benchmarkQueue) run(callers, events int) {
	var settling, publishing sync.WaitGroup
	settling.Go(q.settle)
	work := make(chan int, 1000)
	for range callers {
		publishing.Go(func() {
			for n := range work {
				q.publish(n)
			}
		})
	}
	for left := q.b.N; left > 0; left -= events {
		work <- min(events, left)
	}
	close(work)
	publishing.Wait()
	close(q.settled)
	settling.Wait()
}

var benchmarkData = fmt.Appendf(nil, `{"FIELDS":{"ID":"999","TEXT":"%0610d"}}`, 0)

func (q *benchmarkQueue) publish(n int) {
	ids := make([]onevent.DeliveryID, n)
	err := q.db.Update(context.Background(), func(tx onevent.Tx) error {
		for i := range ids {
			e := onevent.Event{
				Portal: 1, Code: "ONCRMACTIVITYUPDATE", Data: benchmarkData, Actor: 1,
				Object: onevent.Object{Type: "crm.activity", ID: "999"}, Time: benchmarkTime,
			}
			if err := tx.AddEvent(&e); err != nil {
				return err
			}
			d := onevent.Delivery{
				Event: e.ID, Portal: 1, Handler: 1, Destination: 1, Lane: 77,
				Deadline: benchmarkTime.Add(7 * 24 * time.Hour),
			}
			if err := tx.AddDelivery(&d); err != nil {
				return err
			}
			ids[i] = d.ID
		}
		return nil
	})
	if err != nil {
		q.b.Error(err)
	}
	for _, id := range ids {
		q.settled <- id
	}
}

var benchmarkTime = time.UnixMilli(1_790_000_000_000)

// settle settles all that has gathered while it settled what was before.
func (q *benchmarkQueue) settle() {
	for id := range q.settled {
		batch := []onevent.DeliveryID{id}
		for more := true; more && len(batch) < 512; {
			select {
			case id, ok := <-q.settled:
				if more = ok; ok {
					batch = append(batch, id)
				}
			default:
				more = false
			}
		}
		if err := q.db.Settle(context.Background(), func(tx onevent.Tx) error { return settleBatch(tx, batch) }); err != nil {
			q.b.Error(err)
		}
	}
}

func settleBatch(tx onevent.Tx, batch []onevent.DeliveryID) error {
	for _, id := range batch {
		err := tx.Settle(&onevent.Outcome{
			Delivery: id, State: onevent.StateDelivered, Attempts: 1,
			Attempt: onevent.Attempt{Time: benchmarkTime, Status: 200, Took: 3 * time.Millisecond},
		})
		if err != nil {
			return err
		}
	}
	return nil
}
