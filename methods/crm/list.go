package crm

import (
	"context"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/rest"
	"github.com/onevent/onevent/wire"
)

// list is crm.activity.list; section 1.4. Rows that the caller may not read are
// neither shown nor counted.
func (m *methods) list(ctx context.Context, c *rest.Call) (any, error) {
	query, err := readQuery(c)
	if err != nil {
		return nil, err
	}
	var page onevent.Page
	err = m.Store.View(ctx, func(r onevent.Reader) error {
		page, err = r.Query(query)
		return err
	})
	if err != nil {
		return nil, err
	}
	rows, err := shownRows(page.Records, readSelect(c), c.Zone())
	if err != nil {
		return nil, err
	}
	return rest.NewList(c, rows, page.Total), nil
}

func shownRows(records []onevent.Record, selected []*field, zone *time.Location) ([]wire.Value, error) {
	rows := make([]wire.Value, len(records))
	for i, record := range records {
		var row wire.Value
		if err := row.UnmarshalJSON(record.Fields); err != nil {
			return nil, err
		}
		rows[i] = shown(record.ID, row, selected, zone)
	}
	return rows, nil
}

func readQuery(c *rest.Call) (onevent.Query, error) {
	q := onevent.Query{
		Portal: c.Portal.ID,
		Kind:   ObjectType,
		Offset: c.Offset(),
		Limit:  rest.PageSize,
		Count:  c.Start != rest.NoCount,
	}
	order, err := optionalArray(c, "order")
	if err != nil {
		return q, err
	}
	q.Order = readOrder(order)
	filter, err := optionalArray(c, "filter")
	if err != nil {
		return q, err
	}
	reader := filterReader{zone: c.Zone()}
	if err := reader.read(filter); err != nil {
		return q, err
	}
	q.Where, q.AnyOf = reader.where, withRights(c.User, reader.bindings)
	return q, nil
}

func optionalArray(c *rest.Call, name string) (wire.Value, error) {
	if param(c, name).IsEmpty() {
		return wire.Map(), nil
	}
	return readArray(c, name)
}

// readOrder ignores fields that it does not know; what is not DESC is ASC.
func readOrder(v wire.Value) []onevent.Order {
	var out []onevent.Order
	for _, f := range v.Fields() {
		by := fieldByName(strings.ToUpper(f.Key))
		if by == nil || !by.isSortable() {
			continue
		}
		out = append(out, onevent.Order{Field: by.name, Number: by.isNumber(), Desc: strings.EqualFold(f.Value.Text(), "DESC")})
		if len(out) == len(fields) {
			break
		}
	}
	if len(out) == 0 {
		return []onevent.Order{{Field: "START_TIME"}}
	}
	return out
}

func (f *field) isSortable() bool { return f.kind != multiple && f.kind != object }

func (f *field) isNumber() bool {
	return f.kind == whole || f.kind == positive || f.kind == choice || f.kind == double
}

// readSelect gives the scalar fields unless some are named.
func readSelect(c *rest.Call) []*field {
	names := map[string]bool{}
	for _, v := range param(c, "select").Values() {
		names[strings.ToUpper(v.Text())] = true
	}
	var out []*field
	for i := range fields {
		f := &fields[i]
		if names[f.name] || names["*"] && f.kind != multiple {
			out = append(out, f)
		}
	}
	if len(out) == 0 {
		return scalars()
	}
	return out
}

// Bounds that keep a query within what every store can run.
const (
	maxConditions = 100
	maxPattern    = 4096
)

func errFilter(description string) error { return rest.ErrArgument("filter", description) }

// filterReader turns a filter into conditions.
type filterReader struct {
	zone     *time.Location
	where    []onevent.Cond
	bindings []onevent.Cond // any of them
}

func (r *filterReader) read(filter wire.Value) error {
	for _, f := range filter.Fields() {
		op, name := rest.FilterKey(f.Key)
		if err := r.add(op, strings.ToUpper(name), f.Value); err != nil {
			return err
		}
		if len(r.where) > maxConditions || len(r.bindings) > maxConditions {
			return errFilter("Too many conditions")
		}
	}
	return nil
}

