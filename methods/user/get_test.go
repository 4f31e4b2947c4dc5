package user_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/internal/testportal"
)

// people are users 3 to 6 beside Administrator and User.
func people(b *bench) {
	b.add(`"EMAIL":"anna@example.com","NAME":"Anna","LAST_NAME":"Berg","SECOND_NAME":"Maria","WORK_POSITION":"Developer","PERSONAL_CITY":"Riga","PERSONAL_BIRTHDAY":"1990-05-01","UF_DEPARTMENT":[1,7],"TIME_ZONE":"Europe/Riga"`)
	b.add(`"EMAIL":"bob@example.com","NAME":"Bob","LAST_NAME":"Annaberg","PERSONAL_CITY":"Berlin","PERSONAL_BIRTHDAY":"1985-12-24","XML_ID":"x_4","UF_SKILLS":["go","sql"]`)
	b.add(`"EMAIL":"carl@example.com","NAME":"carl","LAST_NAME":"50%","ACTIVE":"N","TIME_ZONE":"Europe/Berlin"`)
	wantResult(b.T.(*testing.T), b.admin.Call("user.add", `{"EMAIL":"guest@example.com","NAME":"Guest","EXTRANET":"Y","SONET_GROUP_ID":[3]}`), `6`)
}

// ids are the IDs of the rows of a list, in order.
func ids(t *testing.T, a testportal.Answer) string {
	t.Helper()
	list, ok := a.Result().([]any)
	if a.Status != 200 || !ok {
		t.Errorf("got %d %s", a.Status, a.Text)
	}
	var out []string
	for _, row := range list {
		out = append(out, fmt.Sprint(row.(map[string]any)["ID"]))
	}
	return strings.Join(out, " ")
}

