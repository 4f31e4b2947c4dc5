package event

import (
	"cmp"
	"strconv"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/rest"
	"github.com/onevent/onevent/wire"
)

// readOptions reads `options` of event.bind; nil when it names none of the
// destination's. docs/protocol/events.md section 4.1.
func readOptions(v wire.Value) (*onevent.DeliveryOptions, error) {
	if v.IsEmpty() {
		return nil, nil
	}
	if v.IsScalar() {
		return nil, errOptions("options must be an object")
	}
	r := optionReader{from: v}
	o := onevent.DeliveryOptions{
		Order:       r.text("order"),
		Retry:       r.text("retry"),
		Rate:        r.number("rate"),
		Burst:       r.whole("burst"),
		Concurrency: r.whole("concurrency"),
		Timeout:     r.number("timeout"),
	}
	if !r.found {
		return nil, nil
	}
	return &o, checkOptions(o)
}

// checkOptions leaves schedules to the management API: here a retry is the
// default one or none.
func checkOptions(o onevent.DeliveryOptions) error {
	switch o.Retry {
	case "", onevent.RetryDefault, onevent.RetryNone:
	default:
		return errOptions("retry must be one of " + onevent.RetryDefault + ", " + onevent.RetryNone)
	}
	if err := o.Check(); err != nil {
		return errOptions(err.Error())
	}
	return nil
}

func errOptions(description string) error { return rest.ErrArgument("OPTIONS", description) }

// optionReader reads options. What is given and can't be meant becomes a value
// that DeliveryOptions.Check refuses; zero would be what is not given.
type optionReader struct {
	from  wire.Value
	found bool
}

// noText and noNumber are no values of any option.
const (
	noText   = "?"
	noNumber = -1
)

// get finds an option that is not null.
func (r *optionReader) get(name string) (wire.Value, bool) {
	v, ok := r.from.Fold(name)
	if !ok || v.IsNull() {
		return v, false
	}
	r.found = true
	return v, true
}

func (r *optionReader) text(name string) string {
	v, ok := r.get(name)
	if !ok {
		return ""
	}
	return cmp.Or(v.Text(), noText)
}

func (r *optionReader) number(name string) float64 {
	v, ok := r.get(name)
	if !ok {
		return 0
	}
	n, err := strconv.ParseFloat(v.Text(), 64)
	if !v.IsScalar() || err != nil || n == 0 {
		return noNumber
	}
	return n
}

func (r *optionReader) whole(name string) int {
	v, ok := r.get(name)
	if !ok {
		return 0
	}
	n, isInt := v.Int()
	if !isInt || n == 0 || n != int64(int32(n)) {
		return noNumber
	}
	return int(n)
}
