package storetest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/onevent/onevent"
)

var recordCases = []testCase{
	{"ARecordComesBackAsItWasPut", recordRow},
	{"FieldsMustBeAJSONObject", recordFields},
	{"FieldsAreBounded", recordSize},
	{"ConditionsFindWhatTheySay", conditions},
	{"AnyOfNeedsOneOfItsGroups", anyOf},
	{"OrderIsByFieldThenByID", orders},
	{"IDsAsTextAreComparedByteByByte", idsAsText},
	{"OffsetLimitAndCount", pages},
	{"APageTellsWhetherOthersFollow", pagesMore},
	{"APageIsBoundedInBytes", pagesBytes},
	{"QueriesKeepToPortalAndKind", kinds},
	{"WhatIsNoFieldOrOperatorIsRefused", refusedQueries},
}

// examples are the records that the queries below are asked of. The key is the
// ID.
var examples = map[int64]string{
	1: `{"T":"alpha","N":"10","J":10,"A.B~_1":"x"}`,
	2: `{"T":"Beta","N":"9","J":9.5,"B":true}`,
	3: `{"T":"ALPHABET","N":"-3","J":-3,"B":false}`,
	4: `{"T":"","N":"abc","J":null,"Z":"0"}`,
	5: `{}`,
	6: `{"T":"100%_a\\b","N":"10.0","J":1000000000000,"Z":"\u00e4\u0000"}`,
}

func (f *fixture) examples(t *testing.T) {
	t.Helper()
	f.update(t, func(tx onevent.Tx) error {
		for id, fields := range examples {
			if err := tx.PutRecord(onevent.Record{Portal: 1, Kind: "k", ID: id, Fields: []byte(fields)}); err != nil {
				return err
			}
		}
		return nil
	})
}

// query gives the IDs of what is found, in order, and checks the rows and the
// count beside it.
func (f *fixture) query(t *testing.T, q onevent.Query) (ids []int64) {
	t.Helper()
	f.view(t, func(r onevent.Reader) error {
		q.Portal, q.Kind = 1, "k"
		page, err := r.Query(q)
		for _, rec := range page.Records {
			equal(t, "fields", string(rec.Fields), examples[rec.ID])
			equal(t, "kind", rec.Kind, "k")
			equal(t, "portal", rec.Portal, 1)
			ids = append(ids, rec.ID)
		}
		return err
	})
	return ids
}

