package user_test

import (
	"strings"
	"testing"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/internal/testportal"
)

func wantResult(t *testing.T, a testportal.Answer, result string) {
	t.Helper()
	if a.Status != 200 || !strings.HasPrefix(a.Text, `{"result":`+result+`,"time":{`) {
		t.Errorf("got %d %s, want %s", a.Status, a.Text, result)
	}
}

func TestProfileNeedsNoScope(t *testing.T) {
	t.Parallel()
	p := testportal.Open(t)
	h := p.Handler(p.Methods()...)
	p.ChangeUser(testportal.User, func(u *onevent.User) { u.LastName, u.TimeZone = "Two", "Europe/Berlin" })
	code := p.Webhook(testportal.User)
	wantResult(t, testportal.Post(h, "/rest/2/"+code+"/profile", "", ""), `{"ID":"2","ADMIN":false,"NAME":"User","LAST_NAME":"Two","PERSONAL_GENDER":"","TIME_ZONE":"Europe/Berlin"}`)
	wantResult(t, testportal.As(h, p.Token(testportal.Admin)).Call("profile", ""), `{"ID":"1","ADMIN":true,"NAME":"Administrator","LAST_NAME":"","PERSONAL_GENDER":"","TIME_ZONE":""}`)
}

// docs/protocol/methods-activities-calendar-users.md section 3.
func TestCurrentShowsWhatTheScopeAllows(t *testing.T) {
	t.Parallel()
	p := testportal.Open(t)
	h := p.Handler(p.Methods()...)
	email, login := `"EMAIL":"admin@example.com",`, `"LAST_LOGIN":"",`
	row := func(email, login string) string {
		return `{"ID":"1","ACTIVE":true,"NAME":"Administrator","LAST_NAME":"",` + email + login + `"DATE_REGISTER":"2026-03-01T14:00:00+02:00","TIME_ZONE":"",` +
			`"IS_ONLINE":"Y","TIMESTAMP_X":"2026-03-01 14:00:00","LAST_ACTIVITY_DATE":"2026-03-01 14:00:00","PERSONAL_GENDER":"","PERSONAL_BIRTHDAY":"",` +
			`"WORK_POSITION":"","UF_EMPLOYMENT_DATE":"","UF_DEPARTMENT":[1],"USER_TYPE":"employee"}`
	}
	for scope, want := range map[string]string{"user": row(email, login), "user_basic": row(email, ""), "user_brief": row("", "")} {
		wantResult(t, testportal.Post(h, "/rest/1/"+p.Webhook(testportal.Admin, scope)+"/user.current", "", ""), want)
	}
	a := testportal.Post(h, "/rest/1/"+p.Webhook(testportal.Admin, "crm", "user.userfield")+"/user.current", "", "")
	if a.Status != 403 || a.Body["error"] != "insufficient_scope" {
		t.Errorf("without the scope: %d %s", a.Status, a.Text)
	}
}
