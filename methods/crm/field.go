package crm

import (
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/onevent/onevent/rest"
	"github.com/onevent/onevent/wire"
)

// kind is how a field is read, kept and compared.
type kind int

const (
	whole    kind = iota // decimal text; what is no number is 0
	positive             // an id
	choice               // one of the field's values, else its default
	text
	yesNo
	datetime // kept in UTC, printed in the portal's zone
	double   // decimal text or null
	object   // a list or map
	multiple // a list of rows, shown only when it is selected by name
)

// flags tell who may set a field.
type flags int

const (
	readOnly flags = 1 << iota
	immutable
	required
	deprecated
)

// field is one row of the table in section 1.1.
type field struct {
	name   string
	kind   kind
	typ    string // as crm.activity.fields names it
	flags  flags
	absent wire.Value // when it is not given
	values []int64    // of a choice
	title  string
}

func (f *field) is(flag flags) bool { return f.flags&flag != 0 }

var (
	null  = wire.Null()
	zero  = wire.String("0")
	empty = wire.String("")
	none  = wire.List()
	no    = wire.String("N")
)

// fields are in the order of section 1.2.
var fields = []field{
	{name: "ID", kind: positive, typ: "integer", flags: readOnly, title: "ID"},
	{name: "OWNER_ID", kind: positive, typ: "integer", flags: immutable, title: "Owner"},
	{name: "OWNER_TYPE_ID", kind: positive, typ: "crm_enum_ownertype", flags: immutable, title: "Owner type"},
	{name: "TYPE_ID", kind: positive, typ: "crm_enum_activitytype", flags: required | immutable, title: "Type"},
	{name: "PROVIDER_ID", kind: text, typ: "string", title: "Provider ID"},
	{name: "PROVIDER_TYPE_ID", kind: text, typ: "string", title: "Provider type"},
	{name: "PROVIDER_GROUP_ID", kind: text, typ: "string", title: "Connector type"},
	{name: "ASSOCIATED_ENTITY_ID", kind: whole, typ: "integer", flags: readOnly, absent: zero, title: "Associated entity"},
	{name: "SUBJECT", kind: text, typ: "string", flags: required, absent: empty, title: "Subject"},
	{name: "START_TIME", kind: datetime, typ: "datetime", title: "Start"},
	{name: "END_TIME", kind: datetime, typ: "datetime", title: "End"},
	{name: "DEADLINE", kind: datetime, typ: "datetime", title: "Deadline"},
	{name: "COMPLETED", kind: yesNo, typ: "char", absent: no, title: "Completed"},
	{name: "STATUS", kind: choice, typ: "crm_enum_activitystatus", absent: wire.String("1"), values: []int64{1, 2, 3}, title: "Status"},
	{name: "RESPONSIBLE_ID", kind: positive, typ: "user", flags: required, title: "Responsible person"},
	{name: "PRIORITY", kind: choice, typ: "crm_enum_activitypriority", absent: wire.String("2"), values: []int64{1, 2, 3}, title: "Priority"},
	{name: "NOTIFY_TYPE", kind: choice, typ: "crm_enum_activitynotifytype", absent: zero, values: []int64{0, 1, 2, 3}, title: "Notification type"},
	{name: "NOTIFY_VALUE", kind: whole, typ: "integer", absent: zero, title: "Notification parameter"},
	{name: "DESCRIPTION", kind: text, typ: "string", absent: empty, title: "Description"},
	{name: "DESCRIPTION_TYPE", kind: choice, typ: "crm_enum_contenttype", absent: wire.String("1"), values: []int64{1, 2, 3}, title: "Description type"},
	{name: "DIRECTION", kind: choice, typ: "crm_enum_activitydirection", absent: zero, values: []int64{0, 1, 2}, title: "Direction"},
	{name: "LOCATION", kind: text, typ: "string", absent: empty, title: "Location"},
	{name: "CREATED", kind: datetime, typ: "datetime", flags: readOnly, title: "Created"},
	{name: "AUTHOR_ID", kind: positive, typ: "user", flags: readOnly, title: "Created by"},
	{name: "LAST_UPDATED", kind: datetime, typ: "datetime", flags: readOnly, title: "Last updated"},
	{name: "EDITOR_ID", kind: positive, typ: "user", flags: readOnly, title: "Updated by"},
	{name: "SETTINGS", kind: object, typ: "object", absent: none, title: "Settings"},
	{name: "ORIGIN_ID", kind: text, typ: "string", title: "External data ID"},
	{name: "ORIGINATOR_ID", kind: text, typ: "string", title: "External data source"},
	{name: "RESULT_STATUS", kind: whole, typ: "integer", absent: zero, title: "Result status"},
	{name: "RESULT_STREAM", kind: whole, typ: "integer", absent: zero, title: "Result stream"},
	{name: "RESULT_SOURCE_ID", kind: text, typ: "string", title: "Result source"},
	{name: "PROVIDER_PARAMS", kind: object, typ: "object", absent: none, title: "Provider parameters"},
	{name: "PROVIDER_DATA", kind: text, typ: "string", title: "Provider data"},
	{name: "RESULT_MARK", kind: whole, typ: "integer", absent: zero, title: "Result mark"},
	{name: "RESULT_VALUE", kind: double, typ: "double", title: "Result value"},
	{name: "RESULT_SUM", kind: double, typ: "double", title: "Result amount"},
	{name: "RESULT_CURRENCY_ID", kind: text, typ: "string", title: "Result currency"},
	{name: "AUTOCOMPLETE_RULE", kind: whole, typ: "integer", absent: zero, title: "Autocompletion rule"},
	{name: "BINDINGS", kind: multiple, typ: "crm_activity_binding", flags: readOnly, title: "Bindings"},
	{name: "COMMUNICATIONS", kind: multiple, typ: "crm_activity_communication", flags: required, title: "Communications"},
	{name: "FILES", kind: multiple, typ: "diskfile", title: "Files"},
	{name: "WEBDAV_ELEMENTS", kind: multiple, typ: "diskfile", flags: deprecated, title: "Files"},
	{name: "IS_INCOMING_CHANNEL", kind: yesNo, typ: "char", flags: readOnly, absent: no, title: "Incoming channel"},
}