// Each case stands as FILTER and, where there is no FILTER, at the top level.
func TestGetFindsByFilter(t *testing.T) {
	b := open(t)
	people(b)
	for _, c := range []struct{ filter, want string }{
		{``, "1 2 3 4 5 6"},
		{`"ID":3`, "3"},
		{`"ID":"3"`, "3"},
		{`"id":["3","5",99]`, "3 5"},
		{`"ID":[]`, ""},
		{`"ID":{"5":4,"9":1}`, "1 4"},
		{`"ID":0`, ""},
		{`"ID":"x"`, ""},
		{`">ID":2`, "3 4 5 6"},
		{`">=ID":"2","<ID":5`, "2 3 4"},
		{`"<=ID":[2,5]`, "1 2"},
		{`">ID":[]`, ""},
		{`">ID":[{"ID":"1"}]`, ""}, // what a reference to a row beyond the last leads to
		{`"ID":[{"ID":1},2]`, "2"},
		{`"%NAME":[["a"]]`, ""},
		{`"!%NAME":[["a"]]`, "1 2 3 4 5 6"},
		{`"PERSONAL_CITY":[{"a":1}]`, ""},
		{`"!ID":3`, "1 2 4 5 6"},
		{`"!=ID":[1,2]`, "3 4 5 6"},
		{`"@ID":[1,2]`, "1 2"},
		{`"!@ID":[1,2]`, "3 4 5 6"},
		{`"@ID":4`, "4"},
		{`"NAME":"anna"`, "3"},
		{`"=NAME":["Anna","Bob"]`, "3 4"},
		{`"%NAME":"NN"`, "3"},
		{`"!%NAME":"a"`, "2 4 6"},
		{`"=%NAME":"_o%"`, "4"},
		{`"%=LAST_NAME":"%0\\%"`, "5"},
		{`"!=%NAME":"%a%"`, "1 2 3 4 5 6"}, // a prefix of three characters
		{`"=%EMAIL":"bob.example%"`, ""},
		{`"=%NAME":"("`, ""},
		{`"NAME":null`, "1 2 3 4 5 6"},
		{`">NAME":"bob"`, "2 5 6"},
		{`"PERSONAL_CITY":"riga"`, "3"},
		{`"PERSONAL_CITY":""`, "1 2 5 6"},
		{`"!PERSONAL_CITY":""`, "3 4"},
		{`"SECOND_NAME":"Maria"`, "3"},
		{`"XML_ID":"x_4"`, "4"},
		{`"=%XML_ID":"x\\_4"`, "4"},
		{`"EMAIL":"BOB@example.com"`, "4"},
		{`"PERSONAL_BIRTHDAY":"1990-05-01"`, "3"},
		{`"PERSONAL_BIRTHDAY":"01.05.1990"`, "3"},
		{`"<PERSONAL_BIRTHDAY":"1990-01-01"`, "4"},
		{`"PERSONAL_BIRTHDAY":"soon"`, ""},
		{`"!PERSONAL_BIRTHDAY":"soon"`, "1 2 3 4 5 6"},
		{`">=DATE_REGISTER":"2026-03-01T12:00:00Z"`, "1 2 3 4 5 6"},
		{`">DATE_REGISTER":"2026-03-01T12:00:00Z"`, ""},
		{`"ACTIVE":true`, "1 2 3 4 6"},
		{`"ACTIVE":"Y"`, "1 2 3 4 6"},
		{`"=ACTIVE":1`, "1 2 3 4 6"},
		{`"ACTIVE":false`, "5"},
		{`"active":"N"`, "5"},
		{`"ACTIVE":"false"`, "5"},
		{`"!ACTIVE":"Y"`, "1 2 3 4 5 6"},
		{`"ACTIVE":""`, "1 2 3 4 5 6"},
		{`"ACTIVE":["Y"]`, "1 2 3 4 5 6"},
		{`"ACTIVE":null`, "1 2 3 4 5 6"},
		{`"IS_ONLINE":"Y"`, "1"},
		{`"IS_ONLINE":"N"`, "2 3 4 5 6"},
		{`"NAME_SEARCH":"ann"`, "3 4"},
		{`"NAME_SEARCH":" berg  anna mar "`, "3"},
		{`"%NAME_SEARCH":"bob"`, "4"},
		{`"!NAME_SEARCH":"bob"`, "1 2 3 4 5 6"},
		{`"NAME_SEARCH":["bob"]`, "1 2 3 4 5 6"},
		{`"NAME_SEARCH":"developer"`, ""},
		{`"USER_TYPE":"employee"`, "1 2 3 4 5"},
		{`"USER_TYPE":["extranet","email"]`, "6"},
		{`"UF_DEPARTMENT":7`, "3"},
		{`"UF_DEPARTMENT":[7,8]`, "3"},
		{`"UF_DEPARTMENT":1`, "1 2 3 4 5"},
		{`"!UF_DEPARTMENT":1`, "6"},
		{`"HAS_DEPARTAMENT":"Y"`, "1 2 3 4 5"},
		{`"HAS_DEPARTAMENT":"N"`, "6"},
		{`"!HAS_DEPARTAMENT":"Y"`, "1 2 3 4 5 6"},
		{`"%HAS_DEPARTAMENT":"Y"`, "1 2 3 4 5 6"},
		{`"UF_SKILLS":"SQL"`, "4"},
		{`"TIME_ZONE_OFFSET":-3600`, "5"},
		{`"TIME_ZONE_OFFSET":"0"`, "3"},
		{`"TIME_ZONE_OFFSET":"x"`, ""},
		{`">ID":"x"`, ""},
		{`">PERSONAL_BIRTHDAY":"soon"`, ""},
		{`"NONSENSE":1,"~ID":2,"?NAME":"x","PERSONAL_PHOTO":"x","WORK_LOGO":"x","LOGIC":"OR","0":{"ID":1}`, "1 2 3 4 5 6"},
		{`"FIND":"anna"`, "1 2 3 4 5 6"}, // user.search alone knows it
	} {
		if got := ids(t, b.admin.Call("user.get", `{"filter":{`+c.filter+`}}`)); got != c.want {
			t.Errorf("filter %s: %q, want %q", c.filter, got, c.want)
		}
		if got := ids(t, b.admin.Call("user.get", `{`+c.filter+`}`)); got != c.want {
			t.Errorf("at the top level %s: %q, want %q", c.filter, got, c.want)
		}
	}
	if got := ids(t, b.admin.Call("user.get", `{"ID":1,"FILTER":{"ID":2},"ADMIN_MODE":true,"IMAGE_RESIZE":"small"}`)); got != "2" {
		t.Errorf("with FILTER the top level counts: %s", got)
	}
	if got := ids(t, b.admin.Call("user.get", `{"ID":1,"FILTER":[]}`)); got != "1 2 3 4 5 6" {
		t.Errorf("with an empty FILTER the top level counts: %s", got)
	}
	if got := ids(t, b.admin.Call("user.get", `{"ID":1,"FILTER":"x"}`)); got != "1" {
		t.Errorf("a FILTER that is none counts: %s", got)
	}
	if got := ids(t, b.user.Call("user.get", `{"ACTIVE":"N"}`)); got != "5" {
		t.Errorf("an ordinary user finds %s", got)
	}
}

