package user_test

import (
	"strings"
	"testing"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/internal/testportal"
)

func TestUpdateChangesWhatIsGivenAlone(t *testing.T) {
	b := open(t)
	id := b.add(`"EMAIL":"k@example.com","NAME":"Klaus","PERSONAL_CITY":"Bonn","SECOND_NAME":"O","UF_SKILLS":["a"]`)
	b.Clock.Advance(time.Minute)
	wantResult(t, b.admin.Call("user.update", `{"id":"3","LAST_NAME":"Weber","PERSONAL_CITY":"","UF_DEPARTMENT":[4],"UF_SKILLS":null,"PERSONAL_BIRTHDAY":"1990-01-01"}`), `true`)
	row := b.row(id)
	for name, want := range map[string]string{
		"NAME": `"Klaus"`, "LAST_NAME": `"Weber"`, "EMAIL": `"k@example.com"`, "PERSONAL_CITY": `""`, "SECOND_NAME": `"O"`, "UF_DEPARTMENT": `[4]`, "UF_SKILLS": `""`,
		"PERSONAL_BIRTHDAY": `"1990-01-01T00:00:00+02:00"`, "TIMESTAMP_X": `"2026-03-01 14:01:00"`, "DATE_REGISTER": `"2026-03-01T14:00:00+02:00"`, "USER_TYPE": `"employee"`, "ACTIVE": `true`,
	} {
		wantField(t, row, name, want)
	}
	wantResult(t, b.admin.Call("user.update", `{"ID":3,"EMAIL":"K@example.com","TIME_ZONE":"Europe/Berlin","PERSONAL_BIRTHDAY":""}`), `true`)
	row = b.row(id)
	wantField(t, row, "EMAIL", `"K@example.com"`)
	wantField(t, row, "TIME_ZONE", `"Europe/Berlin"`)
	wantField(t, row, "PERSONAL_BIRTHDAY", `""`)
	wantResult(t, b.admin.Call("user.update", `{"ID":3,"UF_SKILLS":[]}`), `true`)
	wantField(t, b.row(id), "UF_SKILLS", `""`)
	wantResult(t, b.admin.Call("user.update", `{"ID":3}`), `true`)
}

// An ordinary user changes himself, but neither whether he is there nor where.
func TestUpdateByAnOrdinaryUser(t *testing.T) {
	b := open(t)
	wantResult(t, b.user.Call("user.update", `{"ID":2,"NAME":"Two","ACTIVE":"N","UF_DEPARTMENT":[9],"EMAIL":"USER@example.com","WORK_POSITION":"x"}`), `true`)
	row := b.row(2)
	for name, want := range map[string]string{"NAME": `"Two"`, "ACTIVE": `true`, "UF_DEPARTMENT": `[1]`, "WORK_POSITION": `"x"`} {
		wantField(t, row, name, want)
	}
	for params, description := range map[string]string{
		`{"ID":1,"NAME":"x"}`:                  "access_denied",
		`{"ID":99}`:                            "access_denied",
		`{"NAME":"x"}`:                         "access_denied",
		`{"ID":"x"}`:                           "access_denied",
		`{"ID":[2]}`:                           "access_denied",
		`{"ID":2,"EMAIL":"other@example.com"}`: "access_denied",
		`{"ID":2,"PERSONAL_GENDER":"?","NAME":"x"}`: "The field PERSONAL_GENDER is not valid",
	} {
		wantError(t, b.user.Call("user.update", params), 400, "ERROR_CORE", description)
	}
	wantField(t, b.row(2), "NAME", `"Two"`)
	wantField(t, b.row(1), "NAME", `"Administrator"`)
}

