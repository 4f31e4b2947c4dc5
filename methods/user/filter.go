package user

import (
	"slices"
	"strings"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/rest"
	"github.com/onevent/onevent/wire"
)

// Bounds of what one call may make the server compare.
const (
	maxConditions = 100
	maxPattern    = 255 // bytes
	maxPrefix     = 2
)

// filterReader turns parameters into conditions. Fields that the scope does not
// show are not compared either: an answer would tell what they hold.
type filterReader struct {
	call          *rest.Call
	visible       []*field
	searching     bool // by user.search
	where         []condition
	wantsProfiles bool
}

// read takes the top level where there is no `FILTER`.
func (r *filterReader) read() error {
	filter := r.call.Param("filter")
	if !filter.IsMap() && !filter.IsList() {
		filter = r.call.Params
	}
	for _, f := range filter.Fields() {
		op, name := rest.FilterKey(f.Key)
		if len(f.Key)-len(name) > maxPrefix || f.Value.IsNull() {
			continue
		}
		if err := r.add(op, strings.ToUpper(name), f.Value); err != nil {
			return err
		}
		if len(r.where) > maxConditions {
			return errConditions
		}
	}
	return nil
}

// add drops what it does not know.
func (r *filterReader) add(op onevent.Op, name string, v wire.Value) error {
	if keep, ok := r.special(name); ok {
		return r.addSpecial(keep, op, v)
	}
	f := fieldIn(r.visible, name)
	switch {
	case f == nil || f.kind == file:
		return nil
	case f.kind == yesNo:
		r.addYesNo(f, op, v)
		return nil
	}
	if r.searching && isSearched(name) && op == onevent.OpEqual {
		op = onevent.OpContains
	}
	return r.addField(f, op, v)
}

func (r *filterReader) keep(f *field, holds condition) {
	r.where = append(r.where, holds)
	r.wantsProfiles = r.wantsProfiles || !f.bare
}

// addYesNo takes no operator but `=`.
func (r *filterReader) addYesNo(f *field, op onevent.Op, v wire.Value) {
	if op != onevent.OpEqual || !v.IsScalar() || v.Text() == "" && v.Kind() == wire.KindString {
		return
	}
	wanted := yesOrNo(v)
	r.keep(f, func(p person) bool { return yesOrNo(f.show(r.call, p)) == wanted })
}

func yesOrNo(v wire.Value) string {
	if v.Truthy() {
		return "Y"
	}
	return "N"
}

func (r *filterReader) addField(f *field, op onevent.Op, v wire.Value) error {
	values := textsOf(v)
	if !v.IsScalar() {
		op = op.ForList()
	}
	kind := f.kind
	if op.IsPattern() {
		kind = text
		if len(values) > 0 && len(values[0]) > maxPattern {
			return errPattern
		}
	}
	holds := comparison(op, kind, values, r.call.Zone())
	r.keep(f, func(p person) bool { return holds(f.keysAs(kind, r.call, p)) })
	return nil
}

// textsOf leaves out what is no scalar, such as the rows that a reference to a
// row beyond the last stands for.
func textsOf(v wire.Value) []string {
	var out []string
	for _, item := range valuesOf(v) {
		if item.IsScalar() || item.IsNull() {
			out = append(out, item.Text())
		}
	}
	return out
}

// special adds what is looked for under a name that is no field.
type special func(r *filterReader, op onevent.Op, v wire.Value)

func (r *filterReader) special(name string) (special, bool) {
	switch {
	case name == "NAME_SEARCH":
		return (*filterReader).addNames, true
	case name == "HAS_DEPARTAMENT":
		return (*filterReader).addHasDepartment, true
	case r.searching && name == "FIND":
		return (*filterReader).addFind, true
	case r.searching && name == "UF_DEPARTMENT_NAME":
		return (*filterReader).addNobody, true
	}
	return nil, false
}

func (r *filterReader) addSpecial(add special, op onevent.Op, v wire.Value) error {
	if v.Text() == "" || isNegative(op) {
		return nil
	}
	if len(v.Text()) > maxPattern {
		return errPattern
	}
	add(r, op, v)
	return nil
}

// Fields in which words are looked for.
var (
	nameFields = []string{"NAME", "LAST_NAME", "SECOND_NAME"}
	findFields = []string{"NAME", "LAST_NAME", "SECOND_NAME", "WORK_POSITION"}
)

func isSearched(name string) bool { return slices.Contains(findFields, name) }

func (r *filterReader) addNames(_ onevent.Op, v wire.Value) { r.addWords(nameFields, v) }
func (r *filterReader) addFind(_ onevent.Op, v wire.Value)  { r.addWords(findFields, v) }

// addWords wants every word of a text in one of the fields.
func (r *filterReader) addWords(names []string, v wire.Value) {
	words := strings.Fields(strings.ToLower(v.Text()))
	var in []*field
	for _, name := range names {
		in = append(in, fieldIn(r.visible, name))
	}
	r.wantsProfiles = true
	r.where = append(r.where, func(p person) bool {
		var said strings.Builder
		for _, f := range in {
			said.WriteString(strings.ToLower(f.show(r.call, p).Text()) + "\n")
		}
		return !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(said.String(), w) })
	})
}

func (r *filterReader) addHasDepartment(op onevent.Op, v wire.Value) {
	if op != onevent.OpEqual {
		return
	}
	r.wantsProfiles = true
	r.where = append(r.where, func(p person) bool { return len(p.departments()) > 0 == v.Truthy() })
}

// addNobody: departments have no names here.
func (r *filterReader) addNobody(onevent.Op, wire.Value) {
	r.where = append(r.where, func(person) bool { return false })
}
