package crm

import (
	"strings"

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
	files    // the same, and nothing of it is kept
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
	yes   = wire.String("Y")
	no    = wire.String("N")
)

// fields are in the order of section 1.2.
var fields = [...]field{
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
	{name: "FILES", kind: files, absent: none, typ: "diskfile", title: "Files"},
	{name: "WEBDAV_ELEMENTS", kind: files, absent: none, typ: "diskfile", flags: deprecated, title: "Files"},
	{name: "IS_INCOMING_CHANNEL", kind: yesNo, typ: "char", flags: readOnly, absent: no, title: "Incoming channel"},
}

// places of the fields in the table, by name, and behind them that of bindingKeys.
var places = func() map[string]int {
	all := map[string]int{bindingKeys: len(fields)}
	for i := range fields {
		all[fields[i].name] = i
	}
	return all
}()

// fieldByName finds a field in any letter case; nil when there is none.
func fieldByName(name string) *field {
	if at, known := places[strings.ToUpper(name)]; known && at < len(fields) {
		return &fields[at]
	}
	return nil
}

// isScalar says whether a row prints the field as text or null.
func (f *field) isScalar() bool { return !f.isMultiple() && f.kind != object }

func (f *field) isMultiple() bool { return f.kind == multiple || f.kind == files }

func (f *field) isNumber() bool {
	return f.kind == whole || f.kind == positive || f.kind == choice || f.kind == double
}

// isInput says whether a caller may set the field with a plain value.
func (f *field) isInput() bool { return f.kind != multiple && !f.is(readOnly) }
