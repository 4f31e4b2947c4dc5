package crm_test

import (
	"encoding/json"
	"strings"
	"testing"
)

// described is one entry as section 1.2 shows it.
func described(name, typ, flags, title string) string {
	flag := func(mark string) string {
		if strings.Contains(flags, mark) {
			return "true"
		}
		return "false"
	}
	out := `"` + name + `":{"type":"` + typ + `","isRequired":` + flag("!") + `,"isReadOnly":` + flag("r") +
		`,"isImmutable":` + flag("i") + `,"isMultiple":` + flag("m") + `,"isDynamic":false`
	if strings.Contains(flags, "d") {
		out += `,"isDeprecated":true`
	}
	return out + `,"title":"` + title + `"}`
}

// titles are free text, so they are taken from the answer.
func titles(t *testing.T, row map[string]any) map[string]string {
	t.Helper()
	out := map[string]string{}
	for name, v := range row {
		title, _ := v.(map[string]any)["title"].(string)
		if title == "" {
			t.Errorf("%s has no title", name)
		}
		out[name] = title
	}
	return out
}

func resultOf(t *testing.T, text string) string {
	t.Helper()
	var body struct{ Result json.RawMessage }
	if err := json.Unmarshal([]byte(text), &body); err != nil {
		t.Fatal(err)
	}
	return string(body.Result)
}

// Sections 1.1 and 1.2, byte for byte. Flags: ! required, r read-only, i
// immutable, m multiple, d deprecated.
func TestFieldsDescribesEveryField(t *testing.T) {
	b := open(t)
	a := b.admin.Call("crm.activity.fields", "")
	title := titles(t, a.Row())
	var want []string
	for line := range strings.Lines(`ID integer r
OWNER_ID integer i
OWNER_TYPE_ID crm_enum_ownertype i
TYPE_ID crm_enum_activitytype !i
PROVIDER_ID string
PROVIDER_TYPE_ID string
PROVIDER_GROUP_ID string
ASSOCIATED_ENTITY_ID integer r
SUBJECT string !
START_TIME datetime
END_TIME datetime
DEADLINE datetime
COMPLETED char
STATUS crm_enum_activitystatus
RESPONSIBLE_ID user !
PRIORITY crm_enum_activitypriority
NOTIFY_TYPE crm_enum_activitynotifytype
NOTIFY_VALUE integer
DESCRIPTION string
DESCRIPTION_TYPE crm_enum_contenttype
DIRECTION crm_enum_activitydirection
LOCATION string
CREATED datetime r
AUTHOR_ID user r
LAST_UPDATED datetime r
EDITOR_ID user r
SETTINGS object
ORIGIN_ID string
ORIGINATOR_ID string
RESULT_STATUS integer
RESULT_STREAM integer
RESULT_SOURCE_ID string
PROVIDER_PARAMS object
PROVIDER_DATA string
RESULT_MARK integer
RESULT_VALUE double
RESULT_SUM double
RESULT_CURRENCY_ID string
AUTOCOMPLETE_RULE integer
BINDINGS crm_activity_binding rm
COMMUNICATIONS crm_activity_communication !m
FILES diskfile m
WEBDAV_ELEMENTS diskfile md
IS_INCOMING_CHANNEL char r
`) {
		parts := append(strings.Fields(line), "")
		want = append(want, described(parts[0], parts[1], parts[2], title[parts[0]]))
	}
	if got := resultOf(t, a.Text); got != "{"+strings.Join(want, ",")+"}" {
		t.Errorf("got  %s\nwant {%s}", got, strings.Join(want, ","))
	}
	if title["SUBJECT"] != "Subject" {
		t.Errorf("the title of SUBJECT is %q", title["SUBJECT"])
	}
}

// Section 1, crm.activity.communication.fields.
func TestCommunicationFields(t *testing.T) {
	b := open(t)
	a := b.admin.Call("crm.activity.communication.fields", "")
	title := titles(t, a.Row())
	var want []string
	for _, f := range [][3]string{{"ID", "integer", "r"}, {"ACTIVITY_ID", "integer", "r"}, {"ENTITY_ID", "integer"}, {"ENTITY_TYPE_ID", "integer"}, {"TYPE", "string"}, {"VALUE", "string"}} {
		want = append(want, described(f[0], f[1], f[2], title[f[0]]))
	}
	if got := resultOf(t, a.Text); got != "{"+strings.Join(want, ",")+"}" {
		t.Errorf("got  %s\nwant {%s}", got, strings.Join(want, ","))
	}
}

// Section 1.1, "Enums".
func TestEnumerations(t *testing.T) {
	b := open(t)
	for method, want := range map[string]string{
		"activitytype":       "1 Meeting MEETING,2 Call CALL,3 Task TASK,4 E-mail EMAIL,5 Action ACTION,6 Custom activity PROVIDER",
		"activitystatus":     "1 Waiting WAITING,2 Completed COMPLETED,3 Completed automatically AUTO_COMPLETED",
		"activitypriority":   "1 Low LOW,2 Normal NORMAL,3 High HIGH",
		"activitydirection":  "1 Incoming INCOMING,2 Outgoing OUTGOING",
		"activitynotifytype": "1 Minutes MIN,2 Hours HOUR,3 Days DAY",
		"contenttype":        "1 Plain text PLAIN_TEXT,2 bbCode BB_CODE,3 HTML HTML",
		"ownertype":          "1 Lead LEAD L,2 Deal DEAL D,3 Contact CONTACT C,4 Company COMPANY CO",
	} {
		var rows []string
		for row := range strings.SplitSeq(want, ",") {
			id, rest, _ := strings.Cut(row, " ")
			short := "null"
			if method == "ownertype" {
				at := strings.LastIndex(rest, " ")
				rest, short = rest[:at], `"`+rest[at+1:]+`"`
			}
			at := strings.LastIndex(rest, " ")
			rows = append(rows, `{"ID":`+id+`,"NAME":"`+rest[:at]+`","SYMBOL_CODE":"`+rest[at+1:]+`","SYMBOL_CODE_SHORT":`+short+`}`)
		}
		a := b.user.Call("crm.enum."+method, "")
		if got := resultOf(t, a.Text); got != "["+strings.Join(rows, ",")+"]" {
			t.Errorf("%s: %s", method, got)
		}
	}
}
