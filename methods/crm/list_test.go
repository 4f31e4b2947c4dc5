package crm_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/onevent/onevent/internal/testportal"
	"github.com/onevent/onevent/methods/crm"
	"github.com/onevent/onevent/rest"
)

// openExamples makes the four activities that the filters below are asked of.
func openExamples(t *testing.T) *bench {
	t.Helper()
	b := open(t)
	mine := func(fields string) { add(t, b.admin, own+","+fields) }
	mine(`"SUBJECT":"alpha","PRIORITY":1,"RESULT_SUM":"1.5","START_TIME":"2024-01-01T10:00:00+02:00","COMPLETED":"Y","ORIGIN_ID":"A-1","NOTIFY_VALUE":9007199254740993`)
	mine(`"SUBJECT":"Alphabet","PRIORITY":2,"RESULT_SUM":"10","START_TIME":"2024-01-02T10:00:00+02:00","ORIGIN_ID":"B%_2","NOTIFY_VALUE":9007199254740992`)
	mine(`"SUBJECT":"beta","PRIORITY":3,"RESULT_SUM":"-2","START_TIME":"2024-01-03T10:00:00+02:00","ORIGIN_ID":""`)
	mine(`"SUBJECT":"Äpfel","PRIORITY":3,"START_TIME":"2024-01-04T10:00:00+02:00","OWNER_TYPE_ID":2,"OWNER_ID":15`)
	return b
}

func wantIDs(t *testing.T, c testportal.Caller, filter, want string) {
	t.Helper()
	if got := strings.Join(ids(t, c, `{"order":{"ID":"ASC"},"filter":`+filter+`}`), " "); got != want {
		t.Errorf("%s found %q, want %q", filter, got, want)
	}
}

