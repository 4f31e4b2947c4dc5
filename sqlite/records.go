package sqlite

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"

	"github.com/onevent/onevent"
)

func (q *session) Record(portal onevent.PortalID, kind string, id int64) (onevent.Record, error) {
	s := q.prepare(`SELECT fields FROM record WHERE portal = ? AND kind = ? AND id = ?`)
	s.int(int64(portal))
	s.text(kind)
	s.int(id)
	r := onevent.Record{Portal: portal, Kind: kind, ID: id}
	err := s.one(func() { r.Fields = s.readBytes() })
	if err != nil {
		return onevent.Record{}, q.result(err)
	}
	return r, nil
}

func (q *session) Query(query onevent.Query) (onevent.Page, error) {
	where, err := condition(&query)
	if err != nil {
		return onevent.Page{}, err
	}
	var page onevent.Page
	if query.Limit > 0 {
		if page, err = q.page(&query, where); err != nil {
			return onevent.Page{}, err
		}
	}
	if query.Count {
		if page.Total, err = q.total(where); err != nil {
			return onevent.Page{}, err
		}
	}
	return page, nil
}

// page reads one row more than the limit, which tells whether others follow.
func (q *session) page(query *onevent.Query, where expression) (page onevent.Page, err error) {
	length := 0
	add := func(r onevent.Record) bool {
		length += len(r.Fields)
		if n := len(page.Records); n == query.Limit || n > 0 && length > onevent.QueryBytes {
			page.More = true
		} else {
			page.Records = append(page.Records, r)
		}
		return !page.More
	}
	if isByID(query.Order) {
		err = q.eachByID(query, where, add)
	} else {
		err = q.eachSorted(query, where, add)
	}
	return page, err
}

// isByID says that the primary key gives the order, so that nothing is sorted.
func isByID(by []onevent.Order) bool {
	return len(by) == 0 || by[0].Field == onevent.FieldID && by[0].Number
}

// eachByID reads on the primary key until add has enough.
func (q *session) eachByID(query *onevent.Query, where expression, add func(onevent.Record) bool) error {
	e, err := selection("id, fields", query, where)
	if err != nil {
		return err
	}
	s := q.bindAll(e)
	defer s.drop()
	for s.next() {
		if !add(onevent.Record{Portal: query.Portal, Kind: query.Kind, ID: s.readInt(), Fields: s.readBytes()}) {
			break
		}
	}
	return q.result(s.err)
}

// eachSorted sorts identities alone: the engine would else hold the fields of
// all rows up to the limit, whatever their size.
func (q *session) eachSorted(query *onevent.Query, where expression, add func(onevent.Record) bool) error {
	e, err := selection("id", query, where)
	if err != nil {
		return err
	}
	s := q.bindAll(e)
	defer s.drop()
	var ids []int64
	for s.next() {
		ids = append(ids, s.readInt())
	}
	if err := q.result(s.err); err != nil {
		return err
	}
	for _, id := range ids {
		r, err := q.Record(query.Portal, query.Kind, id)
		if err != nil || !add(r) {
			return err
		}
	}
	return nil
}

func selection(columns string, query *onevent.Query, where expression) (expression, error) {
	e := expression{}
	e.add("SELECT " + columns + " FROM record WHERE ")
	e.append(where)
	err := e.order(query.Order)
	e.add(" LIMIT ? OFFSET ?", int64(query.Limit)+1, int64(max(query.Offset, 0)))
	return e, err
}

func (q *session) total(where expression) (int, error) {
	e := expression{}
	e.add("SELECT count(*) FROM record WHERE ")
	e.append(where)
	s := q.bindAll(e)
	defer s.drop()
	var n int
	err := s.one(func() { n = int(s.readInt()) })
	return n, q.result(err)
}

// bindAll prepares an expression. The statement must be dropped: a connection
// keeps what it prepared, and there are as many texts as combinations of
// conditions and lengths of lists.
func (q *session) bindAll(e expression) stmt {
	s := q.prepare(e.text.String())
	s.all(e.args)
	return s
}

// PutRecord refuses fields that are not a JSON object, because no query could
// read past such a row.
func (t *tx) PutRecord(r onevent.Record) error {
	if len(r.Fields) > onevent.MaxRecord {
		return onevent.Errorf(onevent.CodeTooLarge, "the fields of a record take %d bytes, the limit is %d", len(r.Fields), onevent.MaxRecord)
	}
	if !isObject(r.Fields) {
		return onevent.Errorf(onevent.CodeInvalid, "the fields of a record must be a JSON object in UTF-8")
	}
	s := t.prepare(`INSERT INTO record (portal, kind, id, fields) VALUES (?, ?, ?, ?)
		ON CONFLICT (portal, kind, id) DO UPDATE SET fields = excluded.fields`)
	s.int(int64(r.Portal))
	s.text(r.Kind)
	s.int(r.ID)
	s.text(string(r.Fields))
	return t.result(s.run())
}

func isObject(b []byte) bool {
	b = bytes.TrimSpace(b)
	return len(b) > 0 && b[0] == '{' && utf8.Valid(b) && json.Valid(b)
}

func (t *tx) DeleteRecord(portal onevent.PortalID, kind string, id int64) error {
	s := t.prepare(`DELETE FROM record WHERE portal = ? AND kind = ? AND id = ?`)
	s.int(int64(portal))
	s.text(kind)
	s.int(id)
	changed, err := t.changed(&s)
	if err == nil && !changed {
		return onevent.ErrNotFound
	}
	return err
}
