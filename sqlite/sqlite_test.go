package sqlite_test

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/sqlite"
)

func open(t *testing.T, path string) *sqlite.DB {
	t.Helper()
	db, err := sqlite.Open(t.Context(), sqlite.Config{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

func TestBasics(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	db := open(t, path)
	ctx := context.Background()
	p := onevent.Portal{MemberID: "m", Domain: "d", Settings: onevent.PortalSettings{NoAccessCheck: true}, Created: time.UnixMilli(5).UTC()}
	var e onevent.Event
	var d onevent.Delivery
	committed := false
	err := db.Update(ctx, func(tx onevent.Tx) error {
		id, err := tx.NextID("portal")
		if err != nil {
			return err
		}
		p.ID = onevent.PortalID(id)
		if err := tx.Portals().Put(p); err != nil {
			return err
		}
		e = onevent.Event{Portal: p.ID, Code: "X", Data: []byte(`{}`), Verdicts: []onevent.HandlerVerdict{{Handler: 3, Verdict: "loop"}}}
		if err := tx.AddEvent(&e); err != nil {
			return err
		}
		d = onevent.Delivery{Event: e.ID, Portal: p.ID, Handler: 1, Destination: 7}
		if err := tx.AddDelivery(&d); err != nil {
			return err
		}
		tx.OnCommit(func() { committed = true })
		return tx.PutRecord(onevent.Record{Portal: 1, Kind: "k", ID: 1, Fields: []byte(`{"A":"12","B":3}`)})
	})
	if err != nil || !committed {
		t.Fatal(err, committed)
	}
	err = db.View(ctx, func(r onevent.Reader) error {
		w, err := r.Waiting(7, 0, 10)
		if err != nil || len(w) != 1 || w[0].Event.Verdicts[0].Handler != 3 {
			t.Error(w, err)
		}
		ids, err := r.WaitingDestinations()
		if err != nil || len(ids) != 1 {
			t.Error(ids, err)
		}
		for _, c := range []onevent.Cond{
			{Field: "A", Op: onevent.OpEqual, Values: []string{"12"}},
			{Field: "A", Op: onevent.OpEqual, Values: []string{"12.0"}, Number: true},
			{Field: "B", Op: onevent.OpEqual, Values: []string{"3"}},
			{Field: "C", Op: onevent.OpLess, Values: []string{"-1"}, Number: true},
			{Field: "C", Op: onevent.OpEqual, Values: []string{""}, Number: true},
			{Field: "C", Op: onevent.OpEqual, Values: []string{""}},
			{Field: "A", Op: onevent.OpIn, Values: []string{"", "12"}, Number: true},
			{Field: "A", Op: onevent.OpNotIn, Values: []string{"", "13"}},
			{Field: "ID", Op: onevent.OpEqual, Values: []string{"1"}},
			{Field: "A", Op: onevent.OpLike, Values: []string{"1_"}},
			{Field: "A", Op: onevent.OpContains, Values: []string{"2"}},
		} {
			page, err := r.Query(onevent.Query{Portal: 1, Kind: "k", Limit: 5, Count: true, Where: []onevent.Cond{c}, AnyOf: [][]onevent.Cond{{c}}, Order: []onevent.Order{{Field: "A", Desc: true}}})
			if err != nil || page.Total != 1 || len(page.Records) != 1 {
				t.Error(c, page, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(ctx, func(tx onevent.Tx) error {
		return tx.Settle(&onevent.Outcome{Delivery: d.ID, State: onevent.StateDelivered, Attempts: 1, Attempt: onevent.Attempt{Time: time.UnixMilli(7), Status: 200}})
	})
	if err != nil {
		t.Fatal(err)
	}
	boom := errors.New("boom")
	if err := db.Update(ctx, func(tx onevent.Tx) error { tx.AddEvent(&e); return boom }); err != boom {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	db = open(t, path)
	db.View(ctx, func(r onevent.Reader) error {
		st, err := r.Stats()
		if err != nil || st != (onevent.Stats{Events: 1, Delivered: 1}) {
			t.Error(st, err)
		}
		a, err := r.Attempts(d.ID)
		if err != nil || len(a) != 1 {
			t.Error(a, err)
		}
		return r.Portals().Each(func(q onevent.Portal) error {
			if q != p {
				t.Error(q, p)
			}
			return nil
		})
	})
	if err := db.Check(ctx); err != nil {
		t.Error(err)
	}
	func() {
		defer func() {
			if recover() != "x" {
				t.Error("no panic")
			}
		}()
		db.Update(ctx, func(tx onevent.Tx) error { panic("x") })
	}()
}
