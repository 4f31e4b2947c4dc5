package sqlite_test

import (
	"flag"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/sqlite"
)

var searchRows = flag.Int("search-rows", 1_000_000, "deliveries in the log that BenchmarkSearch searches")

// BenchmarkSearch finds a page of fifty in a log of a million deliveries of a
// hundred handlers, one in fifty failed and one in two hundred waiting.
func BenchmarkSearch(b *testing.B) {
	db, err := sqlite.Open(b.Context(), sqlite.Config{Path: filepath.Join(b.TempDir(), "store.db")}.Unsynced())
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	fillSearched(b, db, *searchRows)
	began := time.Now()
	db.IndexAll()
	b.Logf("indexed in %v more", time.Since(began))
	failed, waiting := []onevent.State{onevent.StateFailed}, []onevent.State{onevent.StateWaiting}
	for _, c := range []struct {
		name   string
		search onevent.DeliverySearch
	}{
		{"newest", onevent.DeliverySearch{}},
		{"handler", onevent.DeliverySearch{Handler: 7}},
		{"handler-failed", onevent.DeliverySearch{Handler: 7, States: failed}},
		{"handler-without-failed", onevent.DeliverySearch{Handler: 50, States: failed}},
		{"handler-waiting", onevent.DeliverySearch{Handler: 7, States: waiting}},
		{"portal-waiting", onevent.DeliverySearch{Portal: 7, States: waiting}},
		{"failed", onevent.DeliverySearch{States: failed}},
		{"object", onevent.DeliverySearch{Object: onevent.Object{Type: "crm.activity", ID: "77"}}},
		{"object-portal", onevent.DeliverySearch{Portal: 7, Object: onevent.Object{Type: "crm.activity", ID: "77"}}},
		{"nothing", onevent.DeliverySearch{Object: onevent.Object{Type: "crm.activity", ID: "none"}}},
		{"code-failed", onevent.DeliverySearch{Portal: 3, Code: searchCodes[1], States: failed}},
	} {
		b.Run(c.name, func(b *testing.B) {
			c.search.Limit = 50
			for b.Loop() {
				err := db.View(b.Context(), func(r onevent.Reader) error {
					page, err := r.SearchDeliveries(c.search)
					b.ReportMetric(float64(len(page.Rows)), "rows")
					return err
				})
				if err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

var searchCodes = []string{"ONCRMACTIVITYADD", "ONCRMACTIVITYUPDATE", "ONCRMDEALUPDATE", "ONCALENDARENTRYADD"}

func fillSearched(b *testing.B, db *sqlite.DB, rows int) {
	must(b, db.Update(b.Context(), func(tx onevent.Tx) error {
		for id := int64(1); id <= 100; id++ {
			if err := putOwner(tx, id); err != nil {
				return err
			}
		}
		return nil
	}))
	for n := 0; n < rows; n += 1000 {
		must(b, db.Update(b.Context(), func(tx onevent.Tx) error {
			for i := n; i < n+1000; i++ {
				if err := logOne(tx, i); err != nil {
					return err
				}
			}
			return nil
		}))
	}
}

func logOne(tx onevent.Tx, n int) error {
	h := int64(n%100 + 1)
	e := onevent.Event{
		Portal: onevent.PortalID(h), Code: searchCodes[n%len(searchCodes)], Data: benchmarkData,
		Object: onevent.Object{Type: "crm.activity", ID: fmt.Sprint(n / 7 % 50_000)}, Time: benchmarkTime.Add(time.Duration(n) * time.Millisecond),
	}
	if err := tx.AddEvent(&e); err != nil {
		return err
	}
	d := onevent.Delivery{Event: e.ID, Portal: e.Portal, Handler: onevent.HandlerID(h), Destination: onevent.DestinationID(h), Deadline: benchmarkTime}
	if err := tx.AddDelivery(&d); err != nil {
		return err
	}
	o := onevent.Outcome{Delivery: d.ID, State: onevent.StateDelivered, Attempts: 1, Attempt: onevent.Attempt{Time: e.Time, Status: 200}}
	switch {
	case n%197 == 0:
		return nil
	case n%51 == 0 && h != 50:
		o.State, o.Verdict, o.Attempt.Status = onevent.StateFailed, onevent.VerdictExhausted, 500
	}
	return tx.Settle(&o)
}