func conditions(t *testing.T, f *fixture) {
	f.examples(t)
	text := func(field string, op onevent.Op, values ...string) onevent.Cond {
		return onevent.Cond{Field: field, Op: op, Values: values}
	}
	number := func(field string, op onevent.Op, values ...string) onevent.Cond {
		return onevent.Cond{Field: field, Op: op, Values: values, Number: true}
	}
	all := []int64{1, 2, 3, 4, 5, 6}
	for _, c := range []struct {
		cond onevent.Cond
		want []int64
	}{
		{text("T", onevent.OpEqual, "alpha"), []int64{1}},
		{text("T", onevent.OpEqual, "Alpha"), nil},
		{text("T", onevent.OpEqual, ""), []int64{4, 5}},
		{text("T", onevent.OpEqual, "' OR 1=1 --"), nil},
		{text("T", onevent.OpNotEqual, "alpha"), []int64{2, 3, 4, 5, 6}},
		{text("T", onevent.OpNotEqual, ""), []int64{1, 2, 3, 6}},
		{text("T", onevent.OpLess, "Beta"), []int64{3, 4, 5, 6}},
		{text("T", onevent.OpLessEqual, "Beta"), []int64{2, 3, 4, 5, 6}},
		{text("T", onevent.OpLess, ""), nil},
		{text("T", onevent.OpLessEqual, ""), []int64{4, 5}},
		{text("T", onevent.OpGreater, "Beta"), []int64{1}},
		{text("T", onevent.OpGreater, ""), []int64{1, 2, 3, 6}},
		{text("T", onevent.OpGreaterEqual, "Beta"), []int64{1, 2}},
		{text("T", onevent.OpGreaterEqual, ""), all},
		{text("T", onevent.OpIn, "alpha", "Beta", "none"), []int64{1, 2}},
		{text("T", onevent.OpIn, "", "Beta"), []int64{2, 4, 5}},
		{text("T", onevent.OpIn), nil},
		{text("T", onevent.OpNotIn, "alpha", ""), []int64{2, 3, 6}},
		{text("T", onevent.OpNotIn), all},
		{text("T", onevent.OpContains, "ALPHA"), []int64{1, 3}},
		{text("T", onevent.OpContains, "%_a"), []int64{6}},
		{text("T", onevent.OpContains, ""), all},
		{text("T", onevent.OpNotContains, "a"), []int64{4, 5}},
		{text("T", onevent.OpLike, "alpha%"), []int64{1, 3}},
		{text("T", onevent.OpLike, "_eta"), []int64{2}},
		{text("T", onevent.OpLike, `%\%\_a\\b`), []int64{6}},
		{text("T", onevent.OpLike, ""), []int64{4, 5}},
		{text("T", onevent.OpNotLike, "%a%"), []int64{4, 5}},
		{text("N", onevent.OpEqual, "10"), []int64{1}},
		{text("N", onevent.OpLess, "9"), []int64{1, 3, 5, 6}},
		{text("J", onevent.OpEqual, "9.5"), []int64{2}},
		{text("J", onevent.OpEqual, "1000000000000"), []int64{6}},
		{text("J", onevent.OpEqual, ""), []int64{4, 5}},
		{text("B", onevent.OpEqual, "true"), []int64{2}},
		{text("B", onevent.OpEqual, "false"), []int64{3}},
		{text("Z", onevent.OpEqual, "\u00e4\x00"), []int64{6}},
		{text("A.B~_1", onevent.OpEqual, "x"), []int64{1}},
		{text("none", onevent.OpEqual, ""), all},
		{text("none", onevent.OpLess, "a"), all},
		{text("ID", onevent.OpEqual, "3"), []int64{3}},
		{text("ID", onevent.OpEqual, "03"), nil},
		{text("ID", onevent.OpEqual, "3.0"), nil},
		{text("ID", onevent.OpEqual, " 3"), nil},
		{text("ID", onevent.OpEqual, "+3"), nil},
		{text("ID", onevent.OpEqual, ""), nil},
		{text("ID", onevent.OpEqual, "99999999999999999999"), nil},
		{text("ID", onevent.OpNotEqual, "3"), []int64{1, 2, 4, 5, 6}},
		{text("ID", onevent.OpNotEqual, "03"), all},
		{text("ID", onevent.OpIn, "3", "4", "x"), []int64{3, 4}},
		{text("ID", onevent.OpIn, "4", "3", "4", "05"), []int64{3, 4}},
		{text("ID", onevent.OpIn, "x"), nil},
		{text("ID", onevent.OpIn), nil},
		{text("ID", onevent.OpNotIn, "3", "04"), []int64{1, 2, 4, 5, 6}},
		{text("ID", onevent.OpGreater, "4"), []int64{5, 6}},
		{text("ID", onevent.OpGreater, "4x"), []int64{5, 6}},
		{text("ID", onevent.OpGreater, "30"), []int64{4, 5, 6}},
		{text("ID", onevent.OpLess, "30"), []int64{1, 2, 3}},
		{text("ID", onevent.OpLess, "x"), all},
		{text("ID", onevent.OpGreaterEqual, ""), all},
		{text("ID", onevent.OpContains, "3"), []int64{3}},
		{text("ID", onevent.OpLike, "_"), all},

		{number("N", onevent.OpEqual, "10"), []int64{1, 6}},
		{number("N", onevent.OpEqual, " 10.00 "), []int64{1, 6}},
		{number("N", onevent.OpEqual, "1e1"), []int64{1, 6}},
		{number("N", onevent.OpEqual, ""), []int64{4, 5}},
		{number("N", onevent.OpEqual, "abc"), nil},
		{number("N", onevent.OpEqual, "0"), nil},
		{number("N", onevent.OpEqual, "inf"), nil},
		{number("N", onevent.OpNotEqual, "10"), []int64{2, 3, 4, 5}},
		{number("N", onevent.OpNotEqual, "abc"), all},
		{number("N", onevent.OpNotEqual, ""), []int64{1, 2, 3, 6}},
		{number("N", onevent.OpLess, "10"), []int64{2, 3, 4, 5}},
		{number("N", onevent.OpLess, "abc"), nil},
		{number("N", onevent.OpGreater, "-4"), []int64{1, 2, 3, 6}},
		{number("N", onevent.OpGreater, ""), []int64{1, 2, 3, 6}},
		{number("N", onevent.OpGreater, "abc"), nil},
		{number("N", onevent.OpGreaterEqual, "9"), []int64{1, 2, 6}},
		{number("N", onevent.OpLessEqual, "9"), []int64{2, 3, 4, 5}},
		{number("N", onevent.OpIn, "9", "abc", "-3.0"), []int64{2, 3}},
		{number("N", onevent.OpIn, "abc"), nil},
		{number("N", onevent.OpNotIn, "9", "abc"), []int64{1, 3, 4, 5, 6}},
		{number("N", onevent.OpNotIn, "abc"), all},
		{number("J", onevent.OpGreater, "9.5"), []int64{1, 6}},
		{number("J", onevent.OpEqual, "1000000000000"), []int64{6}},
		{number("J", onevent.OpLess, "0"), []int64{3, 4, 5}},
		{number("Z", onevent.OpEqual, "0"), []int64{4}},
		{number("ID", onevent.OpGreater, "4"), []int64{5, 6}},
		{number("ID", onevent.OpGreater, " 3.5 "), []int64{4, 5, 6}},
		{number("ID", onevent.OpGreater, "30"), nil},
		{number("ID", onevent.OpGreater, ""), all},
		{number("ID", onevent.OpGreater, "x"), nil},
		{number("ID", onevent.OpGreater, "99999999999999999999"), nil},
		{number("ID", onevent.OpGreaterEqual, "4"), []int64{4, 5, 6}},
		{number("ID", onevent.OpGreaterEqual, "-1e99"), all},
		{number("ID", onevent.OpLess, "3"), []int64{1, 2}},
		{number("ID", onevent.OpLess, ""), nil},
		{number("ID", onevent.OpLess, "1e99"), all},
		{number("ID", onevent.OpLessEqual, "3"), []int64{1, 2, 3}},
		{number("ID", onevent.OpLessEqual, "2.999"), []int64{1, 2}},
		{number("ID", onevent.OpEqual, "3.0"), []int64{3}},
		{number("ID", onevent.OpEqual, "03"), []int64{3}},
		{number("ID", onevent.OpEqual, "3.5"), nil},
		{number("ID", onevent.OpEqual, ""), nil},
		{number("ID", onevent.OpNotEqual, "3"), []int64{1, 2, 4, 5, 6}},
		{number("ID", onevent.OpIn, "2", "x", "", "5e0", "2"), []int64{2, 5}},
		{number("ID", onevent.OpNotIn, "1", "2", ""), []int64{3, 4, 5, 6}},
	} {
		got := f.query(t, onevent.Query{Where: []onevent.Cond{c.cond}, Limit: 100})
		if !slices.Equal(got, c.want) {
			t.Errorf("%+v found %v, want %v", c.cond, got, c.want)
		}
	}
}