// A filter or an order by what the scope does not show would tell it.
func TestGetComparesOnlyWhatTheScopeShows(t *testing.T) {
	b := open(t)
	people(b)
	for scope, want := range map[string]string{"user": "4", "user_basic": "4", "user_brief": "1 2 3 4 5 6"} {
		a := b.hook("user.get", `{"FILTER":{"EMAIL":"bob@example.com"}}`, scope)
		if got := ids(t, a); got != want {
			t.Errorf("%s: %s", scope, got)
		}
		if strings.Contains(a.Text, `"EMAIL"`) != (scope != "user_brief") || strings.Contains(a.Text, "LAST_LOGIN") != (scope == "user") {
			t.Errorf("%s shows %s", scope, a.Text)
		}
	}
	if got := ids(t, b.hook("user.get", `{"sort":"EMAIL","order":"DESC"}`, "user_brief")); got != "6 5 4 3 2 1" {
		t.Errorf("sorted by a field that is not shown: %s", got)
	}
	if a := b.hook("user.get", `{"select":["EMAIL","NAME"],"ID":3}`, "user_brief"); !strings.HasPrefix(a.Text, `{"result":[{"NAME":"Anna"}]`) {
		t.Errorf("selected %s", a.Text)
	}
}

func TestGetSorts(t *testing.T) {
	b := open(t)
	people(b)
	for params, want := range map[string]string{
		`"sort":"ID","order":"DESC"`:                        "6 5 4 3 2 1",
		`"SORT":"id","ORDER":"desc"`:                        "6 5 4 3 2 1",
		`"order":"DESC"`:                                    "6 5 4 3 2 1",
		`"sort":"NAME"`:                                     "1 3 4 5 6 2",
		`"sort":"NAME","order":"up"`:                        "1 3 4 5 6 2",
		`"sort":"NONSENSE","order":"ASC"`:                   "1 2 3 4 5 6",
		`"sort":"PERSONAL_CITY"`:                            "1 2 5 6 4 3",
		`"sort":"PERSONAL_BIRTHDAY","order":"DESC"`:         "3 4 1 2 5 6",
		`"sort":"ACTIVE"`:                                   "5 1 2 3 4 6",
		`"order":{"ID":"DESC"}`:                             "6 5 4 3 2 1",
		`"order":{"PERSONAL_CITY":"DESC","id":"DESC"}`:      "3 4 6 5 2 1",
		`"order":{"PERSONAL_CITY":"ASC","ID":"DESC","X":1}`: "6 5 2 1 4 3",
		`"order":[]`:                                        "1 2 3 4 5 6",
		`"order":{}`:                                        "1 2 3 4 5 6",
	} {
		if got := ids(t, b.admin.Call("user.get", `{`+params+`}`)); got != want {
			t.Errorf("%s: %s, want %s", params, got, want)
		}
	}
}

