package sqlite

import (
	"strings"
	"testing"

	"github.com/onevent/onevent"
	"zombiezen.com/go/sqlite"
)

// What is asked by ID is found on the primary key, however many records there
// are, and comes in its order without being sorted.
func TestQueriesByIDReadAPartOfThePrimaryKey(t *testing.T) {
	t.Parallel()
	conn, err := sqlite.OpenConn(":memory:", sqlite.OpenReadWrite|sqlite.OpenMemory)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := migrate(conn, migrations()); err != nil {
		t.Fatal(err)
	}
	id := func(number bool, op onevent.Op, values ...string) onevent.Cond {
		return onevent.Cond{Field: onevent.FieldID, Number: number, Op: op, Values: values}
	}
	up := []onevent.Order{{Field: onevent.FieldID, Number: true}}
	down := []onevent.Order{{Field: onevent.FieldID, Number: true, Desc: true}, {Field: "T"}}
	own := [][]onevent.Cond{{{Field: "A", Op: onevent.OpEqual, Values: []string{"1"}}}, {{Field: "B", Op: onevent.OpEqual, Values: []string{"1"}}}}
	for _, c := range []struct {
		query onevent.Query
		want  string
	}{
		{onevent.Query{Order: up}, "portal=? AND kind=?)"},
		{onevent.Query{}, "portal=? AND kind=?)"},
		{onevent.Query{Where: []onevent.Cond{id(true, onevent.OpGreater, "7")}, Order: up}, "id>?)"},
		{onevent.Query{Where: []onevent.Cond{id(true, onevent.OpGreater, "7")}, Order: up, AnyOf: own}, "id>?)"},
		{onevent.Query{Where: []onevent.Cond{id(true, onevent.OpGreaterEqual, "7.5")}, Order: down}, "id>?)"},
		{onevent.Query{Where: []onevent.Cond{id(true, onevent.OpLess, "7")}, Order: down}, "id<?)"},
		{onevent.Query{Where: []onevent.Cond{id(true, onevent.OpLessEqual, "7")}}, "id<?)"},
		{onevent.Query{Where: []onevent.Cond{id(true, onevent.OpGreater, "3"), id(true, onevent.OpLess, "7")}, Order: up}, "id>? AND id<?)"},
		{onevent.Query{Where: []onevent.Cond{id(true, onevent.OpEqual, "7")}, Order: up}, "id=?)"},
		{onevent.Query{Where: []onevent.Cond{id(true, onevent.OpIn, "7", "9")}, Order: up}, "id=?)"},
		{onevent.Query{Where: []onevent.Cond{id(false, onevent.OpEqual, "7")}, Order: down}, "id=?)"},
		{onevent.Query{Where: []onevent.Cond{id(false, onevent.OpIn, "7", "x", "9")}, Order: up}, "id=?)"},
	} {
		plan := planOf(t, conn, &c.query)
		if !strings.Contains(plan, "SEARCH record USING INDEX sqlite_autoindex_record_1 (") || !strings.Contains(plan, c.want) || strings.Contains(plan, "TEMP") {
			t.Errorf("%+v: %s", c.query, plan)
		}
	}
}

func planOf(t *testing.T, conn *sqlite.Conn, query *onevent.Query) string {
	t.Helper()
	where, err := condition(query)
	if err != nil {
		t.Fatal(err)
	}
	e, err := selection("id, fields", query, where)
	if err != nil {
		t.Fatal(err)
	}
	explain := expression{}
	explain.add("EXPLAIN QUERY PLAN ")
	explain.append(e)
	q := session{conn: conn}
	s := q.bindAll(explain)
	var lines []string
	for s.next() {
		s.col = 3 // detail
		lines = append(lines, s.readText())
	}
	if s.err != nil {
		t.Fatal(s.err)
	}
	return strings.Join(lines, "; ")
}
