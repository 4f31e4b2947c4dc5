package user_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/internal/testportal"
	"github.com/onevent/onevent/methods/user"
)

type bench struct {
	*testportal.Portal
	handler     http.Handler
	admin, user testportal.Caller
}

func open(t *testing.T) *bench {
	t.Helper()
	t.Parallel()
	p := testportal.Open(t)
	h := p.Handler(p.Methods()...)
	return &bench{p, h, testportal.As(h, p.Token(testportal.Admin)), testportal.As(h, p.Token(testportal.User))}
}

// hook calls by an incoming webhook of the administrator with a scope of its own.
func (b *bench) hook(method, params string, scope ...string) testportal.Answer {
	return testportal.Post(b.handler, "/rest/1/"+b.Webhook(testportal.Admin, scope...)+"/"+method, "", params)
}

// add makes a user with a department and returns his id.
func (b *bench) add(fields string) int {
	b.T.Helper()
	a := b.admin.Call("user.add", `{"UF_DEPARTMENT":[1],`+fields+`}`)
	id, ok := a.Result().(float64)
	if !ok {
		b.T.Fatalf("user.add %s: %d %s", fields, a.Status, a.Text)
	}
	return int(id)
}

// row is a user as an administrator sees him.
func (b *bench) row(id int) map[string]any {
	b.T.Helper()
	a := b.admin.Call("user.get", fmt.Sprintf(`{"ID":%d}`, id))
	list, _ := a.Result().([]any)
	if len(list) != 1 {
		b.T.Fatalf("user.get %d: %d %s", id, a.Status, a.Text)
	}
	return list[0].(map[string]any)
}

func wantResult(t *testing.T, a testportal.Answer, result string) {
	t.Helper()
	if a.Status != 200 || !strings.HasPrefix(a.Text, `{"result":`+result+`,"time":{`) {
		t.Errorf("got %d %s, want %s", a.Status, a.Text, result)
	}
}

func wantError(t *testing.T, a testportal.Answer, status int, code, description string) {
	t.Helper()
	gotCode, gotDescription := a.Error()
	argument, has := a.Body["argument"]
	if a.Status != status || gotCode != code || gotDescription != description || (code == "ERROR_ARGUMENT") != (has && argument == "") {
		t.Errorf("got %d %s, want %d %s %q", a.Status, a.Text, status, code, description)
	}
}

func wantField(t *testing.T, row map[string]any, name, want string) {
	t.Helper()
	if got, _ := json.Marshal(row[name]); string(got) != want {
		t.Errorf("%s is %s, want %s", name, got, want)
	}
}

func TestProfileNeedsNoScope(t *testing.T) {
	b := open(t)
	b.ChangeUser(testportal.User, func(u *onevent.User) { u.LastName, u.TimeZone = "Two", "Europe/Berlin" })
	wantResult(t, b.user.Call("user.update", `{"ID":2,"PERSONAL_GENDER":"f"}`), `true`)
	code := b.Webhook(testportal.User)
	wantResult(t, testportal.Post(b.handler, "/rest/2/"+code+"/profile", "", ""),
		`{"ID":"2","ADMIN":false,"NAME":"User","LAST_NAME":"Two","PERSONAL_GENDER":"F","TIME_ZONE":"Europe/Berlin"}`)
	wantResult(t, b.admin.Call("profile", ""), `{"ID":"1","ADMIN":true,"NAME":"Administrator","LAST_NAME":"","PERSONAL_GENDER":"","TIME_ZONE":""}`)
}

// docs/protocol/rest.md section 11.
func TestProfileInREST3HasLowerCamelKeys(t *testing.T) {
	b := open(t)
	for _, m := range user.Methods(user.Config{Store: b.Store, Directory: b.Directory, Publisher: b.Publisher, Manager: b.Manager}) {
		if (m.V3 != nil) != (m.Name == "profile") {
			t.Errorf("%s has a REST 3.0 form: %v", m.Name, m.V3 != nil)
		}
		if m.Signed != (m.Name == "profile" || m.Name == "user.current") {
			t.Errorf("%s is signed: %v", m.Name, m.Signed)
		}
	}
	wantResult(t, testportal.Post(b.handler, "/rest/api/profile", b.Token(testportal.Admin), ""),
		`{"profile":{"id":1,"admin":true,"name":"Administrator","lastName":"","personalGender":"","timeZone":""}}`)
}

