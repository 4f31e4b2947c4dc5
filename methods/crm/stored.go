package crm

import (
	"bytes"
	"strconv"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/rest/answer"
	"github.com/onevent/onevent/wire"
)

// stored is a row that has been cut up and not read: a page of a list shows many
// rows, and no more of each than was selected; a change touches few fields.
type stored struct {
	record onevent.Record
	texts  [len(fields) + 1][]byte // JSON of each field, and of bindingKeys; empty: it is absent
}

func storedRow(r onevent.Record) *stored {
	s := &stored{record: r}
	rest := bytes.TrimPrefix(r.Fields, []byte("{"))
	for next := 0; ; {
		var key, value []byte
		if key, rest = cutJSON(rest); len(key) < len(`""`) {
			return s
		}
		value, rest = cutJSON(rest)
		if at, known := placeOf(key[1:len(key)-1], next); known {
			s.texts[at], next = value, at+1
		}
	}
}

// placeOf finds a field, which is most often the next one: rows are written in
// the order of the table.
func placeOf(name []byte, next int) (int, bool) {
	if next < len(fields) && fields[next].name == string(name) {
		return next, true
	}
	at, known := places[string(name)]
	return at, known
}

func nameAt(place int) string {
	if place == len(fields) {
		return bindingKeys
	}
	return fields[place].name
}

// Get gives a field by its name; false when the row has none of that name.
func (s *stored) Get(name string) (wire.Value, bool) {
	at, known := places[name]
	if !known || len(s.texts[at]) == 0 {
		return null, false
	}
	var v wire.Value
	if err := v.UnmarshalJSON(s.texts[at]); err != nil {
		return null, false
	}
	return v, true
}

// pick reads some fields; those that are absent are left out.
func (s *stored) pick(names ...string) wire.Value {
	var picked []wire.Field
	for _, name := range names {
		if v, ok := s.Get(name); ok {
			picked = append(picked, wire.F(name, v))
		}
	}
	return wire.Map(picked...)
}

// set puts fields in the place of what the row has.
func (s *stored) set(changed wire.Value) {
	for _, f := range changed.Fields() {
		if at, known := places[f.Key]; known {
			s.texts[at] = f.Value.AppendJSON(nil)
		}
	}
}

// row is the whole row as it is kept.
func (s *stored) row() []byte {
	dst, before := make([]byte, 0, len(s.record.Fields)+roomForRow), byte('{')
	for at, text := range s.texts {
		if len(text) == 0 {
			continue
		}
		dst = append(append(append(dst, before, '"'), nameAt(at)...), `":`...)
		dst, before = append(dst, text...), ','
	}
	return append(dst, '}')
}

// appendTo appends the row as it is answered.
func (s *stored) appendTo(dst []byte, selected []int, zone *time.Location) []byte {
	dst = append(dst, '{')
	for i, at := range selected {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(append(append(dst, '"'), fields[at].name...), `":`...)
		dst = s.appendField(dst, at, zone)
	}
	return append(dst, '}')
}

func (s *stored) appendField(dst []byte, at int, zone *time.Location) []byte {
	f, text := &fields[at], s.texts[at]
	switch {
	case f.name == onevent.FieldID:
		return append(strconv.AppendInt(append(dst, '"'), s.record.ID, 10), '"')
	case len(text) == 0 && f.isMultiple():
		return append(dst, "[]"...)
	case len(text) == 0:
		return append(dst, "null"...)
	case f.kind == datetime:
		return appendTime(dst, text, zone)
	}
	return append(dst, text...)
}

// appendTime prints a date as it is kept in the zone of the portal.
func appendTime(dst, text []byte, zone *time.Location) []byte {
	t, err := time.Parse(keptLayout, string(bytes.Trim(text, `"`)))
	if err != nil {
		return append(dst, text...)
	}
	return append(answer.AppendDate(append(dst, '"'), t, zone), '"')
}
