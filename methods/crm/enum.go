package crm

import (
	"context"

	"github.com/onevent/onevent/rest"
	"github.com/onevent/onevent/wire"
)

// enum is a type of field whose values have names; section 1.1.
type enum struct {
	method string
	values []enumValue
}

type enumValue struct {
	id                int64
	name, code, short string
}

var enums = []enum{
	{"crm.enum.activitytype", []enumValue{
		{1, "Meeting", "MEETING", ""}, {2, "Call", "CALL", ""}, {3, "Task", "TASK", ""},
		{4, "E-mail", "EMAIL", ""}, {5, "Action", "ACTION", ""}, {6, "Custom activity", "PROVIDER", ""}}},
	{"crm.enum.activitystatus", []enumValue{
		{1, "Waiting", "WAITING", ""}, {2, "Completed", "COMPLETED", ""}, {3, "Completed automatically", "AUTO_COMPLETED", ""}}},
	{"crm.enum.activitypriority", []enumValue{
		{1, "Low", "LOW", ""}, {2, "Normal", "NORMAL", ""}, {3, "High", "HIGH", ""}}},
	{"crm.enum.activitydirection", []enumValue{
		{1, "Incoming", "INCOMING", ""}, {2, "Outgoing", "OUTGOING", ""}}},
	{"crm.enum.activitynotifytype", []enumValue{
		{1, "Minutes", "MIN", ""}, {2, "Hours", "HOUR", ""}, {3, "Days", "DAY", ""}}},
	{"crm.enum.contenttype", []enumValue{
		{1, "Plain text", "PLAIN_TEXT", ""}, {2, "bbCode", "BB_CODE", ""}, {3, "HTML", "HTML", ""}}},
	{"crm.enum.ownertype", []enumValue{
		{1, "Lead", "LEAD", "L"}, {2, "Deal", "DEAL", "D"}, {3, "Contact", "CONTACT", "C"}, {4, "Company", "COMPANY", "CO"}}},
}

// enumMethods are crm.enum.*.
func enumMethods() []rest.Method {
	out := make([]rest.Method, len(enums))
	for i, e := range enums {
		rows := e.rows()
		list := func(context.Context, *rest.Call) (any, error) { return rows, nil }
		out[i] = rest.Method{Name: e.method, Scope: scope, Func: list}
	}
	return out
}

func (e enum) rows() wire.Value {
	rows := make([]wire.Value, len(e.values))
	for i, v := range e.values {
		rows[i] = v.row()
	}
	return wire.List(rows...)
}

func (v enumValue) row() wire.Value {
	short := null
	if v.short != "" {
		short = wire.String(v.short)
	}
	return wire.Map(
		wire.F("ID", wire.Int(v.id)),
		wire.F("NAME", wire.String(v.name)),
		wire.F("SYMBOL_CODE", wire.String(v.code)),
		wire.F("SYMBOL_CODE_SHORT", short))
}