// docs/protocol/rest.md section 7: every prefix with every kind of field.
func TestEveryOperator(t *testing.T) {
	b := openExamples(t)
	for filter, want := range map[string]string{
		// numbers
		`"PRIORITY":3`: "3 4", `"=PRIORITY":"3"`: "3 4", `"!PRIORITY":3`: "1 2", `"!=PRIORITY":3`: "1 2",
		`">PRIORITY":2`: "3 4", `">=PRIORITY":2`: "2 3 4", `"<PRIORITY":2`: "1", `"<=PRIORITY":2`: "1 2",
		`"@PRIORITY":[1,"3"]`: "1 3 4", `"@PRIORITY":2`: "2", `"!@PRIORITY":[1,3]`: "2", `"!@PRIORITY":3`: "1 2",
		`"%PRIORITY":"3"`: "3 4", `"!%PRIORITY":"3"`: "1 2", `"=%PRIORITY":"_"`: "1 2 3 4", `"%=PRIORITY":"1%"`: "1", `"!=%PRIORITY":"1"`: "2 3 4", `"!%=PRIORITY":"1"`: "2 3 4",
		// numbers that a float can't tell apart
		`"NOTIFY_VALUE":9007199254740993`: "1", `"NOTIFY_VALUE":"9007199254740992"`: "2", `">NOTIFY_VALUE":9007199254740992`: "1",
		// doubles
		`"RESULT_SUM":1.50`: "1", `"RESULT_SUM":"1e1"`: "2", `"!RESULT_SUM":10`: "1 3 4", `">RESULT_SUM":-2`: "1 2", `">=RESULT_SUM":"-2.0"`: "1 2 3",
		`"<RESULT_SUM":0`: "3 4", `"<=RESULT_SUM":1.5`: "1 3 4", `"@RESULT_SUM":[1.5,-2]`: "1 3", `"!@RESULT_SUM":[1.5,-2]`: "2 4",
		// text: equal to the byte, patterns in any letter case
		`"SUBJECT":"alpha"`: "1", `"SUBJECT":"ALPHA"`: "", `"=SUBJECT":["alpha","beta"]`: "1 3", `"!SUBJECT":"alpha"`: "2 3 4", `"!=SUBJECT":["alpha","beta"]`: "2 4",
		`">SUBJECT":"alpha"`: "3 4", `">=SUBJECT":"alpha"`: "1 3 4", `"<SUBJECT":"alpha"`: "2", `"<=SUBJECT":"alpha"`: "1 2",
		`"%SUBJECT":"ALPHA"`: "1 2", `"!%SUBJECT":"alpha"`: "3 4", `"%SUBJECT":""`: "1 2 3 4", `"=%SUBJECT":"alpha"`: "1", `"%=SUBJECT":"alpha%"`: "1 2",
		`"=%SUBJECT":"_eta"`: "3", `"%=SUBJECT":"%P%"`: "1 2 4", `"!=%SUBJECT":"%p%"`: "3", `"!%=SUBJECT":"b%"`: "1 2 4", `"=%SUBJECT":"_pfel"`: "4",
		`"%ORIGIN_ID":"%_"`: "2", `"=%ORIGIN_ID":"B\\%\\_2"`: "2", `"=%ORIGIN_ID":"B\\%2"`: "", `"%SUBJECT":"' OR 1=1 --"`: "",
		// dates, in every form and zone
		`"START_TIME":"2024-01-01T08:00:00Z"`: "1", `"=START_TIME":"2024-01-01 10:00:00"`: "1", `"!START_TIME":"01.01.2024 10:00:00"`: "2 3 4",
		`">START_TIME":"2024-01-02T10:00:00+02:00"`: "3 4", `">=START_TIME":"2024-01-02T09:00:00+01:00"`: "2 3 4", `"<START_TIME":"2024-01-02"`: "1", `"<=START_TIME":"2024-01-02T08:00:00Z"`: "1 2",
		`"@START_TIME":["2024-01-01T08:00:00Z","2024-01-03T10:00:00+02:00"]`: "1 3", `"!@START_TIME":["2024-01-01T08:00:00Z"]`: "2 3 4", `"%START_TIME":"2024-01-03"`: "3",
		// a date that can't be read equals nothing, and nothing is before or after it
		`"START_TIME":"soon"`: "", `"!START_TIME":"soon"`: "1 2 3 4", `">START_TIME":"soon"`: "", `"<=START_TIME":"soon"`: "",
		`"@START_TIME":["soon","2024-01-01T08:00:00Z"]`: "1", `"!@START_TIME":["soon"]`: "1 2 3 4",
		// chars
		`"COMPLETED":"Y"`: "1", `"COMPLETED":true`: "1", `"COMPLETED":"1"`: "1", `"!COMPLETED":"Y"`: "2 3 4", `"COMPLETED":["Y","N"]`: "1 2 3 4", `"COMPLETED":"false"`: "2 3 4", `">COMPLETED":"N"`: "1",
		// what is empty or null
		`"ORIGIN_ID":""`: "3 4", `"ORIGIN_ID":null`: "3 4", `"!ORIGIN_ID":""`: "1 2", `"!=ORIGIN_ID":null`: "1 2", `"@ORIGIN_ID":[null,"A-1"]`: "1 3 4", `"!@ORIGIN_ID":["","A-1"]`: "2",
		`"RESULT_SUM":""`: "4", `"!RESULT_SUM":null`: "1 2 3", `">RESULT_SUM":""`: "1 2 3", `"<RESULT_SUM":""`: "", `"DEADLINE":""`: "1 2 3 4", `"!DEADLINE":""`: "", `"COMPLETED":""`: "",
		// lists
		`"ID":[]`: "", `"!ID":[]`: "1 2 3 4", `"@ID":[]`: "", `"!@ID":[]`: "1 2 3 4", `">ID":[]`: "", `"%SUBJECT":[]`: "", `"!%SUBJECT":[]`: "1 2 3 4",
		`">ID":[2,3]`: "3 4", `"%SUBJECT":["beta","alpha"]`: "3", `"ID":{"5":1,"9":"2"}`: "1 2", `"ID":[[1],{"a":2}]`: "", `"!ID":[[1]]`: "1 2 3 4", `">ID":[[1]]`: "",
		// what is no number is 0
		`"ID":"x"`: "", `">ID":"x"`: "1 2 3 4", `"<ID":"x"`: "", `"ID":"2.0"`: "2", `">ID":2.5`: "3 4", `"ID":" 3 "`: "3", `"ID":99999999999999999999`: "", `"<ID":99999999999999999999`: "1 2 3 4",
		// all conditions hold; what is not known is ignored
		`">ID":1,"<ID":4,"!PRIORITY":3`: "2", `"ID":1,"id":2`: "", `"NONSENSE":1,"ID":2`: "2", `">NONSENSE":1`: "1 2 3 4", `"LOGIC":"OR","ID":2`: "2", `"0":{"ID":2}`: "1 2 3 4", `"":1`: "1 2 3 4",
		`"SETTINGS":"x"`: "1 2 3 4", `"COMMUNICATIONS":[1]`: "1 2 3 4", `"UF_X":1`: "1 2 3 4", `"BINDING_KEYS":"x"`: "1 2 3 4",
		`"Priority":3`: "3 4", `">=priority":3`: "3 4",
	} {
		wantIDs(t, b.admin, "{"+filter+"}", want)
	}
}

