package event

import (
	"errors"
	"strconv"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/rest"
	"github.com/onevent/onevent/wire"
)

// destination finds or makes the queue of the URL and gives it the options.
func (m *methods) destination(tx onevent.Tx, c *rest.Call, want *wanted) (onevent.DestinationID, error) {
	if d := m.Directory.DestinationOf(c.Owner(), want.url); d != nil {
		return d.ID, m.setOptions(tx, d, want)
	}
	id, err := tx.NextID("destination")
	if err != nil {
		return 0, err
	}
	row := onevent.Destination{
		ID:      onevent.DestinationID(id),
		Portal:  c.Portal.ID,
		Owner:   c.Owner(),
		URL:     want.url,
		Created: m.Clock.Now(),
	}
	if want.options != nil {
		row.Options = *want.options
	}
	err = m.Directory.PutDestination(tx, row)
	if errors.Is(err, onevent.ErrConflict) {
		return m.madeMeanwhile(tx, c, want)
	}
	return row.ID, err
}

// madeMeanwhile finds the destination that another bind has made since the
// directory was asked.
func (m *methods) madeMeanwhile(tx onevent.Tx, c *rest.Call, want *wanted) (onevent.DestinationID, error) {
	var made *onevent.Destination
	err := tx.Destinations().Each(func(d onevent.Destination) error {
		if d.Owner == c.Owner() && d.URL == want.url {
			made = &d
		}
		return nil
	})
	if err != nil || made == nil {
		return 0, errors.Join(err, onevent.Errorf(onevent.CodeInternal, "a destination is taken and not to be found"))
	}
	return made.ID, m.setOptions(tx, made, want)
}

func (m *methods) setOptions(tx onevent.Tx, d *onevent.Destination, want *wanted) error {
	if want.options == nil || *want.options == d.Options {
		return nil
	}
	row := *d
	row.Options = *want.options
	if err := m.Directory.PutDestination(tx, row); err != nil {
		return err
	}
	tx.OnCommit(func() { m.Publisher.Queue.Wake(row.ID) })
	return nil
}

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
		Order:       r.oneOf("order", onevent.OrderObject, onevent.OrderNone, onevent.OrderAll),
		Retry:       r.oneOf("retry", onevent.RetryDefault, onevent.RetryNone),
		Rate:        r.number("rate", 0, maxRate),
		Burst:       int(r.whole("burst", 1, maxRate)),
		Concurrency: int(r.whole("concurrency", 1, 256)),
		Timeout:     r.number("timeout", 1, 60),
	}
	if r.err != nil || !r.found {
		return nil, r.err
	}
	return &o, nil
}

// maxRate is more events a second than one URL can take.
const maxRate = 1_000_000

func errOptions(description string) error { return rest.ErrArgument("OPTIONS", description) }

// optionReader reads options and keeps the first fault.
type optionReader struct {
	from  wire.Value
	found bool
	err   error
}

// get finds an option that is not empty.
func (r *optionReader) get(name string) (wire.Value, bool) {
	v, ok := r.from.Fold(name)
	if !ok || v.IsNull() {
		return v, false
	}
	r.found = true
	return v, true
}

func (r *optionReader) fault(description string) {
	if r.err == nil {
		r.err = errOptions(description)
	}
}

func (r *optionReader) oneOf(name string, values ...string) string {
	v, ok := r.get(name)
	if !ok {
		return ""
	}
	for _, allowed := range values {
		if v.Text() == allowed {
			return allowed
		}
	}
	r.fault(name + " must be one of " + joined(values))
	return ""
}

func joined(values []string) string {
	out := values[0]
	for _, v := range values[1:] {
		out += ", " + v
	}
	return out
}

// number reads one above 0 from least to most.
func (r *optionReader) number(name string, least, most float64) float64 {
	v, ok := r.get(name)
	if !ok {
		return 0
	}
	n, err := strconv.ParseFloat(v.Text(), 64)
	if !v.IsScalar() || err != nil || !(n > 0 && n >= least && n <= most) {
		r.fault(name + " must be a number above 0, from " + format(least) + " to " + format(most))
		return 0
	}
	return n
}

func (r *optionReader) whole(name string, least, most int64) int64 {
	v, ok := r.get(name)
	if !ok {
		return 0
	}
	n, isInt := v.Int()
	if !isInt || n < least || n > most {
		r.fault(name + " must be a whole number from " + format(float64(least)) + " to " + format(float64(most)))
		return 0
	}
	return n
}

func format(n float64) string { return strconv.FormatFloat(n, 'f', -1, 64) }