func anyOf(t *testing.T, f *fixture) {
	f.examples(t)
	is := func(field, value string) onevent.Cond {
		return onevent.Cond{Field: field, Op: onevent.OpEqual, Values: []string{value}}
	}
	for _, c := range []struct {
		name string
		q    onevent.Query
		want []int64
	}{
		{"one of two", onevent.Query{AnyOf: [][]onevent.Cond{{is("T", "alpha")}, {is("N", "9")}}}, []int64{1, 2}},
		{"all of a group", onevent.Query{AnyOf: [][]onevent.Cond{{is("T", "alpha"), is("N", "9")}, {is("N", "-3")}}}, []int64{3}},
		{"and the rest", onevent.Query{Where: []onevent.Cond{is("B", "true")}, AnyOf: [][]onevent.Cond{{is("N", "9")}, {is("N", "10")}}}, []int64{2}},
		{"an empty group", onevent.Query{AnyOf: [][]onevent.Cond{{}}}, []int64{1, 2, 3, 4, 5, 6}},
	} {
		c.q.Limit = 10
		if got := f.query(t, c.q); !slices.Equal(got, c.want) {
			t.Errorf("%s found %v, want %v", c.name, got, c.want)
		}
	}
}

func orders(t *testing.T, f *fixture) {
	f.examples(t)
	for _, c := range []struct {
		order []onevent.Order
		want  []int64
	}{
		{nil, []int64{1, 2, 3, 4, 5, 6}},
		{[]onevent.Order{{Field: "ID", Number: true, Desc: true}}, []int64{6, 5, 4, 3, 2, 1}},
		{[]onevent.Order{{Field: "ID", Desc: true}}, []int64{6, 5, 4, 3, 2, 1}},
		{[]onevent.Order{{Field: "ID", Number: true, Desc: true}, {Field: "T"}}, []int64{6, 5, 4, 3, 2, 1}},
		{[]onevent.Order{{Field: "T"}}, []int64{4, 5, 6, 3, 2, 1}},
		{[]onevent.Order{{Field: "T", Desc: true}}, []int64{1, 2, 3, 6, 4, 5}},
		{[]onevent.Order{{Field: "N", Number: true}}, []int64{4, 5, 3, 2, 1, 6}},
		{[]onevent.Order{{Field: "N", Number: true, Desc: true}, {Field: "ID", Number: true, Desc: true}}, []int64{6, 1, 2, 3, 5, 4}},
		{[]onevent.Order{{Field: "J", Number: true}}, []int64{4, 5, 3, 2, 1, 6}},
	} {
		if got := f.query(t, onevent.Query{Order: c.order, Limit: 10}); !slices.Equal(got, c.want) {
			t.Errorf("ordered by %+v: %v, want %v", c.order, got, c.want)
		}
	}
}