func TestAnOperatorThatNobodyKnowsIsRefused(t *testing.T) {
	b := openExamples(t)
	for key, operator := range map[string]string{"><ID": "><", "==ID": "==", "!!NONSENSE": "!!", "~SUBJECT": "~", "?SUBJECT": "?", "!><ID": "!><", "*": "*",
		">BINDINGS": ">", "%BINDINGS": "%", "!%BINDINGS": "!%"} {
		a := b.admin.Call("crm.activity.list", `{"filter":{"`+key+`":[{"OWNER_ID":1}]}}`)
		code, text := a.Error()
		if a.Status != 400 || code != "ERROR_ARGUMENT" || text != "Filter operation not allowed: "+operator || a.Body["argument"] != "filter" {
			t.Errorf("%s: %d %s", key, a.Status, a.Text)
		}
	}
}

// A count takes as long as all pages together.
func TestNothingIsCountedThatNobodyAskedFor(t *testing.T) {
	b := open(t)
	for start, want := range map[int]bool{rest.NoCount: false, 0: true, 50: true} {
		q, err := crm.ReadQuery(&rest.Call{Portal: b.Row(), User: b.Directory.User(b.ID, testportal.Admin), Start: start})
		if err != nil || q.Count != want {
			t.Errorf("start %d: counted %v, %v", start, q.Count, err)
		}
	}
}

func TestFiltersAreBounded(t *testing.T) {
	b := openExamples(t)
	conditions := func(count int) string {
		var out []string
		for i := range count {
			out = append(out, fmt.Sprintf("%q:1", operators[i%len(operators)]+allFields[i/len(operators)]))
		}
		return strings.Join(out, ",")
	}
	text := strings.Repeat("x", 512)
	for filter, text := range map[string]string{
		conditions(100): "",
		conditions(101): "Too many conditions",
		conditions(50) + `,"!BINDINGS":[` + strings.Repeat(`{},`, 50) + `{}]`:           "Too many conditions",
		`"%SUBJECT":"` + text + `","!=%SUBJECT":"` + text + `"`:                         "",
		`"%SUBJECT":"` + text + `","!=%SUBJECT":"` + text + `_"`:                        "The text to look for is too long",
		`"%SUBJECT":["x","` + text + text + `"],"SUBJECT":"` + text + text + text + `"`: "",
	} {
		a := b.admin.Call("crm.activity.list", `{"filter":{`+filter+`}}`)
		if _, got := a.Error(); got != text || (text == "") != (a.Status == 200) {
			t.Errorf("%.80s: %d %.200s", filter, a.Status, a.Text)
		}
	}
}

