package sqlite_test

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/sqlite"
)

// BenchmarkQuery reads pages of 50 out of 20,000 records of 1 KB: what readers
// of everything ask for, page by page, and what a list asks for.
func BenchmarkQuery(b *testing.B) {
	db := openRecords(b)
	after := func(id int) []onevent.Cond {
		return []onevent.Cond{{Field: onevent.FieldID, Number: true, Op: onevent.OpGreater, Values: []string{strconv.Itoa(id)}}}
	}
	byID := []onevent.Order{{Field: onevent.FieldID, Number: true}}
	byIDDown := []onevent.Order{{Field: onevent.FieldID, Number: true, Desc: true}}
	own := [][]onevent.Cond{
		{{Field: "AUTHOR_ID", Number: true, Op: onevent.OpEqual, Values: []string{"7"}}},
		{{Field: "RESPONSIBLE_ID", Number: true, Op: onevent.OpEqual, Values: []string{"7"}}},
	}
	for _, c := range []struct {
		name  string
		query onevent.Query
	}{
		{"after=0", onevent.Query{Where: after(0), Order: byID}},
		{"after=19900", onevent.Query{Where: after(19_900), Order: byID}},
		{"after=19900/as_text", onevent.Query{Where: []onevent.Cond{{Field: onevent.FieldID, Op: onevent.OpIn, Values: []string{"19901", "19902"}}}, Order: byID}},
		{"after=19900/own", onevent.Query{Where: after(19_900), AnyOf: own, Order: byID}},
		{"after=19900/count", onevent.Query{Where: after(19_900), Order: byID, Count: true}},
		{"newest", onevent.Query{Order: byIDDown}},
		{"between", onevent.Query{Where: append(after(10_000), onevent.Cond{Field: onevent.FieldID, Number: true, Op: onevent.OpLessEqual, Values: []string{"10050"}}), Order: byIDDown, Count: true}},
		{"by_text_field", onevent.Query{Order: []onevent.Order{{Field: "START_TIME"}}}},
	} {
		c.query.Portal, c.query.Kind, c.query.Limit = 1, "crm.activity", 50
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				err := db.View(b.Context(), func(r onevent.Reader) error {
					page, err := r.Query(c.query)
					if err == nil && len(page.Records) == 0 {
						b.Error("the page is empty")
					}
					return err
				})
				if err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkRecord reads one after the other of 20,000 records of 1 KB by its id.
func BenchmarkRecord(b *testing.B) {
	db := openRecords(b)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		id := int64(i*7919%benchRecords + 1) // a prime: neighbours are not read in turn
		err := db.View(b.Context(), func(r onevent.Reader) error {
			_, err := r.Record(1, "crm.activity", id)
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

const benchRecords = 20_000

// openRecords opens a store that has them.
func openRecords(b *testing.B) *sqlite.DB {
	b.Helper()
	db, err := sqlite.Open(b.Context(), sqlite.Config{Path: filepath.Join(b.TempDir(), "store.db")}.Unsynced())
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { db.Close() })
	fillRecords(b, db)
	return db
}

func fillRecords(b *testing.B, db *sqlite.DB) {
	b.Helper()
	text := strings.Repeat("x", 900)
	for first := 1; first <= benchRecords; first += 500 {
		err := db.Update(b.Context(), func(tx onevent.Tx) error {
			for id := first; id < first+500; id++ {
				fields := fmt.Appendf(nil, `{"START_TIME":"2026-03-%02dT10:00:00","AUTHOR_ID":"7","RESPONSIBLE_ID":"1","DESCRIPTION":%q}`, id%28+1, text)
				if err := tx.PutRecord(onevent.Record{Portal: 1, Kind: "crm.activity", ID: int64(id), Fields: fields}); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}