const (
	fullRow = `{"ID":"1","ACTIVE":true,"NAME":"Administrator","LAST_NAME":"","EMAIL":"admin@example.com","LAST_LOGIN":"","DATE_REGISTER":"2026-03-01T14:00:00+02:00",` +
		`"TIME_ZONE":"","IS_ONLINE":"Y","TIMESTAMP_X":"2026-03-01 14:00:00","LAST_ACTIVITY_DATE":"2026-03-01 14:00:00","PERSONAL_GENDER":"","PERSONAL_PROFESSION":"",` +
		`"PERSONAL_WWW":"","PERSONAL_BIRTHDAY":"","PERSONAL_ICQ":"","PERSONAL_PHONE":"","PERSONAL_FAX":"","PERSONAL_MOBILE":"","PERSONAL_PAGER":"",` +
		`"PERSONAL_STREET":"","PERSONAL_CITY":"","PERSONAL_STATE":"","PERSONAL_ZIP":"","PERSONAL_COUNTRY":"","PERSONAL_MAILBOX":"","PERSONAL_NOTES":"",` +
		`"WORK_PHONE":"","WORK_COMPANY":"","WORK_POSITION":"","WORK_DEPARTMENT":"","WORK_WWW":"","WORK_FAX":"","WORK_PAGER":"","WORK_STREET":"",` +
		`"WORK_MAILBOX":"","WORK_CITY":"","WORK_STATE":"","WORK_ZIP":"","WORK_COUNTRY":"","WORK_PROFILE":"","WORK_NOTES":"","UF_SKYPE_LINK":"","UF_ZOOM":"",` +
		`"UF_EMPLOYMENT_DATE":"","UF_TIMEMAN":"","UF_DEPARTMENT":[1],"UF_INTERESTS":"","UF_SKILLS":"","UF_WEB_SITES":"","UF_XING":"","UF_LINKEDIN":"",` +
		`"UF_FACEBOOK":"","UF_TWITTER":"","UF_SKYPE":"","UF_DISTRICT":"","UF_PHONE_INNER":"","USER_TYPE":"employee"}`
	basicRow = `{"ID":"1","ACTIVE":true,"NAME":"Administrator","LAST_NAME":"","EMAIL":"admin@example.com","DATE_REGISTER":"2026-03-01T14:00:00+02:00",` +
		`"TIME_ZONE":"","IS_ONLINE":"Y","TIMESTAMP_X":"2026-03-01 14:00:00","LAST_ACTIVITY_DATE":"2026-03-01 14:00:00","PERSONAL_GENDER":"","PERSONAL_PROFESSION":"",` +
		`"PERSONAL_BIRTHDAY":"","PERSONAL_PHONE":"","PERSONAL_FAX":"","PERSONAL_MOBILE":"","PERSONAL_PAGER":"",` +
		`"PERSONAL_STREET":"","PERSONAL_CITY":"","PERSONAL_STATE":"","PERSONAL_ZIP":"","PERSONAL_COUNTRY":"","PERSONAL_MAILBOX":"","PERSONAL_NOTES":"",` +
		`"WORK_PHONE":"","WORK_COMPANY":"","WORK_POSITION":"","WORK_DEPARTMENT":"","WORK_WWW":"","WORK_FAX":"","WORK_PAGER":"","WORK_STREET":"",` +
		`"WORK_MAILBOX":"","WORK_CITY":"","WORK_STATE":"","WORK_ZIP":"","WORK_COUNTRY":"","WORK_PROFILE":"","WORK_NOTES":"","UF_SKYPE_LINK":"","UF_ZOOM":"",` +
		`"UF_EMPLOYMENT_DATE":"","UF_TIMEMAN":"","UF_DEPARTMENT":[1],"UF_INTERESTS":"","UF_SKILLS":"","UF_WEB_SITES":"","UF_XING":"","UF_LINKEDIN":"",` +
		`"UF_FACEBOOK":"","UF_TWITTER":"","UF_SKYPE":"","UF_DISTRICT":"","UF_PHONE_INNER":"","USER_TYPE":"employee"}`
	briefRow = `{"ID":"1","ACTIVE":true,"NAME":"Administrator","LAST_NAME":"","DATE_REGISTER":"2026-03-01T14:00:00+02:00",` +
		`"TIME_ZONE":"","IS_ONLINE":"Y","TIMESTAMP_X":"2026-03-01 14:00:00","LAST_ACTIVITY_DATE":"2026-03-01 14:00:00","PERSONAL_GENDER":"","PERSONAL_PROFESSION":"",` +
		`"PERSONAL_BIRTHDAY":"","PERSONAL_CITY":"","PERSONAL_STATE":"","PERSONAL_COUNTRY":"","WORK_POSITION":"",` +
		`"WORK_CITY":"","WORK_STATE":"","WORK_COUNTRY":"","UF_EMPLOYMENT_DATE":"","UF_TIMEMAN":"","UF_DEPARTMENT":[1],"UF_INTERESTS":"","UF_SKILLS":"",` +
		`"UF_PHONE_INNER":"","USER_TYPE":"employee"}`
)