// Section 1.4.
func TestListByBindings(t *testing.T) {
	b := open(t)
	const mail = `"SUBJECT":"x","TYPE_ID":4,"OWNER_TYPE_ID":2,`
	add(t, b.admin, mail+`"OWNER_ID":1,"COMMUNICATIONS":[{"VALUE":"a","ENTITY_TYPE_ID":3,"ENTITY_ID":15}]`)
	add(t, b.admin, mail+`"OWNER_ID":15,"COMMUNICATIONS":[{"VALUE":"a"}]`)
	add(t, b.admin, mail+`"OWNER_ID":151,"COMMUNICATIONS":[{"VALUE":"a","ENTITY_TYPE_ID":132,"ENTITY_ID":1}]`)
	for filter, want := range map[string]string{
		`"BINDINGS":[{"OWNER_TYPE_ID":3,"OWNER_ID":15}]`:                                    "1",
		`"BINDINGS":{"OWNER_TYPE_ID":"3","OWNER_ID":"15"}`:                                  "1",
		`"bindings":[{"owner_type_id":2,"owner_id":15}]`:                                    "2",
		`"BINDINGS":[{"OWNER_TYPE_ID":3,"OWNER_ID":15},{"OWNER_TYPE_ID":2,"OWNER_ID":151}]`: "1 3",
		`"BINDINGS":[{"OWNER_TYPE_ID":3,"OWNER_ID":15},{"OWNER_TYPE_ID":2,"OWNER_ID":1}]`:   "1",
		`"BINDINGS":[{"OWNER_TYPE_ID":2}]`:                                                  "1 2 3",
		`"BINDINGS":[{"OWNER_TYPE_ID":3},{"OWNER_TYPE_ID":132}]`:                            "1 3",
		`"BINDINGS":{"OWNER_TYPE_ID":132}`:                                                  "3",
		`"BINDINGS":[{"OWNER_ID":15}]`:                                                      "1 2",
		`"BINDINGS":[{"OWNER_ID":1}]`:                                                       "1 3",
		`"BINDINGS":[{"OWNER_TYPE_ID":32}]`:                                                 "",
		`"BINDINGS":[{"OWNER_ID":5}]`:                                                       "",
		`"BINDINGS":[{"OWNER_TYPE_ID":"x","OWNER_ID":15}]`:                                  "",
		`"BINDINGS":[{}]`:                                     "",
		`"BINDINGS":[5]`:                                      "",
		`"BINDINGS":[]`:                                       "1 2 3",
		`"BINDINGS":"x"`:                                      "1 2 3",
		`"=BINDINGS":[{"OWNER_ID":151}]`:                      "3",
		`"@BINDINGS":[{"OWNER_ID":151}]`:                      "3",
		`"!BINDINGS":[{"OWNER_ID":151}]`:                      "1 2",
		`"!=BINDINGS":[{"OWNER_ID":151},{"OWNER_TYPE_ID":3}]`: "2",
		`"!@BINDINGS":{"OWNER_TYPE_ID":3}`:                    "2 3",
		`"BINDINGS":[{"OWNER_TYPE_ID":2}],"=BINDINGS":[{"OWNER_TYPE_ID":132},{"OWNER_ID":15}],"!ID":1`:       "2 3",
		`"BINDINGS":[{"OWNER_TYPE_ID":3,"OWNER_ID":15},{"OWNER_TYPE_ID":2,"OWNER_ID":151}],"OWNER_ID":[1,7]`: "1",
	} {
		wantIDs(t, b.admin, "{"+filter+"}", want)
	}
	for count, status := range map[int]int{100: 200, 101: 400} {
		many := strings.Repeat(`{"OWNER_ID":1},`, count)
		for _, key := range []string{"BINDINGS", "!BINDINGS"} {
			if a := b.user.Call("crm.activity.list", `{"filter":{"`+key+`":[`+many[:len(many)-1]+`]}}`); a.Status != status {
				t.Errorf("%d %s: %d %s", count, key, a.Status, a.Text)
			}
		}
	}
	ten := strings.Repeat(`{"OWNER_ID":1},`, 10)[:149]
	if a := b.admin.Call("crm.activity.list", `{"filter":{"BINDINGS":[`+ten+`],"=BINDINGS":[`+ten+`,{}]}}`); a.Status != 400 {
		t.Errorf("110 alternatives: %d", a.Status)
	}
}

