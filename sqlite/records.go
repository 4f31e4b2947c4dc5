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
		if page.Records, err = q.records(&query, where); err != nil {
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

func (q *session) records(query *onevent.Query, where expression) ([]onevent.Record, error) {
	e := expression{}
	e.add("SELECT id, fields FROM record WHERE ")
	e.append(where)
	if err := e.order(query.Order); err != nil {
		return nil, err
	}
	e.add(" LIMIT ? OFFSET ?", int64(query.Limit), int64(max(query.Offset, 0)))
	s := q.bindAll(e)
	var all []onevent.Record
	for s.next() {
		r := onevent.Record{Portal: query.Portal, Kind: query.Kind, ID: s.readInt(), Fields: s.readBytes()}
		all = append(all, r)
	}
	return all, q.result(s.err)
}

func (q *session) total(where expression) (int, error) {
	e := expression{}
	e.add("SELECT count(*) FROM record WHERE ")
	e.append(where)
	s := q.bindAll(e)
	var n int
	err := s.one(func() { n = int(s.readInt()) })
	return n, q.result(err)
}

// bindAll prepares an expression. Its text holds no value of the caller's, so
// that the statement cache of the connection stays small.
func (q *session) bindAll(e expression) stmt {
	s := q.prepare(e.text.String())
	for _, v := range e.args {
		switch v := v.(type) {
		case int64:
			s.int(v)
		case float64:
			s.float(v)
		case string:
			s.text(v)
		default:
			s.null()
		}
	}
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
