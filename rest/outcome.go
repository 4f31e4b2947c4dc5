package rest

import (
	"encoding/json"
	"strconv"

	"github.com/onevent/onevent/rest/answer"
	"github.com/onevent/onevent/wire"
)

// outcome is what a method gave, and prints as the envelope of a success;
// docs/protocol/rest.md section 5.
type outcome struct {
	value       wire.Value
	text        JSON     // of value; nil: not written yet
	unread      bool     // value is still to be read from text
	batch       *answers // instead of both
	next, total int
	counted     bool // total is to be shown
	signed      bool // with a `state`, the answer is signed
	signature   string
	times       answer.Times
}

// JSON is a result that its method has written itself: one value, valid, that is
// not changed afterwards.
type JSON []byte

// result is read when somebody looks into it: most results are only passed on.
func (o *outcome) result() wire.Value {
	if o.unread {
		if err := o.value.UnmarshalJSON(o.text); err != nil {
			panic(err) // a method that writes JSON writes it right
		}
		o.unread = false
	}
	return o.value
}

func (o *outcome) appendJSON(dst []byte) []byte {
	dst = o.appendResult(append(dst, `{"result":`...))
	if o.next > 0 {
		dst = strconv.AppendInt(append(dst, `,"next":`...), int64(o.next), 10)
	}
	if o.counted {
		dst = strconv.AppendInt(append(dst, `,"total":`...), int64(o.total), 10)
	}
	dst = o.times.AppendJSON(append(dst, `,"time":`...))
	if o.signature != "" {
		dst = wire.String(o.signature).AppendJSON(append(dst, `,"signature":`...))
	}
	return append(dst, '}')
}

func (o *outcome) appendResult(dst []byte) []byte {
	switch {
	case o.batch != nil:
		return o.batch.appendJSON(dst)
	case o.text != nil:
		return append(dst, o.text...)
	}
	return o.value.AppendJSON(dst)
}

// roomForEnvelope is for what stands around most results, and for short results.
const roomForEnvelope = 1024

// length is about that of the envelope, but for a value that is not written yet.
func (o *outcome) length() int {
	if o.batch != nil {
		return roomForEnvelope + o.batch.length()
	}
	return roomForEnvelope + len(o.text)
}

// envelope is the whole as a value, for those who don't read JSON.
func (o *outcome) envelope() wire.Value {
	var v wire.Value
	if err := v.UnmarshalJSON(o.appendJSON(nil)); err != nil {
		panic(err) // what appendJSON writes is JSON
	}
	return v
}

func outcomeOf(result any) (outcome, error) {
	if list, ok := result.(List); ok {
		o, err := plainOutcome(list.Items)
		o.next, o.total, o.counted = list.Next, list.Total, true
		return o, err
	}
	o, err := plainOutcome(result)
	if err == nil && o.value.IsMap() {
		o.lift()
	}
	return o, err
}

func plainOutcome(result any) (outcome, error) {
	switch r := result.(type) {
	case JSON:
		return outcome{text: r, unread: true}, nil
	case *answers:
		return outcome{batch: r}, nil
	}
	v, err := valueOf(result)
	return outcome{value: v}, err
}

// valueOf is a result as a value; what is of no type that methods return often
// goes by JSON.
func valueOf(result any) (wire.Value, error) {
	switch v := result.(type) {
	case wire.Value:
		return v, nil
	case []wire.Value:
		return wire.List(v...), nil
	case bool:
		return wire.Bool(v), nil
	case int64:
		return wire.Int(v), nil
	case string:
		return wire.String(v), nil
	}
	text, err := json.Marshal(result)
	if err != nil {
		return wire.Value{}, err
	}
	var v wire.Value
	err = v.UnmarshalJSON(text)
	return v, err
}

// lift takes keys named next and total out of a result;
// docs/protocol/rest.md section 5.
func (o *outcome) lift() {
	if n, ok := wholeAt(o.value, "next"); ok {
		o.next = int(n)
		o.value = withoutExact(o.value, "next")
	}
	if n, ok := wholeAt(o.value, "total"); ok {
		o.total, o.counted = int(n), true
		o.value = withoutExact(o.value, "total")
	}
}

func wholeAt(v wire.Value, key string) (int64, bool) {
	at, ok := v.Get(key)
	if !ok {
		return 0, false
	}
	return at.Int()
}

func withoutExact(v wire.Value, key string) wire.Value {
	var kept []wire.Field
	for _, f := range v.Fields() {
		if f.Key != key {
			kept = append(kept, f)
		}
	}
	return wire.Map(kept...)
}