func TestGetSelects(t *testing.T) {
	b := open(t)
	people(b)
	for sel, want := range map[string]string{
		`["ID","NAME"]`:            `{"ID":"3","NAME":"Anna"}`,
		`["name","uf_department"]`: `{"NAME":"Anna","UF_DEPARTMENT":[1,7]}`,
		`"NAME"`:                   `{"NAME":"Anna"}`,
		`["SECOND_NAME","TITLE"]`:  `{"SECOND_NAME":"Maria"}`,
	} {
		if a := b.admin.Call("user.get", `{"ID":3,"select":`+sel+`}`); !strings.HasPrefix(a.Text, `{"result":[`+want+`]`) {
			t.Errorf("%s: %s", sel, a.Text)
		}
	}
	for sel, n := range map[string]int{`["*"]`: 60, `["UF_*"]`: 15, `["NONSENSE"]`: 60, `[]`: 60, `[["ID"]]`: 60} {
		a := b.admin.Call("user.get", `{"ID":3,"select":`+sel+`}`)
		if got := len(a.Result().([]any)[0].(map[string]any)); got != n {
			t.Errorf("%s: %d fields, want %d: %s", sel, got, n, a.Text)
		}
	}
}

// docs/protocol/rest.md section 7.
func TestGetPages(t *testing.T) {
	b := open(t)
	for id := onevent.UserID(3); id <= 120; id++ {
		b.ChangeUser(id, func(u *onevent.User) { u.Name = fmt.Sprint("User ", id) })
	}
	for _, c := range []struct {
		params, first, last string
		rows                int
		tail                string
	}{
		{`{}`, "1", "50", 50, `"next":50,"total":120,`},
		{`{"start":50}`, "51", "100", 50, `"next":100,"total":120,`},
		{`{"start":"100"}`, "101", "120", 20, `],"total":120,`},
		{`{"start":70}`, "71", "120", 50, `],"total":120,`},
		{`{"start":120}`, "", "", 0, `"result":[],"total":120,`},
		{`{"start":-1,"order":{"ID":"ASC"},"filter":{">ID":"60"}}`, "61", "110", 50, `],"total":0,`},
		{`{"start":-1,"order":{"ID":"ASC"},"filter":{">ID":"110"}}`, "111", "120", 10, `],"total":0,`},
		{`{"PERSONAL_CITY":"","start":100}`, "101", "120", 20, `],"total":120,`},
		{`{"ID":999}`, "", "", 0, `"result":[],"total":0,`},
	} {
		a := b.admin.Call("user.get", c.params)
		got := strings.Fields(ids(t, a))
		if len(got) != c.rows || c.rows > 0 && (got[0] != c.first || got[len(got)-1] != c.last) || !strings.Contains(a.Text, c.tail) {
			t.Errorf("%s: %v, ...%s", c.params, got, a.Text[max(0, len(a.Text)-300):])
		}
	}
}

// The store gives no more bytes at once than it is bounded to.
func TestProfilesBeyondOnePageOfTheStoreAreCompared(t *testing.T) {
	b := open(t)
	const last = 80
	big := []byte(`{"PERSONAL_CITY":"Riga","WORK_NOTES":"` + strings.Repeat("x", onevent.QueryBytes/last) + `"}`)
	for id := onevent.UserID(3); id <= last; id++ {
		b.ChangeUser(id, func(u *onevent.User) { u.Name = fmt.Sprint("User ", id) })
	}
	b.Update(func(tx onevent.Tx) error {
		for id := int64(1); id <= last; id++ {
			if err := tx.PutRecord(onevent.Record{Portal: 1, Kind: "user", ID: id, Fields: big}); err != nil {
				return err
			}
		}
		return nil
	})
	a := b.admin.Call("user.get", `{"PERSONAL_CITY":"Riga","select":["ID"],"start":50}`)
	if got := strings.Fields(ids(t, a)); len(got) != 30 || got[29] != "80" {
		t.Errorf("got %s", a.Text)
	}
}