func idsAsText(t *testing.T, f *fixture) {
	f.update(t, func(tx onevent.Tx) error {
		for _, id := range []int64{-1, 0, 1, 2, 9, 10, 21} {
			if err := tx.PutRecord(onevent.Record{Portal: 1, Kind: "k", ID: id, Fields: []byte("{}")}); err != nil {
				return err
			}
		}
		return nil
	})
	for _, c := range []struct {
		op     onevent.Op
		values []string
		want   []int64
	}{
		{onevent.OpGreaterEqual, []string{""}, []int64{-1, 0, 1, 10, 2, 21, 9}},
		{onevent.OpGreater, []string{"1"}, []int64{10, 2, 21, 9}},
		{onevent.OpLess, []string{"2"}, []int64{-1, 0, 1, 10}},
		{onevent.OpEqual, []string{"-1"}, []int64{-1}},
		{onevent.OpEqual, []string{"-0"}, nil},
		{onevent.OpIn, []string{"21", "0", "010", "10 "}, []int64{0, 21}},
	} {
		f.view(t, func(r onevent.Reader) error {
			page, err := r.Query(onevent.Query{Portal: 1, Kind: "k", Limit: 10, Count: true, Order: []onevent.Order{{Field: onevent.FieldID}},
				Where: []onevent.Cond{{Field: onevent.FieldID, Op: c.op, Values: c.values}}})
			var got []int64
			for _, rec := range page.Records {
				got = append(got, rec.ID)
			}
			if !slices.Equal(got, c.want) || page.Total != len(c.want) {
				t.Errorf("%+v: %v of %d", c, got, page.Total)
			}
			return err
		})
	}
}

func pages(t *testing.T, f *fixture) {
	f.examples(t)
	odds := []onevent.Cond{{Field: "ID", Op: onevent.OpIn, Values: []string{"1", "3", "5"}, Number: true}}
	for _, c := range []struct {
		offset, limit int
		count         bool
		want          []int64
		total         int
	}{
		{0, 2, false, []int64{1, 3}, 0},
		{0, 2, true, []int64{1, 3}, 3},
		{2, 2, true, []int64{5}, 3},
		{3, 2, true, nil, 3},
		{0, 0, true, nil, 3},
		{0, 0, false, nil, 0},
	} {
		f.view(t, func(r onevent.Reader) error {
			page, err := r.Query(onevent.Query{Portal: 1, Kind: "k", Where: odds, Offset: c.offset, Limit: c.limit, Count: c.count})
			var got []int64
			for _, rec := range page.Records {
				got = append(got, rec.ID)
			}
			if !slices.Equal(got, c.want) || page.Total != c.total {
				t.Errorf("%+v: %v of %d", c, got, page.Total)
			}
			return err
		})
	}
}

