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
	result      wire.Value
	written     written // instead of result
	next, total int
	counted     bool // total is to be shown
	signed      bool // with a `state`, the answer is signed
	signature   string
	times       answer.Times
}

// written is a result that is JSON already.
type written []byte

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
	if o.written != nil {
		return append(dst, o.written...)
	}
	return o.result.AppendJSON(dst)
}

// value is the envelope for those who don't read JSON.
func (o *outcome) value() wire.Value {
	var v wire.Value
	if err := v.UnmarshalJSON(o.appendJSON(nil)); err != nil {
		panic(err) // what appendJSON writes is JSON
	}
	return v
}

func outcomeOf(result any) (outcome, error) {
	switch r := result.(type) {
	case written:
		return outcome{written: r}, nil
	case List:
		items, err := valueOf(r.Items)
		return outcome{result: items, next: r.Next, total: r.Total, counted: true}, err
	}
	v, err := valueOf(result)
	if err != nil {
		return outcome{}, err
	}
	return lifted(v), nil
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

// lifted takes keys named next and total out of a result;
// docs/protocol/rest.md section 5.
func lifted(v wire.Value) outcome {
	o := outcome{result: v}
	if !v.IsMap() {
		return o
	}
	if n, ok := wholeAt(v, "next"); ok {
		o.next = int(n)
		o.result = withoutExact(o.result, "next")
	}
	if n, ok := wholeAt(v, "total"); ok {
		o.total, o.counted = int(n), true
		o.result = withoutExact(o.result, "total")
	}
	return o
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
