package rest

import (
	"slices"
	"strconv"

	"github.com/onevent/onevent/wire"
)

// answers are those of the commands of a batch so far, in their order.
type answers struct {
	done   []answered
	errors []wire.Field
}

// answered is a command that succeeded; its result is written already.
type answered struct {
	key string
	outcome
}

// section is one of the five maps of an answer, by the name that references use;
// docs/protocol/rest.md section 8.
type section string

const (
	results section = "result"
	failed  section = "error"
	totals  section = "total"
	nexts   section = "next"
	times   section = "time"
)

// appendJSON appends the five maps in their order.
func (a *answers) appendJSON(dst []byte) []byte {
	dst = a.appendSection(append(dst, `{"result":`...), results)
	dst = arrayOf(a.errors).AppendJSON(append(dst, `,"result_error":`...))
	dst = a.appendSection(append(dst, `,"result_total":`...), totals)
	dst = a.appendSection(append(dst, `,"result_next":`...), nexts)
	dst = a.appendSection(append(dst, `,"result_time":`...), times)
	return append(dst, '}')
}

// roomForTimes is for what an answer says of each command beside its result.
const roomForTimes = 320

// length is about that of the five maps, written.
func (a *answers) length() int {
	n := 0
	for i := range a.done {
		n += len(a.done[i].text) + len(a.done[i].key) + roomForTimes
	}
	return n
}

// appendSection is arrayOf for what is written already.
func (a *answers) appendSection(dst []byte, s section) []byte {
	list := a.isList(s)
	before, after := byte('{'), byte('}')
	if list {
		before, after = '[', ']'
	}
	start := len(dst)
	for i := range a.done {
		if !a.done[i].has(s) {
			continue
		}
		dst, before = append(dst, before), ','
		if !list {
			dst = append(wire.String(a.done[i].key).AppendJSON(dst), ':')
		}
		dst = a.done[i].appendTo(dst, s)
	}
	if len(dst) == start {
		dst = append(dst, before)
	}
	return append(dst, after)
}

func (a *answers) isList(s section) bool {
	n := 0
	for i := range a.done {
		if !a.done[i].has(s) {
			continue
		}
		if a.done[i].key != strconv.Itoa(n) {
			return false
		}
		n++
	}
	return true
}

func (a *answered) has(s section) bool {
	switch s {
	case totals:
		return a.counted
	case nexts:
		return a.next > 0
	}
	return true
}

func (a *answered) appendTo(dst []byte, s section) []byte {
	switch s {
	case totals:
		return strconv.AppendInt(dst, int64(a.total), 10)
	case nexts:
		return strconv.AppendInt(dst, int64(a.next), 10)
	case times:
		return a.times.AppendJSON(dst)
	}
	return append(dst, a.text...)
}

func (a *answered) value(s section) wire.Value {
	switch s {
	case totals:
		return wire.Int(int64(a.total))
	case nexts:
		return wire.Int(int64(a.next))
	case times:
		return a.times.Value()
	}
	return a.outcome.result()
}

// find is the value of a command in a section; false when there is none.
func (a *answers) find(s section, key string) (wire.Value, bool) {
	if s == failed {
		i := slices.IndexFunc(a.errors, func(f wire.Field) bool { return f.Key == key })
		if i < 0 {
			return wire.Null(), false
		}
		return a.errors[i].Value, true
	}
	for i := range a.done {
		if a.done[i].key == key && a.done[i].has(s) {
			return a.done[i].value(s), true
		}
	}
	return wire.Null(), false
}

// all is a whole section.
func (a *answers) all(s section) wire.Value {
	if s == failed {
		return arrayOf(a.errors)
	}
	var fields []wire.Field
	for i := range a.done {
		if a.done[i].has(s) {
			fields = append(fields, wire.F(a.done[i].key, a.done[i].value(s)))
		}
	}
	return arrayOf(fields)
}

// arrayOf is a list when the keys are exactly 0 to n-1, so also when there is
// none, as PHP prints its arrays.
func arrayOf(fields []wire.Field) wire.Value {
	items := make([]wire.Value, len(fields))
	for i, f := range fields {
		if f.Key != strconv.Itoa(i) {
			return wire.Map(fields...)
		}
		items[i] = f.Value
	}
	return wire.List(items...)
}