func pagesMore(t *testing.T, f *fixture) {
	f.examples(t)
	for _, c := range []struct {
		offset, limit int
		more          bool
	}{{0, 5, true}, {0, 6, false}, {0, 7, false}, {4, 1, true}, {4, 2, false}, {6, 1, false}, {99, 1, false}, {0, 0, false}} {
		for _, order := range [][]onevent.Order{nil, {{Field: "T"}}} {
			f.view(t, func(r onevent.Reader) error {
				page, err := r.Query(onevent.Query{Portal: 1, Kind: "k", Order: order, Offset: c.offset, Limit: c.limit, Count: true})
				if page.More != c.more || page.Total != len(examples) {
					t.Errorf("%+v ordered by %v: more %v, %d in all", c, order, page.More, page.Total)
				}
				return err
			})
		}
	}
}

// A page of the largest records ends at the bound and not before it. 50 of them,
// a page of the protocol's lists, are never cut.
func pagesBytes(t *testing.T, f *fixture) {
	const fits = onevent.QueryBytes / onevent.MaxRecord
	text := strings.Repeat("x", onevent.MaxRecord-len(`{"N":"00","T":""}`))
	f.update(t, func(tx onevent.Tx) error {
		for id := 1; id <= fits+2; id++ {
			fields := fmt.Sprintf(`{"N":"%02d","T":"%s"}`, id, text)
			if err := tx.PutRecord(onevent.Record{Portal: 1, Kind: "k", ID: int64(id), Fields: []byte(fields)}); err != nil {
				return err
			}
		}
		return nil
	})
	for _, c := range []struct {
		offset, limit, rows int
		more                bool
	}{{0, 50, 50, true}, {0, 1000, fits, true}, {2, 1000, fits, false}, {fits, 1000, 2, false}} {
		f.view(t, func(r onevent.Reader) error {
			page, err := r.Query(onevent.Query{Portal: 1, Kind: "k", Order: []onevent.Order{{Field: "N"}}, Offset: c.offset, Limit: c.limit, Count: true})
			if len(page.Records) != c.rows || page.More != c.more || page.Total != fits+2 {
				t.Errorf("%+v: %d rows, more %v, %d in all", c, len(page.Records), page.More, page.Total)
			}
			for i, rec := range page.Records {
				if rec.ID != int64(c.offset+i+1) || len(rec.Fields) != onevent.MaxRecord {
					t.Fatalf("%+v: row %d is %d with %d bytes", c, i, rec.ID, len(rec.Fields))
				}
			}
			return err
		})
	}
}

func kinds(t *testing.T, f *fixture) {
	f.examples(t)
	f.update(t, func(tx onevent.Tx) error {
		for _, r := range []onevent.Record{{Portal: 2, Kind: "k"}, {Portal: 1, Kind: "K"}, {Portal: 1, Kind: "k2"}} {
			r.ID, r.Fields = 1, []byte(`{"T":"alpha"}`)
			if err := tx.PutRecord(r); err != nil {
				return err
			}
		}
		return nil
	})
	equal(t, "found", len(f.query(t, onevent.Query{Limit: 10})), 6)
	f.view(t, func(r onevent.Reader) error {
		page, err := r.Query(onevent.Query{Portal: 2, Kind: "k", Limit: 10, Count: true})
		equal(t, "of the other portal", page.Total, 1)
		return err
	})
}