func TestSelect(t *testing.T) {
	b := open(t)
	add(t, b.admin, own+`,"COMMUNICATIONS":[{"VALUE":"a","TYPE":"IM"}]`)
	row := resultOf(t, b.admin.Call("crm.activity.get", `{"id":1}`).Text)
	bindings := `"BINDINGS":[{"OWNER_ID":"1","OWNER_TYPE_ID":"1"}]`
	communications := `"COMMUNICATIONS":[{"ID":"1","TYPE":"IM","VALUE":"a","ENTITY_ID":"1","ENTITY_TYPE_ID":"1","ENTITY_SETTINGS":[]}]`
	last := `,"IS_INCOMING_CHANNEL":"N"}`
	for given, want := range map[string]string{
		``:                                     row,
		`"select":[]`:                          row,
		`"select":""`:                          row,
		`"select":"ID"`:                        row,
		`"select":["*"]`:                       row,
		`"select":["*","UF_*"]`:                row,
		`"select":["UF_*"]`:                    row,
		`"select":["NOPE",5,null,["ID"]]`:      row,
		`"select":["ID"]`:                      `{"ID":"1"}`,
		`"SELECT":["subject","Id","NOPE"]`:     `{"ID":"1","SUBJECT":"x"}`,
		`"arSelect":{"7":"SUBJECT"}`:           `{"SUBJECT":"x"}`,
		`"select":["SETTINGS","UF_X","ID"]`:    `{"ID":"1","SETTINGS":[]}`,
		`"select":["BINDINGS"]`:                `{` + bindings + `}`,
		`"select":["*","COMMUNICATIONS"]`:      strings.TrimSuffix(row, last) + `,` + communications + last,
		`"select":["*","*","bindings","*"]`:    strings.TrimSuffix(row, last) + `,` + bindings + last,
		`"select":["FILES","WEBDAV_ELEMENTS"]`: `{"FILES":[],"WEBDAV_ELEMENTS":[]}`,
		`"select":["BINDING_KEYS","ID"]`:       `{"ID":"1"}`,
	} {
		if got := resultOf(t, b.admin.Call("crm.activity.list", `{`+given+`}`).Text); got != "["+want+"]" {
			t.Errorf("%s\ngot  %s\nwant [%s]", given, got, want)
		}
	}
}

