package crm

import (
	"slices"
	"strconv"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/rest"
	"github.com/onevent/onevent/wire"
)

// Bounds that keep a query within what every store can run. A pattern is tried at
// every place of a text, so all of them together count, in bytes.
const (
	maxConditions = 100
	maxPatterns   = 1024
)

var (
	errConditions = rest.ErrArgument("filter", "Too many conditions")
	errPatterns   = rest.ErrArgument("filter", "The text to look for is too long")
)

// filterReader turns a filter into conditions; docs/protocol/rest.md section 7.
type filterReader struct {
	zone     *time.Location
	where    []onevent.Cond
	anyOf    [][]onevent.Cond // the alternatives that entities are
	patterns int              // bytes
}

func (r *filterReader) read(filter wire.Value) error {
	for _, f := range filter.Fields() {
		if err := r.add(f.Key, f.Value); err != nil {
			return err
		}
		if len(r.where) > maxConditions {
			return errConditions
		}
	}
	return nil
}

// add ignores fields that it does not know.
func (r *filterReader) add(key string, v wire.Value) error {
	op, name, err := rest.KnownFilterKey(key)
	if err != nil {
		return err
	}
	f := fieldByName(name)
	switch {
	case f == nil:
		return nil
	case f.name == "BINDINGS":
		return r.bind(key, op, v)
	case f.isScalar():
		return r.compare(f, op, v)
	}
	return nil
}

// compare gives a list of values to the operators that take one, and the first
// value to those that take no list. An empty list has none, and nothing equals it:
// a reader whose last page was empty is given no page again.
func (r *filterReader) compare(f *field, op onevent.Op, v wire.Value) error {
	if v.IsList() || v.IsMap() {
		op = op.ForList()
	}
	cond := onevent.Cond{Field: f.name, Op: op, Number: f.isNumber() && !op.IsPattern(), Values: r.values(f, op, v)}
	if !op.TakesList() {
		cond = withOneValue(cond)
	}
	if op.IsPattern() && len(cond.Values) > 0 {
		r.patterns += len(cond.Values[0])
	}
	if r.patterns > maxPatterns {
		return errPatterns
	}
	r.where = append(r.where, cond)
	return nil
}

// withOneValue keeps the first value. Where none can be read nothing equals it,
// and nothing is less or greater.
func withOneValue(cond onevent.Cond) onevent.Cond {
	switch {
	case len(cond.Values) > 0:
		cond.Values = cond.Values[:1]
	case cond.Op == onevent.OpNotEqual, cond.Op == onevent.OpNotContains, cond.Op == onevent.OpNotLike:
		cond.Op = onevent.OpNotIn
	default:
		cond.Op = onevent.OpIn
	}
	return cond
}

// values are the texts to compare with, in the form in which the row keeps them.
// What is no scalar and what can't be read is left out.
func (r *filterReader) values(f *field, op onevent.Op, v wire.Value) []string {
	items := v.Values()
	if !v.IsList() && !v.IsMap() {
		items = []wire.Value{v}
	}
	out := make([]string, 0, len(items))
	for _, item := range items {
		if text, ok := r.value(f, op, item); ok {
			out = append(out, text)
		}
	}
	return out
}

func (r *filterReader) value(f *field, op onevent.Op, v wire.Value) (text string, ok bool) {
	text = v.Text()
	switch {
	case v.IsList() || v.IsMap():
		return "", false
	case op.IsPattern() || text == "":
		return text, true
	case f.kind == double:
		return decimalText(text), true
	case f.isNumber():
		return wholeOrDecimal(text), true
	case f.kind == datetime:
		m, ok := rest.ParseTime(text, r.zone)
		return keptText(m.Time), ok
	case f.kind == yesNo:
		return yesNoText(v).Text(), true
	}
	return text, true
}

// bind reads the list of entities of which one must be bound, or none of them.
func (r *filterReader) bind(key string, op onevent.Op, v wire.Value) error {
	items := bindingItems(v)
	switch {
	case len(items) == 0:
		return nil
	case len(items)*max(len(r.anyOf), 1) > maxConditions:
		return errConditions
	}
	switch op {
	case onevent.OpEqual, onevent.OpIn:
		r.anyOf = product(r.anyOf, boundTo(items, onevent.OpContains))
	case onevent.OpNotEqual, onevent.OpNotIn:
		r.where = append(r.where, boundTo(items, onevent.OpNotContains)...)
	default:
		return rest.ErrFilterOperator(key)
	}
	return nil
}

func boundTo(items []wire.Value, op onevent.Op) []onevent.Cond {
	conds := make([]onevent.Cond, len(items))
	for i, item := range items {
		conds[i] = onevent.Cond{Field: bindingKeys, Op: op, Values: []string{bindingPart(item)}}
	}
	return conds
}

// product are the alternatives of both: one of the groups and one of the
// conditions. No groups stand for one that always holds.
func product(groups [][]onevent.Cond, conds []onevent.Cond) [][]onevent.Cond {
	if len(groups) == 0 {
		groups = [][]onevent.Cond{nil}
	}
	var all [][]onevent.Cond
	for _, g := range groups {
		for _, c := range conds {
			all = append(all, append(slices.Clip(g), c))
		}
	}
	return all
}

func bindingItems(v wire.Value) []wire.Value {
	_, hasType := v.Fold("OWNER_TYPE_ID")
	_, hasID := v.Fold("OWNER_ID")
	if hasType || hasID {
		return []wire.Value{v}
	}
	return v.Values()
}

// bindingPart is what the bindingKeys of a row contain that is bound to an
// entity, or to any of a type, or to any with an id.
func bindingPart(item wire.Value) string {
	_, hasType := item.Fold("OWNER_TYPE_ID")
	_, hasID := item.Fold("OWNER_ID")
	e := entityOf(item, "OWNER_TYPE_ID", "OWNER_ID")
	switch {
	case hasType && !hasID:
		return "|" + strconv.FormatInt(e.typ, 10) + ":"
	case hasID && !hasType:
		return ":" + strconv.FormatInt(e.id, 10) + "|"
	}
	return e.key()
}

// withRights adds the reasons why the user may read a row.
func withRights(user *onevent.User, groups [][]onevent.Cond) [][]onevent.Cond {
	if user.Admin {
		return groups
	}
	id := []string{number(int64(user.ID)).Text()}
	return product(groups, []onevent.Cond{
		{Field: "AUTHOR_ID", Op: onevent.OpEqual, Number: true, Values: id},
		{Field: "RESPONSIBLE_ID", Op: onevent.OpEqual, Number: true, Values: id},
	})
}