// docs/protocol/methods-activities-calendar-users.md section 3.
func TestCurrentShowsWhatTheScopeAllows(t *testing.T) {
	b := open(t)
	for scope, want := range map[string]string{"user": fullRow, "user_basic": basicRow, "user_brief": briefRow} {
		wantResult(t, b.hook("user.current", "", scope), want)
	}
	a := b.hook("user.current", "", "crm", "user.userfield")
	wantError(t, a, 403, "insufficient_scope", "The request requires higher privileges than provided by the webhook token")
}

// The lists are those of the page's table.
func TestFieldsAreTitledByScope(t *testing.T) {
	b := open(t)
	brief := strings.Fields(`ID XML_ID ACTIVE NAME LAST_NAME SECOND_NAME TITLE IS_ONLINE TIME_ZONE TIME_ZONE_OFFSET TIMESTAMP_X DATE_REGISTER LAST_ACTIVITY_DATE
		PERSONAL_PROFESSION PERSONAL_GENDER PERSONAL_BIRTHDAY PERSONAL_PHOTO PERSONAL_CITY PERSONAL_STATE PERSONAL_COUNTRY WORK_POSITION WORK_CITY WORK_STATE
		WORK_COUNTRY UF_EMPLOYMENT_DATE UF_TIMEMAN UF_SKILLS UF_INTERESTS UF_DEPARTMENT UF_PHONE_INNER USER_TYPE`)
	basic := append(brief, strings.Fields(`EMAIL PERSONAL_PHONE PERSONAL_FAX PERSONAL_MOBILE PERSONAL_PAGER PERSONAL_STREET PERSONAL_ZIP PERSONAL_MAILBOX PERSONAL_NOTES
		WORK_PHONE WORK_COMPANY WORK_DEPARTMENT WORK_WWW WORK_FAX WORK_PAGER WORK_STREET WORK_MAILBOX WORK_ZIP WORK_PROFILE WORK_LOGO WORK_NOTES
		UF_SKYPE_LINK UF_ZOOM UF_WEB_SITES UF_XING UF_LINKEDIN UF_TWITTER UF_SKYPE UF_DISTRICT UF_FACEBOOK`)...)
	full := append(basic, "LAST_LOGIN", "PERSONAL_WWW", "PERSONAL_ICQ")
	for scope, want := range map[string][]string{"user": full, "user_basic": basic, "user_brief": brief} {
		a := b.hook("user.fields", "", scope)
		for _, name := range want {
			if title, _ := a.Row()[name].(string); title == "" {
				t.Errorf("%s: %s has no title", scope, name)
			}
		}
		if len(a.Row()) != len(want) || !strings.HasPrefix(a.Text, `{"result":{"ID":"ID","XML_ID":"`) {
			t.Errorf("%s: %d fields, want %d: %s", scope, len(a.Row()), len(want), a.Text)
		}
	}
}