func TestGetShowsTheRowOfCurrent(t *testing.T) {
	b := open(t)
	if a := b.admin.Call("user.get", `{"ID":1}`); !strings.HasPrefix(a.Text, `{"result":[`+fullRow+`],"total":1,`) {
		t.Errorf("got %s", a.Text)
	}
	row := b.row(2)
	wantField(t, row, "IS_ONLINE", `"N"`)
	wantField(t, row, "LAST_ACTIVITY_DATE", `""`)
}

func TestFilterIsBounded(t *testing.T) {
	b := open(t)
	var many []string
	for i := range 101 {
		many = append(many, fmt.Sprintf(`"%s":1`, spelled("PERSONAL_PROFESSION", i)))
	}
	if got := ids(t, b.admin.Call("user.get", `{"FILTER":{`+strings.Join(many[:100], ",")+`}}`)); got != "" {
		t.Errorf("found %s", got)
	}
	for _, filter := range []string{strings.Join(many, ","), `"%NAME":"` + strings.Repeat("a", 256) + `"`, `"NAME_SEARCH":"` + strings.Repeat("a", 256) + `"`} {
		if a := b.admin.Call("user.get", `{"FILTER":{`+filter+`}}`); a.Status != 400 || a.Body["argument"] != "filter" {
			t.Errorf("%.40s: %d %s", filter, a.Status, a.Text)
		}
	}
	if got := ids(t, b.admin.Call("user.get", `{"FILTER":{"%NAME":"`+strings.Repeat("a", 255)+`"}}`)); got != "" {
		t.Errorf("found %s", got)
	}
}

// spelled writes a name with letters of another case for each n.
func spelled(name string, n int) string {
	out := []byte(name)
	for i := range out {
		if out[i] != '_' && n>>i&1 == 1 {
			out[i] |= 0x20
		}
	}
	return string(out)
}

func TestSearchLooksForWords(t *testing.T) {
	b := open(t)
	people(b)
	for params, want := range map[string]string{
		`{"FILTER":{"FIND":"anna"}}`:                         "3 4",
		`{"FILTER":{"find":"DEVELOPER anna"}}`:               "3",
		`{"FIND":"berg maria"}`:                              "3",
		`{"NAME":"nn"}`:                                      "3",
		`{"FILTER":{"LAST_NAME":"berg"}}`:                    "3 4",
		`{"FILTER":{"=LAST_NAME":"berg"}}`:                   "3 4",
		`{"FILTER":{"SECOND_NAME":"ari"}}`:                   "3",
		`{"FILTER":{"WORK_POSITION":"devel"}}`:               "3",
		`{"FILTER":{"USER_TYPE":"extranet"}}`:                "6",
		`{"FILTER":{"UF_DEPARTMENT_NAME":"sales"}}`:          "",
		`{"FILTER":{"UF_DEPARTMENT_NAME":""}}`:               "1 2 3 4 5 6",
		`{"FILTER":{"ID":3,"FIND":""}}`:                      "3",
		`{"FILTER":{"FIND":"a"},"sort":"ID","order":"DESC"}`: "5 4 3 1",
		`{"FILTER":{"LAST_NAME":"berg"},"start":1}`:          "4",
	} {
		if got := ids(t, b.admin.Call("user.search", params)); got != want {
			t.Errorf("%s: %q, want %q", params, got, want)
		}
	}
	if a := b.admin.Call("user.search", `{"FIND":"anna"}`); !strings.Contains(a.Text, `"total":2,`) {
		t.Errorf("no total: %s", a.Text)
	}
}
