package sqlite_test

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/sqlite"
)

// rare is what one delivery in a thousand of the test's log has.
var rare = onevent.Event{Portal: 2, Code: "ONCALENDARENTRYUPDATE", Object: onevent.Object{Type: "calendar.event", ID: "7"}, Time: rareTime}

var rareTime = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// fillLog writes a log of which three deliveries have what is rare, and one waits,
// one failed, among so many that were delivered or failed.
func fillLog(t *testing.T, db *sqlite.DB) {
	t.Helper()
	must(t, db.Update(t.Context(), func(tx onevent.Tx) error {
		for id := int64(1); id <= 2; id++ {
			if err := putOwner(tx, id); err != nil {
				return err
			}
		}
		return nil
	}))
	for n := range 3000 {
		e := onevent.Event{Portal: 1, Code: "ONCRMDEALADD", Object: onevent.Object{Type: "crm.deal", ID: fmt.Sprint(n)}, Time: rareTime.Add(time.Hour)}
		d := onevent.Delivery{Portal: 1, Handler: 1, Destination: 1}
		if n%1000 == 500 {
			e = rare
			d = onevent.Delivery{Portal: 2, Handler: 2, Destination: 2}
		}
		must(t, db.Update(t.Context(), func(tx onevent.Tx) error {
			if err := tx.AddEvent(&e); err != nil {
				return err
			}
			if n == 1700 {
				return nil
			}
			d.Event = e.ID
			if err := tx.AddDelivery(&d); err != nil {
				return err
			}
			return settleAs(tx, d.ID, n)
		}))
	}
	db.IndexAll()
}

func putOwner(tx onevent.Tx, id int64) error {
	if err := tx.Portals().Put(onevent.Portal{ID: onevent.PortalID(id), MemberID: fmt.Sprint(id), Domain: fmt.Sprint(id)}); err != nil {
		return err
	}
	if err := tx.Applications().Put(onevent.Application{ID: onevent.ApplicationID(id), ClientID: fmt.Sprint(id)}); err != nil {
		return err
	}
	inst := onevent.Installation{ID: onevent.InstallationID(id), Portal: onevent.PortalID(id), Application: onevent.ApplicationID(id)}
	if err := tx.Installations().Put(inst); err != nil {
		return err
	}
	dest := onevent.Destination{ID: onevent.DestinationID(id), Portal: inst.Portal, Owner: onevent.Owner{Installation: inst.ID}}
	if err := tx.Destinations().Put(dest); err != nil {
		return err
	}
	return tx.Handlers().Put(onevent.Handler{
		ID: onevent.HandlerID(id), Portal: onevent.PortalID(id), Owner: onevent.Owner{Installation: inst.ID}, Destination: onevent.DestinationID(id),
	})
}

func settleAs(tx onevent.Tx, id onevent.DeliveryID, n int) error {
	o := onevent.Outcome{Delivery: id, State: onevent.StateDelivered}
	switch {
	case n == 1500:
		return nil
	case n == 2500:
		o.State, o.Verdict = onevent.StateFailed, onevent.VerdictExhausted
	case n%2 == 1:
		o.State, o.Verdict = onevent.StateCancelled, onevent.VerdictUnbound
	}
	return tx.Settle(&o)
}

// A page that may look at 100 rows brings all that is rare at once: what does not
// match is not read, wherever it lies.
func TestASearchReadsLittleBesideWhatItFinds(t *testing.T) {
	db := open(t, sqlite.Config{Path: filepath.Join(t.TempDir(), "store.db")}.Unsynced().IndexedInParts(64, 100))
	fillLog(t, db)
	for name, c := range map[string]struct {
		search onevent.DeliverySearch
		want   int
	}{
		"portal":                       {onevent.DeliverySearch{Portal: 2}, 3},
		"application":                  {onevent.DeliverySearch{Application: 2}, 3},
		"handler":                      {onevent.DeliverySearch{Handler: 2}, 3},
		"destination":                  {onevent.DeliverySearch{Destination: 2}, 3},
		"code":                         {onevent.DeliverySearch{Code: rare.Code}, 3},
		"object":                       {onevent.DeliverySearch{Object: rare.Object}, 3},
		"object of a common code":      {onevent.DeliverySearch{Code: "ONCRMDEALADD", Object: onevent.Object{Type: "crm.deal", ID: "77"}}, 1},
		"waiting":                      {onevent.DeliverySearch{States: []onevent.State{onevent.StateWaiting}}, 1},
		"waiting of an application":    {onevent.DeliverySearch{Application: 2, States: []onevent.State{onevent.StateWaiting}}, 1},
		"waiting of another one":       {onevent.DeliverySearch{Application: 1, States: []onevent.State{onevent.StateWaiting}}, 0},
		"failed":                       {onevent.DeliverySearch{States: []onevent.State{onevent.StateFailed}}, 1},
		"failed of a handler":          {onevent.DeliverySearch{Handler: 2, States: []onevent.State{onevent.StateFailed}}, 1},
		"failed of a busy handler":     {onevent.DeliverySearch{Handler: 1, States: []onevent.State{onevent.StateFailed}}, 0},
		"a verdict of a busy handler":  {onevent.DeliverySearch{Handler: 1, Verdict: onevent.VerdictExhausted, States: []onevent.State{onevent.StateFailed}}, 0},
		"waiting or failed, a handler": {onevent.DeliverySearch{Handler: 2, States: []onevent.State{onevent.StateWaiting, onevent.StateFailed}}, 2},
		"of a time":                    {onevent.DeliverySearch{From: rareTime.Add(2 * time.Hour)}, 0},
	} {
		for _, oldest := range []bool{false, true} {
			c.search.Limit, c.search.Oldest = 10, oldest
			must(t, db.View(t.Context(), func(r onevent.Reader) error {
				page, err := r.SearchDeliveries(c.search)
				if err == nil && (len(page.Rows) != c.want || page.Next != 0) {
					t.Errorf("%s: the page has %d of %d, and goes on at %d", name, len(page.Rows), c.want, page.Next)
				}
				return err
			}))
		}
	}
	must(t, db.View(t.Context(), func(r onevent.Reader) error {
		page, err := r.SearchEvents(onevent.EventSearch{Unserved: true, Limit: 10})
		if err == nil && (len(page.Rows) != 1 || page.Next != 0) {
			t.Errorf("unserved events: the page has %d of 1, and goes on at %d", len(page.Rows), page.Next)
		}
		return err
	}))
}

// What takes too long for one page goes on in the next, without a gap.
func TestAPageOfASearchEndsBeforeItTakesLong(t *testing.T) {
	db := open(t, sqlite.Config{Path: filepath.Join(t.TempDir(), "store.db")}.Unsynced().IndexedInParts(64, 100))
	fillLog(t, db)
	search := onevent.DeliverySearch{States: []onevent.State{onevent.StateDelivered}, Handler: 1, Limit: 1000}
	pages, found := 0, 0
	for next := onevent.DeliveryID(1); next != 0; pages++ {
		must(t, db.View(t.Context(), func(r onevent.Reader) error {
			page, err := r.SearchDeliveries(search)
			next, found = page.Next, found+len(page.Rows)
			search.After = next
			return err
		}))
	}
	if found != 1496 || pages < 10 {
		t.Errorf("%d pages brought %d deliveries, want 1496 on 10 pages and more", pages, found)
	}
}