func TestOrder(t *testing.T) {
	b := openExamples(t)
	for range 7 {
		add(t, b.admin, own+`,"SUBJECT":"same","PRIORITY":2,"START_TIME":"2023-01-01"`)
	}
	for order, want := range map[string]string{
		// START_TIME, then ID
		``:                          "5 6 7 8 9 10 11 1 2 3 4",
		`[]`:                        "5 6 7 8 9 10 11 1 2 3 4",
		`{"NONSENSE":"ASC"}`:        "5 6 7 8 9 10 11 1 2 3 4",
		`{"NONSENSE":"sideways"}`:   "5 6 7 8 9 10 11 1 2 3 4",
		`["ID"]`:                    "5 6 7 8 9 10 11 1 2 3 4",
		`{"COMMUNICATIONS":"DESC"}`: "5 6 7 8 9 10 11 1 2 3 4",
		`{"SETTINGS":"DESC"}`:       "5 6 7 8 9 10 11 1 2 3 4",
		`{"START_TIME":"DESC"}`:     "4 3 2 1 5 6 7 8 9 10 11",
		// as numbers
		`{"ID":"ASC"}`:                        "1 2 3 4 5 6 7 8 9 10 11",
		`{"id":"desc"}`:                       "11 10 9 8 7 6 5 4 3 2 1",
		`{"Id":" Desc "}`:                     "11 10 9 8 7 6 5 4 3 2 1",
		`{"RESULT_SUM":"ASC","ID":"DESC"}`:    "11 10 9 8 7 6 5 4 3 1 2",
		`{"NOTIFY_VALUE":"DESC","ID":"ASC"}`:  "1 2 3 4 5 6 7 8 9 10 11",
		`{"PRIORITY":"DESC","SUBJECT":"ASC"}`: "3 4 2 5 6 7 8 9 10 11 1",
		// as bytes: upper case before lower, what is beyond ASCII last
		`{"SUBJECT":"ASC"}`:                    "2 1 3 5 6 7 8 9 10 11 4",
		`{"COMPLETED":"DESC","ID":"DESC"}`:     "1 11 10 9 8 7 6 5 4 3 2",
		`{"ORIGIN_ID":"DESC","SUBJECT":"ASC"}`: "2 1 3 5 6 7 8 9 10 11 4",
	} {
		params := `{}`
		if order != "" {
			params = `{"order":` + order + `}`
		}
		if got := strings.Join(ids(t, b.admin, params), " "); got != want {
			t.Errorf("%s: %s, want %s", order, got, want)
		}
	}
	for _, direction := range []string{`"up"`, `""`, `1`, `null`, `["ASC"]`} {
		a := b.admin.Call("crm.activity.list", `{"order":{"ID":`+direction+`}}`)
		code, text := a.Error()
		if a.Status != 400 || code != "ERROR_ARGUMENT" || text != "Order direction should be one of {ASC|DESC}" || a.Body["argument"] != "order" {
			t.Errorf("%s: %d %s", direction, a.Status, a.Text)
		}
	}
}

// page is what a call of list says: first and last id, rows, next, total.
func page(t *testing.T, c testportal.Caller, params string) string {
	t.Helper()
	a := c.Call("crm.activity.list", params)
	rows := idsOf(a)
	first, last := 0, 0
	if len(rows) > 0 {
		first, last = rows[0], rows[len(rows)-1]
	}
	next, hasNext := a.Body["next"]
	if !hasNext {
		next = "none"
	}
	return fmt.Sprint(first, "-", last, " of ", len(rows), " next ", next, " total ", a.Body["total"])
}

func TestPaging(t *testing.T) {
	b := open(t)
	for i := range 120 {
		add(t, []testportal.Caller{b.admin, b.user}[i%2], call)
	}
	const byID = `"order":{"ID":"ASC"}`
	for start, want := range map[string]string{
		``:                            "1-50 of 50 next 50 total 120",
		`0`:                           "1-50 of 50 next 50 total 120",
		`"50"`:                        "51-100 of 50 next 100 total 120",
		`100`:                         "101-120 of 20 next none total 120",
		`1`:                           "2-51 of 50 next 51 total 120",
		`69`:                          "70-119 of 50 next 119 total 120",
		`70`:                          "71-120 of 50 next none total 120",
		`119`:                         "120-120 of 1 next none total 120",
		`120`:                         "0-0 of 0 next none total 120",
		`1000000`:                     "0-0 of 0 next none total 120",
		`9223372036854775807`:         "0-0 of 0 next none total 120",
		`"next"`:                      "1-50 of 50 next 50 total 120",
		`null`:                        "1-50 of 50 next 50 total 120",
		`[50]`:                        "1-50 of 50 next 50 total 120",
		`-1`:                          "1-50 of 50 next none total 0",
		`"-1"`:                        "1-50 of 50 next none total 0",
		`-50`:                         "1-50 of 50 next none total 0",
		`-1,"filter":{">ID":50}`:      "51-100 of 50 next none total 0",
		`-1,"filter":{">ID":"100"}`:   "101-120 of 20 next none total 0",
		`-1,"filter":{">ID":120}`:     "0-0 of 0 next none total 0",
		`0,"filter":{">ID":100}`:      "101-120 of 20 next none total 20",
		`0,"filter":{"<=ID":50}`:      "1-50 of 50 next none total 50",
		`0,"filter":{"<=ID":51}`:      "1-50 of 50 next 50 total 51",
		`0,"filter":{"ID":0}`:         "0-0 of 0 next none total 0",
		`0,"FILTER":{">=ID":[51,99]}`: "51-100 of 50 next 50 total 70",
	} {
		params := `{` + byID + `}`
		if start != "" {
			params = `{` + byID + `,"start":` + start + `}`
		}
		if got := page(t, b.admin, params); got != want {
			t.Errorf("start %s: %s, want %s", start, got, want)
		}
	}
	// The user made every second one, and pages and counts these alone.
	for start, want := range map[string]string{
		`0`: "2-100 of 50 next 50 total 60", `50`: "102-120 of 10 next none total 60", `-1,"filter":{">ID":100}`: "102-120 of 10 next none total 0",
		`0,"filter":{"ID":1}`: "0-0 of 0 next none total 0", `0,"filter":{"RESPONSIBLE_ID":1}`: "0-0 of 0 next none total 0",
		`0,"filter":{"BINDINGS":[{"OWNER_ID":15},{"OWNER_TYPE_ID":3}]}`: "2-100 of 50 next 50 total 60",
	} {
		if got := page(t, b.user, `{`+byID+`,"start":`+start+`}`); got != want {
			t.Errorf("the user, start %s: %s, want %s", start, got, want)
		}
	}
}

