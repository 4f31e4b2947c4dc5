package crm

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/onevent/onevent/rest"
	"github.com/onevent/onevent/wire"
)

// read gives a value as the row keeps it. Only dates and files can be of a form
// that is refused.
func (f *field) read(v wire.Value, zone *time.Location) (kept wire.Value, ok bool) {
	switch f.kind {
	case whole, positive:
		return wholeText(v), true
	case choice:
		return f.choose(v), true
	case yesNo:
		return yesNoText(v), true
	case datetime:
		return readTime(v, zone)
	case double:
		return doubleText(v), true
	case object:
		return listOrMap(v), true
	case files:
		return none, areFiles(v)
	}
	return f.readText(v), true
}

func wholeText(v wire.Value) wire.Value {
	n, _ := v.Int()
	return number(n)
}

func (f *field) choose(v wire.Value) wire.Value {
	if n, ok := v.Int(); ok && slices.Contains(f.values, n) {
		return number(n)
	}
	return f.absent
}

// yesNoText knows how a yes is written; docs/protocol/rest.md section 10. All else
// is no.
func yesNoText(v wire.Value) wire.Value {
	switch strings.ToUpper(strings.TrimSpace(v.Text())) {
	case "Y", "1", "TRUE":
		return yes
	}
	return no
}

func readTime(v wire.Value, zone *time.Location) (wire.Value, bool) {
	if v.IsEmpty() {
		return null, true
	}
	m, ok := rest.ParseTime(v.Text(), zone)
	return keptTime(m.Time), ok
}

// keptLayout has, in UTC, one length for all years, so that dates compare as
// text. It is the layout that package time reads and prints fastest.
const keptLayout = time.RFC3339

func keptText(t time.Time) string { return t.UTC().Format(keptLayout) }

func keptTime(t time.Time) wire.Value { return wire.String(keptText(t)) }

func doubleText(v wire.Value) wire.Value {
	n, ok := decimal(v.Text())
	if !ok {
		return null
	}
	return wire.String(formatDecimal(n))
}

// decimal keeps out what only Go reads as a number: "inf", "0x1p-2", "1_0".
func decimal(text string) (float64, bool) {
	text = strings.TrimSpace(text)
	n, err := strconv.ParseFloat(text, 64)
	return n, err == nil && !math.IsInf(n, 0) && strings.Trim(text, "0123456789+-.eE") == ""
}

// formatDecimal writes both zeros alike.
func formatDecimal(n float64) string { return strconv.FormatFloat(n+0, 'f', -1, 64) }

// decimalText reads what is no number as 0, as PHP does.
func decimalText(text string) string {
	n, ok := decimal(text)
	if !ok {
		return "0"
	}
	return formatDecimal(n)
}

// wholeOrDecimal keeps a whole number exact.
func wholeOrDecimal(text string) string {
	text = strings.TrimSpace(text)
	if _, err := strconv.ParseInt(text, 10, 64); err == nil {
		return text
	}
	return decimalText(text)
}

// listOrMap prints what is empty as [], as PHP does, at any depth.
func listOrMap(v wire.Value) wire.Value {
	switch {
	case v.Len() == 0:
		return none
	case v.IsList():
		items := slices.Clone(v.Items())
		for i, item := range items {
			items[i] = emptyAsList(item)
		}
		return wire.List(items...)
	}
	fields := slices.Clone(v.Fields())
	for i, f := range fields {
		fields[i].Value = emptyAsList(f.Value)
	}
	return wire.Map(fields...)
}

func emptyAsList(v wire.Value) wire.Value {
	if v.IsList() || v.IsMap() {
		return listOrMap(v)
	}
	return v
}

func (f *field) readText(v wire.Value) wire.Value {
	if !v.IsScalar() {
		return f.absent
	}
	return wire.String(v.Text())
}