func refusedQueries(t *testing.T, f *fixture) {
	f.examples(t)
	one := []string{"x"}
	for _, c := range []onevent.Cond{
		{Field: "", Op: onevent.OpEqual, Values: one},
		{Field: `T" = "T`, Op: onevent.OpEqual, Values: one},
		{Field: "T'", Op: onevent.OpEqual, Values: one},
		{Field: "$[0]", Op: onevent.OpEqual, Values: one},
		{Field: "T\x00", Op: onevent.OpEqual, Values: one},
		{Field: "Ä", Op: onevent.OpEqual, Values: one},
		{Field: "T", Op: "==", Values: one},
		{Field: "T", Op: "", Values: one},
		{Field: "T", Op: onevent.OpEqual},
		{Field: "T", Op: onevent.OpLess, Values: []string{"a", "b"}},
	} {
		err := f.store.View(t.Context(), func(r onevent.Reader) error {
			_, err := r.Query(onevent.Query{Portal: 1, Kind: "k", Where: []onevent.Cond{c}, Limit: 1})
			return err
		})
		if onevent.CodeOf(err) != onevent.CodeInvalid {
			t.Errorf("%+v: %v", c, err)
		}
	}
	err := f.store.View(t.Context(), func(r onevent.Reader) error {
		_, err := r.Query(onevent.Query{Portal: 1, Kind: "k", Order: []onevent.Order{{Field: "id; --"}}, Limit: 1})
		return err
	})
	wantCode(t, err, onevent.CodeInvalid)
}

func recordRow(t *testing.T, f *fixture) {
	rec := onevent.Record{Portal: 1, Kind: "k\x00\xff", ID: 1<<53 - 1, Fields: []byte(" {\"b\": 1.50, \"a\":\"\\u0000\", \"b\":2}\n")}
	read := func(want string) {
		t.Helper()
		f.view(t, func(r onevent.Reader) error {
			got, err := r.Record(rec.Portal, rec.Kind, rec.ID)
			equal(t, "fields", string(got.Fields), want)
			equal(t, "identity", fmt.Sprint(got.Portal, got.Kind, got.ID), fmt.Sprint(rec.Portal, rec.Kind, rec.ID))
			return err
		})
	}
	f.update(t, func(tx onevent.Tx) error { return tx.PutRecord(rec) })
	f.restart()
	read(string(rec.Fields))
	rec.Fields = []byte(`{"a":"` + strings.Repeat("é", 50_000) + `"}`)
	f.update(t, func(tx onevent.Tx) error { return tx.PutRecord(rec) })
	read(string(rec.Fields))
	f.update(t, func(tx onevent.Tx) error {
		if err := tx.DeleteRecord(rec.Portal, rec.Kind, rec.ID); err != nil {
			return err
		}
		_, err := tx.Record(rec.Portal, rec.Kind, rec.ID)
		wantCode(t, err, onevent.CodeNotFound)
		wantCode(t, tx.DeleteRecord(rec.Portal, rec.Kind, rec.ID), onevent.CodeNotFound)
		return nil
	})
}

func recordSize(t *testing.T, f *fixture) {
	put := func(size int) error {
		fields := `{"T":"` + strings.Repeat("x", size-len(`{"T":""}`)) + `"}`
		return f.store.Update(t.Context(), func(tx onevent.Tx) error {
			return tx.PutRecord(onevent.Record{Portal: 1, Kind: "k", ID: 1, Fields: []byte(fields)})
		})
	}
	if err := put(onevent.MaxRecord); err != nil {
		t.Errorf("the largest record: %v", err)
	}
	if err := put(onevent.MaxRecord + 1); onevent.CodeOf(err) != onevent.CodeTooLarge {
		t.Errorf("a byte more: %v", err)
	}
}

func recordFields(t *testing.T, f *fixture) {
	for _, fields := range []string{"", "null", "[]", `"x"`, "{", `{"a":}`, "{}{}", "{\"a\":\"\xff\"}", `{"a":1,}`, "{'a':1}"} {
		err := f.store.Update(t.Context(), func(tx onevent.Tx) error {
			return tx.PutRecord(onevent.Record{Portal: 1, Kind: "k", ID: 1, Fields: []byte(fields)})
		})
		if onevent.CodeOf(err) != onevent.CodeInvalid {
			t.Errorf("fields %q: %v", fields, err)
		}
	}
}