// docs/protocol/rest.md section 3: names of parameters, and forms.
func TestParametersInEverySpelling(t *testing.T) {
	b := openExamples(t)
	for _, name := range []string{"filter", "FILTER", "Filter", "arFilter", "ARFILTER"} {
		if got := ids(t, b.admin, `{"`+name+`":{"ID":2}}`); !slices.Equal(got, []string{"2"}) {
			t.Errorf("%s: %v", name, got)
		}
	}
	for _, name := range []string{"order", "ORDER", "Order", "arOrder"} {
		if got := ids(t, b.admin, `{"`+name+`":{"ID":"DESC"}}`); !slices.Equal(got, []string{"4", "3", "2", "1"}) {
			t.Errorf("%s: %v", name, got)
		}
	}
	for _, name := range []string{"id", "ID", "Id"} {
		if a := b.admin.Call("crm.activity.get", `{"`+name+`":"2"}`); a.Row()["ID"] != "2" {
			t.Errorf("%s: %s", name, a.Text)
		}
	}
	for form, want := range map[string]string{
		"filter[>ID]=2&order[ID]=DESC&select[]=ID":                                             "4 3",
		"FILTER[@ID][]=1&FILTER[@ID][]=3&ORDER[ID]=asc":                                        "1 3",
		"filter[ID][7]=1&filter[ID][3]=4&order[ID]=ASC&select[0]=ID":                           "1 4",
		"filter[BINDINGS][0][OWNER_TYPE_ID]=2&filter[BINDINGS][0][OWNER_ID]=15":                "4",
		"filter[!ORIGIN_ID]=&order[ID]=ASC":                                                    "1 2",
		"filter[>=START_TIME]=2024-01-03T10:00:00%2B02:00&order[START_TIME]=DESC&arSelect[]=*": "4 3",
		"filter=&order=&select=":                                                               "1 2 3 4",
	} {
		r := httptest.NewRequest(http.MethodPost, testportal.Base+"/rest/crm.activity.list", strings.NewReader(escaped(form)))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Authorization", "Bearer "+b.Token(testportal.Admin))
		a := testportal.Do(b.handler, r)
		if got := strings.Trim(fmt.Sprint(idsOf(a)), "[]"); got != want {
			t.Errorf("%s: %s, want %s: %s", form, got, want, a.Text)
		}
	}
}

// escaped writes the brackets and operators of a form as clients do.
func escaped(form string) string {
	return strings.NewReplacer("[", "%5B", "]", "%5D", ">=", "%3E%3D", ">", "%3E", "@", "%40", "!", "%21").Replace(form)
}
