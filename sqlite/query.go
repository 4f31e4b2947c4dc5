package sqlite

import (
	"math"
	"strconv"
	"strings"

	"github.com/onevent/onevent"
)

// expression is SQL text with its arguments. Values and field names are always
// arguments.
type expression struct {
	text strings.Builder
	args []any
}

func (e *expression) add(text string, args ...any) {
	e.text.WriteString(text)
	e.args = append(e.args, args...)
}

func (e *expression) append(other expression) { e.add(other.text.String(), other.args...) }

// condition is what the rows of a query fulfil.
func condition(q *onevent.Query) (expression, error) {
	e := expression{}
	e.add("portal = ? AND kind = ?", int64(q.Portal), q.Kind)
	if err := e.all(q.Where); err != nil || len(q.AnyOf) == 0 {
		return e, err
	}
	e.add(" AND (0")
	for _, group := range q.AnyOf {
		e.add(" OR (1")
		if err := e.all(group); err != nil {
			return e, err
		}
		e.add(")")
	}
	e.add(")")
	return e, nil
}

func (e *expression) all(conds []onevent.Cond) error {
	for i := range conds {
		e.add(" AND ")
		if err := e.cond(&conds[i]); err != nil {
			return err
		}
	}
	return nil
}

func (e *expression) cond(c *onevent.Cond) error {
	isList := c.Op == onevent.OpIn || c.Op == onevent.OpNotIn
	if !isList && len(c.Values) != 1 {
		return onevent.Errorf(onevent.CodeInvalid, "the operator %q takes one value", string(c.Op))
	}
	if numbers, ok := identities(c); ok {
		c = numbers
	}
	switch c.Op {
	case onevent.OpIn, onevent.OpNotIn:
		return e.in(c)
	case onevent.OpEqual, onevent.OpLess, onevent.OpLessEqual, onevent.OpGreater, onevent.OpGreaterEqual:
		return e.compare(c, " "+string(c.Op)+" ?")
	case onevent.OpNotEqual:
		return e.compare(c, " IS NOT ?")
	case onevent.OpContains:
		return e.match(c, "instr(lower(", "), lower(?)) > 0")
	case onevent.OpNotContains:
		return e.match(c, "instr(lower(", "), lower(?)) = 0")
	case onevent.OpLike:
		return e.match(c, "(", ` LIKE ? ESCAPE '\')`)
	case onevent.OpNotLike:
		return e.match(c, "(", ` NOT LIKE ? ESCAPE '\')`)
	}
	return onevent.Errorf(onevent.CodeInvalid, "unknown operator %q", string(c.Op))
}

// identities turns IDs that are equal as text into numbers, which the primary
// key finds. Only a number as it is printed is the text of an ID.
func identities(c *onevent.Cond) (*onevent.Cond, bool) {
	if c.Field != onevent.FieldID || c.Number || c.Op != onevent.OpEqual && c.Op != onevent.OpIn {
		return nil, false
	}
	numbers := onevent.Cond{Field: c.Field, Op: onevent.OpIn, Number: true}
	for _, text := range c.Values {
		if n, err := strconv.ParseInt(text, 10, 64); err == nil && strconv.FormatInt(n, 10) == text {
			numbers.Values = append(numbers.Values, text)
		}
	}
	return &numbers, true
}

func (e *expression) compare(c *onevent.Cond, test string) error {
	if err := e.field(c.Field, c.Number); err != nil {
		return err
	}
	e.add(test, value(c.Values[0], c.Number))
	return nil
}

func (e *expression) match(c *onevent.Cond, before, after string) error {
	e.add(before)
	if err := e.field(c.Field, false); err != nil {
		return err
	}
	e.add(after, c.Values[0])
	return nil
}

// in leaves out values that are no number, since nothing equals them.
func (e *expression) in(c *onevent.Cond) error {
	if err := e.field(c.Field, c.Number); err != nil {
		return err
	}
	if c.Op == onevent.OpNotIn {
		e.add(" NOT")
	}
	e.add(" IN (")
	separator := ""
	for _, text := range c.Values {
		if v := value(text, c.Number); v != nil {
			e.add(separator+"?", v)
			separator = ", "
		}
	}
	e.add(")")
	return nil
}

// value is what a field is compared with: text, or a number. The empty text
// stands for absence, which is less than every number; other text that is no
// number gives NULL.
func value(text string, number bool) any {
	if !number {
		return text
	}
	text = strings.TrimSpace(text)
	if text == "" {
		return math.Inf(-1)
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n
	}
	if n, err := strconv.ParseFloat(text, 64); err == nil && isDecimal(text) {
		return n
	}
	return nil
}

// isDecimal keeps out what only Go reads as a number: "inf", "0x1p-2".
func isDecimal(text string) bool {
	return strings.Trim(text, "0123456789+-.eE") == ""
}

// field is a record's field as text or as a number. A JSON number's text is as
// it was written; what is null or absent counts as "" and as less than every
// number, and so does, as a number, text that is none.
func (e *expression) field(name string, number bool) error {
	if !validField(name) {
		return onevent.Errorf(onevent.CodeInvalid, "%q cannot be the name of a field", name)
	}
	path := `$."` + name + `"`
	switch {
	case name == onevent.FieldID && number:
		e.add("id")
	case name == onevent.FieldID:
		e.add("CAST(id AS TEXT)")
	case number:
		e.add(`ifnull((SELECT CAST(v AS NUMERIC) FROM (SELECT fields ->> ? AS v)
			WHERE CAST(v AS NUMERIC) = v), -9e999)`, path)
	default:
		e.add(`CASE json_type(fields, ?) WHEN 'text' THEN fields ->> ? WHEN 'null' THEN ''
			ELSE ifnull(fields -> ?, '') END`, path, path, path)
	}
	return nil
}

func validField(name string) bool {
	for _, c := range []byte(name) {
		switch {
		case c >= '0' && c <= '9', c >= 'A' && c <= 'Z', c >= 'a' && c <= 'z', c == '_', c == '~', c == '.':
		default:
			return false
		}
	}
	return name != ""
}

// order is by the named fields, then by ID.
func (e *expression) order(by []onevent.Order) error {
	e.add(" ORDER BY ")
	for _, o := range by {
		if err := e.field(o.Field, o.Number); err != nil {
			return err
		}
		if o.Desc {
			e.add(" DESC")
		}
		e.add(", ")
	}
	e.add("id")
	return nil
}