// add ignores fields that it does not know.
func (r *filterReader) add(op onevent.Op, name string, v wire.Value) error {
	f := fieldByName(name)
	if f == nil || f.kind == object {
		return nil
	}
	if f.kind == multiple {
		r.addBindings(f, v)
		return nil
	}
	cond := onevent.Cond{Field: f.name, Op: op, Number: f.isNumber(), Values: r.values(f, op, v)}
	return r.put(cond, v)
}

// addBindings reads the list of entities of which one must be bound.
func (r *filterReader) addBindings(f *field, v wire.Value) {
	if f.name != "BINDINGS" {
		return
	}
	items := v.Values()
	if _, single := v.Fold("OWNER_ID"); single {
		items = []wire.Value{v}
	}
	for _, item := range items {
		key := entityOf(item, "OWNER_TYPE_ID", "OWNER_ID").key()
		r.bindings = append(r.bindings, onevent.Cond{Field: bindingKeys, Op: onevent.OpContains, Values: []string{key}})
	}
}

func (r *filterReader) values(f *field, op onevent.Op, v wire.Value) []string {
	var out []string
	for _, item := range valuesOf(v) {
		out = append(out, r.value(f, op, item))
	}
	return out
}

func valuesOf(v wire.Value) []wire.Value {
	if v.IsList() || v.IsMap() {
		return v.Values()
	}
	return []wire.Value{v}
}

// value is the text to compare with, in the form in which the row keeps it.
func (r *filterReader) value(f *field, op onevent.Op, v wire.Value) string {
	text := v.Text()
	switch {
	case isPattern(op) || text == "":
		return text
	case f.isNumber():
		return numberText(text)
	case f.kind == datetime:
		if m, ok := rest.ParseTime(text, r.zone); ok {
			return keptTime(m.Time).Text()
		}
	case f.kind == yesNo:
		return yesNoText(v).Text()
	}
	return text
}

// numberText reads what is no number as 0, as PHP does.
func numberText(text string) string {
	text = strings.TrimSpace(text)
	if _, err := strconv.ParseInt(text, 10, 64); err == nil {
		return text
	}
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsInf(n, 0) || math.IsNaN(n) {
		return "0"
	}
	return strconv.FormatFloat(n, 'f', -1, 64)
}

func isPattern(op onevent.Op) bool {
	switch op {
	case onevent.OpContains, onevent.OpNotContains, onevent.OpLike, onevent.OpNotLike:
		return true
	}
	return false
}

// put gives a list of values to the operators that take one, and the first value
// to those that take no list.
func (r *filterReader) put(cond onevent.Cond, v wire.Value) error {
	if isPattern(cond.Op) {
		cond.Number = false
	}
	if v.IsList() || v.IsMap() {
		cond.Op = listOp(cond.Op)
	}
	if cond.Op != onevent.OpIn && cond.Op != onevent.OpNotIn {
		if len(cond.Values) == 0 {
			return nil
		}
		cond.Values = cond.Values[:1]
		if isPattern(cond.Op) && len(cond.Values[0]) > maxPattern {
			return errFilter("The text to look for is too long")
		}
	}
	r.where = append(r.where, cond)
	return nil
}

func listOp(op onevent.Op) onevent.Op {
	switch op {
	case onevent.OpEqual:
		return onevent.OpIn
	case onevent.OpNotEqual:
		return onevent.OpNotIn
	}
	return op
}

// withRights joins the two alternatives that a row must fulfil: one of the
// bindings, and one of the reasons why the user may read it.
func withRights(user *onevent.User, bindings []onevent.Cond) [][]onevent.Cond {
	var groups [][]onevent.Cond
	for _, b := range bindings {
		groups = append(groups, []onevent.Cond{b})
	}
	if user.Admin {
		return groups
	}
	if len(groups) == 0 {
		groups = [][]onevent.Cond{nil}
	}
	var out [][]onevent.Cond
	for _, g := range groups {
		for _, field := range []string{"AUTHOR_ID", "RESPONSIBLE_ID"} {
			own := onevent.Cond{Field: field, Op: onevent.OpEqual, Number: true, Values: []string{number(int64(user.ID)).Text()}}
			out = append(out, append([]onevent.Cond{own}, g...))
		}
	}
	return out
}