func TestUpdateRefuses(t *testing.T) {
	b := open(t)
	for _, c := range []struct{ params, code, description string }{
		{``, "ERROR_CORE", "access_denied"},
		{`"ID":0`, "ERROR_CORE", "access_denied"},
		{`"ID":99`, "ERROR_CORE", "access_denied"},
		{`"ID":-1`, "ERROR_CORE", "access_denied"},
		{`"ID":2,"EMAIL":""`, "ERROR_ARGUMENT", "wrong_email"},
		{`"ID":2,"EMAIL":"x"`, "ERROR_ARGUMENT", "wrong_email"},
		{`"ID":2,"EMAIL":"ADMIN@example.com"`, "ERROR_CORE", "user 1 of the portal has the e-mail address already"},
		{`"ID":1,"ACTIVE":false`, "ERROR_CORE", "user 1 is the last active administrator of the portal"},
		{`"ID":2,"UF_DEPARTMENT":[]`, "ERROR_ARGUMENT", "no_extranet_field"},
		{`"ID":2,"UF_DEPARTMENT":[-1]`, "ERROR_CORE", "The field UF_DEPARTMENT is not valid"},
		{`"ID":2,"LAST_NAME":{"a":1}`, "ERROR_CORE", "The field LAST_NAME is not valid"},
		{`"ID":2,"LAST_NAME":"` + strings.Repeat("x", 256) + `"`, "ERROR_CORE", "a name must have at most 255 characters"},
		{`"ID":2,"TIME_ZONE":"Local"`, "ERROR_CORE", `time_zone "Local" is not known: it must be an IANA name, such as Europe/Berlin`},
		{`"ID":2,"WORK_NOTES":"` + strings.Repeat("x", 16<<10) + `"`, "ERROR_CORE", "The profile takes more than 16384 bytes"},
	} {
		wantError(t, b.admin.Call("user.update", `{`+c.params+`}`), 400, c.code, c.description)
	}
	row := b.row(2)
	wantField(t, row, "LAST_NAME", `""`)
	wantField(t, row, "EMAIL", `"user@example.com"`)
}

// Guests need no department.
func TestUpdateOfAGuest(t *testing.T) {
	b := open(t)
	wantResult(t, b.admin.Call("user.add", `{"EMAIL":"guest@example.com","EXTRANET":"Y","SONET_GROUP_ID":3}`), `3`)
	wantResult(t, b.admin.Call("user.update", `{"ID":3,"UF_DEPARTMENT":[],"NAME":"Guest"}`), `true`)
	wantField(t, b.row(3), "USER_TYPE", `"extranet"`)
}

// Profiles grow only up to a bound, however they are filled.
func TestProfileIsBoundedAsAWhole(t *testing.T) {
	b := open(t)
	half := strings.Repeat("x", 9<<10)
	wantResult(t, b.user.Call("user.update", `{"ID":2,"WORK_NOTES":"`+half+`"}`), `true`)
	wantError(t, b.user.Call("user.update", `{"ID":2,"PERSONAL_NOTES":"`+half+`","NAME":"x"}`), 400, "ERROR_CORE", "The profile takes more than 16384 bytes")
	wantField(t, b.row(2), "NAME", `"User"`)
}

// Dismissing by user.update is dismissing: tokens die at once, for good.
func TestUpdateDismisses(t *testing.T) {
	b := open(t)
	wantResult(t, b.admin.Call("user.update", `{"ID":2,"ACTIVE":"N"}`), `true`)
	wantField(t, b.row(2), "ACTIVE", `false`)
	if a := b.user.Call("profile", ""); a.Status != 401 {
		t.Errorf("the token of a dismissed user: %d %s", a.Status, a.Text)
	}
	wantResult(t, b.admin.Call("user.update", `{"ID":2,"ACTIVE":"Y"}`), `true`)
	if a := b.user.Call("profile", ""); a.Status != 401 {
		t.Errorf("an old token after the return: %d %s", a.Status, a.Text)
	}
	if a := testportal.As(b.handler, b.Token(testportal.User)).Call("profile", ""); a.Status != 200 {
		t.Errorf("a new token after the return: %d %s", a.Status, a.Text)
	}
	b.ChangeUser(testportal.User, func(u *onevent.User) { u.Admin = true })
	wantResult(t, b.admin.Call("user.update", `{"ID":1,"ACTIVE":false}`), `true`)
}