func fieldByName(name string) *field {
	i := slices.IndexFunc(fields, func(f field) bool { return f.name == name })
	if i < 0 {
		return nil
	}
	return &fields[i]
}

// isInput says whether a caller may set the field with a plain value.
func (f *field) isInput() bool { return f.kind != multiple && !f.is(readOnly) }

// read gives the value as it is kept. A date that can't be read is the only
// fault.
func (f *field) read(v wire.Value, zone *time.Location) (wire.Value, error) {
	switch f.kind {
	case whole, positive:
		return wholeText(v), nil
	case choice:
		return f.choose(v), nil
	case yesNo:
		return yesNoText(v), nil
	case datetime:
		return f.readTime(v, zone)
	case double:
		return doubleText(v), nil
	case object:
		return listOrMap(v), nil
	}
	return f.readText(v), nil
}

func wholeText(v wire.Value) wire.Value {
	n, _ := v.Int()
	return wire.String(strconv.FormatInt(n, 10))
}

func (f *field) choose(v wire.Value) wire.Value {
	if n, ok := v.Int(); ok && slices.Contains(f.values, n) {
		return wire.String(strconv.FormatInt(n, 10))
	}
	return f.absent
}

func yesNoText(v wire.Value) wire.Value {
	if v.Truthy() {
		return wire.String("Y")
	}
	return no
}

func (f *field) readTime(v wire.Value, zone *time.Location) (wire.Value, error) {
	if v.IsEmpty() {
		return null, nil
	}
	m, ok := rest.ParseTime(v.Text(), zone)
	if !ok {
		return null, errField(f.name)
	}
	return keptTime(m.Time), nil
}

// keptLayout has one length for all years, so that dates compare as text.
const keptLayout = "2006-01-02T15:04:05Z"

func keptTime(t time.Time) wire.Value { return wire.String(t.UTC().Format(keptLayout)) }

func doubleText(v wire.Value) wire.Value {
	n, err := strconv.ParseFloat(v.Text(), 64)
	if err != nil || math.IsInf(n, 0) || math.IsNaN(n) {
		return null
	}
	return wire.String(strconv.FormatFloat(n, 'f', -1, 64))
}

// listOrMap prints what is empty as [], as PHP does.
func listOrMap(v wire.Value) wire.Value {
	if v.Len() == 0 {
		return none
	}
	return v
}

func (f *field) readText(v wire.Value) wire.Value {
	if !v.IsScalar() {
		return f.absent
	}
	return wire.String(v.Text())
}
