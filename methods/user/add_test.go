package user_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/directory"
	"github.com/onevent/onevent/internal/testportal"
	"github.com/onevent/onevent/oauth"
)

// docs/protocol/methods-activities-calendar-users.md section 3.
func TestAddKeepsWhatIsGiven(t *testing.T) {
	b := open(t)
	a := b.admin.Call("user.add", `{"email":" klaus@example.com ","NAME":"Klaus","LAST_NAME":"Weber","SECOND_NAME":"O","TITLE":"Dr","XML_ID":"k1","TIME_ZONE":"Europe/London",
		"PERSONAL_GENDER":"m","PERSONAL_BIRTHDAY":"1990-01-01T23:30:00-05:00","PERSONAL_CITY":"Bonn","PERSONAL_WWW":"https://example.com","PERSONAL_ZIP":53111,"WORK_POSITION":"Developer",
		"UF_DEPARTMENT":["1",2],"UF_EMPLOYMENT_DATE":"05.04.2024","UF_WEB_SITES":["a","b"],"UF_SKILLS":"go","UF_PHONE_INNER":"12","PERSONAL_PHOTO":["a.png","aGk="],
		"ADMIN":true,"ID":99,"USER_TYPE":"extranet","DATE_REGISTER":"2000-01-01","IS_ONLINE":"Y","UNKNOWN":"x","UF_USR_X":"x","MESSAGE_TEXT":"Welcome"}`)
	wantResult(t, a, `3`)
	row := b.row(3)
	for name, want := range map[string]string{
		"ID": `"3"`, "ACTIVE": `true`, "EMAIL": `"klaus@example.com"`, "NAME": `"Klaus"`, "LAST_NAME": `"Weber"`, "SECOND_NAME": `"O"`, "TITLE": `"Dr"`, "XML_ID": `"k1"`,
		"TIME_ZONE": `"Europe/London"`, "TIME_ZONE_OFFSET": `-7200`, "PERSONAL_GENDER": `"M"`, "PERSONAL_BIRTHDAY": `"1990-01-01T00:00:00+02:00"`, "PERSONAL_CITY": `"Bonn"`,
		"PERSONAL_WWW": `"https://example.com"`, "PERSONAL_ZIP": `"53111"`, "WORK_POSITION": `"Developer"`, "UF_DEPARTMENT": `[1,2]`,
		"UF_EMPLOYMENT_DATE": `"2024-04-05T00:00:00+03:00"`, "UF_WEB_SITES": `["a","b"]`, "UF_SKILLS": `"go"`, "UF_PHONE_INNER": `"12"`, "USER_TYPE": `"employee"`,
		"DATE_REGISTER": `"2026-03-01T14:00:00+02:00"`, "IS_ONLINE": `"N"`, "PERSONAL_PHOTO": `null`, "UNKNOWN": `null`, "UF_USR_X": `null`, "PERSONAL_STATE": `""`,
	} {
		wantField(t, row, name, want)
	}
	if u := b.Directory.User(1, 3); u.Admin || u.Password != "" {
		t.Errorf("made %+v", u)
	}
	again, err := directory.Load(context.Background(), b.Store, b.Authority.Ring)
	if err != nil || again.User(1, 3).Email != "klaus@example.com" {
		t.Errorf("after a restart: %+v %v", again.User(1, 3), err)
	}
}

func TestAddWithTheLeast(t *testing.T) {
	b := open(t)
	wantResult(t, b.hook("user.add", `{"EMAIL":"a@example.com","UF_DEPARTMENT":1}`, "user"), `3`)
	row := b.row(3)
	for name, want := range map[string]string{"ACTIVE": `true`, "NAME": `""`, "SECOND_NAME": `null`, "UF_DEPARTMENT": `[1]`, "PERSONAL_GENDER": `""`, "TIME_ZONE_OFFSET": `null`} {
		wantField(t, row, name, want)
	}
	wantResult(t, b.admin.Call("user.add", `{"EMAIL":"b@example.com","UF_DEPARTMENT":[5],"ACTIVE":"N"}`), `4`)
	wantField(t, b.row(4), "ACTIVE", `false`)
	wantResult(t, b.admin.Call("user.add", `{"EMAIL":"c@example.com","EXTRANET":"Y","SONET_GROUP_ID":3,"UF_DEPARTMENT":[5]}`), `5`)
	wantResult(t, b.admin.Call("user.add", `{"EMAIL":"d@example.com","SONET_GROUP_ID":["3","4"]}`), `6`)
	for _, id := range []int{5, 6} {
		wantField(t, b.row(id), "USER_TYPE", `"extranet"`)
		wantField(t, b.row(id), "UF_DEPARTMENT", `[]`)
	}
}

func TestAddRefuses(t *testing.T) {
	b := open(t)
	valid := `"EMAIL":"new@example.com","UF_DEPARTMENT":[1]`
	for _, c := range []struct{ params, code, description string }{
		{``, "ERROR_ARGUMENT", "wrong_email"},
		{`"UF_DEPARTMENT":[1]`, "ERROR_ARGUMENT", "wrong_email"},
		{`"EMAIL":""`, "ERROR_ARGUMENT", "wrong_email"},
		{`"EMAIL":"nobody","UF_DEPARTMENT":[1]`, "ERROR_ARGUMENT", "wrong_email"},
		{`"EMAIL":"A <a@example.com>","UF_DEPARTMENT":[1]`, "ERROR_ARGUMENT", "wrong_email"},
		{`"EMAIL":["a@example.com"],"UF_DEPARTMENT":[1]`, "ERROR_ARGUMENT", "wrong_email"},
		{`"EMAIL":"` + strings.Repeat("a", 244) + `@example.com","UF_DEPARTMENT":[1]`, "ERROR_ARGUMENT", "wrong_email"},
		{`"EMAIL":"USER@example.com","UF_DEPARTMENT":[1]`, "ERROR_ARGUMENT", "user 2 of the portal has the e-mail address already"},
		{`"EMAIL":"new@example.com"`, "ERROR_ARGUMENT", "no_extranet_field"},
		{`"EMAIL":"new@example.com","UF_DEPARTMENT":[]`, "ERROR_ARGUMENT", "no_extranet_field"},
		{`"EMAIL":"new@example.com","UF_DEPARTMENT":[""],"EXTRANET":"N"`, "ERROR_ARGUMENT", "no_extranet_field"},
		{`"EMAIL":"new@example.com","EXTRANET":"Y"`, "ERROR_ARGUMENT", "no_sonet_group_for_extranet"},
		{`"EMAIL":"new@example.com","EXTRANET":true,"SONET_GROUP_ID":[]`, "ERROR_ARGUMENT", "no_sonet_group_for_extranet"},
		{`"EMAIL":"new@example.com","EXTRANET":"Y","SONET_GROUP_ID":["x"]`, "ERROR_NO_GROUP", "Group not found"},
		{`"EMAIL":"new@example.com","EXTRANET":"Y","SONET_GROUP_ID":0`, "ERROR_NO_GROUP", "Group not found"},
		{`"EMAIL":"new@example.com","UF_DEPARTMENT":["x"]`, "ERROR_CORE", "The field UF_DEPARTMENT is not valid"},
		{`"EMAIL":"new@example.com","UF_DEPARTMENT":[[1]]`, "ERROR_CORE", "The field UF_DEPARTMENT is not valid"},
		{valid + `,"UF_SKILLS":[["x"]]`, "ERROR_CORE", "The field UF_SKILLS is not valid"},
		{valid + `,"PERSONAL_GENDER":"X"`, "ERROR_CORE", "The field PERSONAL_GENDER is not valid"},
		{valid + `,"PERSONAL_BIRTHDAY":"soon"`, "ERROR_CORE", "The field PERSONAL_BIRTHDAY is not valid"},
		{valid + `,"PERSONAL_CITY":["x"]`, "ERROR_CORE", "The field PERSONAL_CITY is not valid"},
		{valid + `,"NAME":["x"]`, "ERROR_CORE", "The field NAME is not valid"},
		{valid + `,"NAME":"` + strings.Repeat("ä", 256) + `"`, "ERROR_CORE", "a name must have at most 255 characters"},
		{valid + `,"TIME_ZONE":"Mars"`, "ERROR_CORE", `time_zone "Mars" is not known: it must be an IANA name, such as Europe/Berlin`},
		{valid + `,"PERSONAL_NOTES":"` + strings.Repeat("a", 16<<10) + `"`, "ERROR_CORE", "The profile takes more than 16384 bytes"},
	} {
		a := b.admin.Call("user.add", `{`+c.params+`}`)
		wantError(t, a, 400, c.code, c.description)
	}
	wantError(t, b.user.Call("user.add", `{`+valid+`}`), 400, "ERROR_CORE", "access_denied")
	if n := len(b.Directory.Users(1)); n != 2 {
		t.Errorf("%d users", n)
	}
	if a := b.admin.Call("user.add", `{`+valid+`,"NAME":"`+strings.Repeat("ä", 255)+`"}`); a.Status != 200 {
		t.Errorf("the longest name: %s", a.Text)
	}
}

func TestAddAndUpdateNeedTheWholeScope(t *testing.T) {
	b := open(t)
	for _, method := range []string{"user.add", "user.update"} {
		for _, scope := range []string{"user_basic", "user_brief"} {
			wantError(t, b.hook(method, `{"ID":1}`, scope), 403, "insufficient_scope", "The request requires higher privileges than provided by the webhook token")
		}
	}
	b.ChangeInstallation(func(i *directory.Installation) { i.Scope = []string{"user_basic"} })
	wantError(t, b.admin.Call("user.add", ``), 403, "insufficient_scope", "The request requires higher privileges than provided by the access token")
	wantError(t, b.hook("user.add", ``, "crm"), 403, "insufficient_scope", "The request requires higher privileges than provided by the webhook token")
}

const klaus = `"EMAIL":"klaus@example.com","NAME":"Klaus","LAST_NAME":"Weber","PERSONAL_GENDER":"M","PERSONAL_BIRTHDAY":"1990-01-01","WORK_POSITION":"Developer",` +
	`"UF_EMPLOYMENT_DATE":"2024-04-05","PERSONAL_PHONE":"1","PERSONAL_WWW":"x"`

// What user.add tells, by scope. docs/protocol/events.md section 10.
var told = map[string]string{
	"user": `{"ID":3,"ACTIVE":"Y","EMAIL":"klaus@example.com","NAME":"Klaus","LAST_NAME":"Weber","PERSONAL_GENDER":"M","PERSONAL_BIRTHDAY":"1990-01-01","UF_DEPARTMENT":[1,2],` +
		`"DATE_REGISTER":"2026-03-01T14:00:00+02:00","WORK_POSITION":"Developer","UF_EMPLOYMENT_DATE":"2024-04-05","PERSONAL_WWW":"x","PERSONAL_PHONE":"1"}`,
	"user_basic": `{"ID":3,"ACTIVE":"Y","EMAIL":"klaus@example.com","NAME":"Klaus","LAST_NAME":"Weber","PERSONAL_GENDER":"M","PERSONAL_BIRTHDAY":"1990-01-01","UF_DEPARTMENT":[1,2],` +
		`"DATE_REGISTER":"2026-03-01T14:00:00+02:00","WORK_POSITION":"Developer","UF_EMPLOYMENT_DATE":"2024-04-05","PERSONAL_PHONE":"1"}`,
	"user_brief": `{"ID":3,"ACTIVE":"Y","NAME":"Klaus","LAST_NAME":"Weber","PERSONAL_GENDER":"M","PERSONAL_BIRTHDAY":"1990-01-01","UF_DEPARTMENT":[1,2],` +
		`"DATE_REGISTER":"2026-03-01T14:00:00+02:00","WORK_POSITION":"Developer","UF_EMPLOYMENT_DATE":"2024-04-05"}`,
}

func (b *bench) addKlaus() {
	b.T.Helper()
	if a := b.admin.Call("user.add", `{`+klaus+`,"UF_DEPARTMENT":[1,2]}`); a.Status != 200 {
		b.T.Fatal(a.Text)
	}
}

// install installs another application and binds ONUSERADD for it.
func (b *bench) install(scope string) onevent.InstallationID {
	b.T.Helper()
	b.Update(func(tx onevent.Tx) error {
		id, err := tx.NextID("application")
		if err != nil {
			return err
		}
		app := onevent.Application{ID: onevent.ApplicationID(id), ClientID: fmt.Sprint("app.", id), SecretHash: []byte{1}, Name: scope, Kind: onevent.KindMarket, Created: b.Clock.Now()}
		if err := b.Directory.PutApplication(tx, app); err != nil {
			return err
		}
		return b.Directory.PutVersion(tx, onevent.Version{Application: app.ID, Ordinal: 1, Text: "1"})
	})
	app := b.Directory.ApplicationByClientID(fmt.Sprint("app.", len(b.Directory.Installations(1))+1))
	inst := *b.Install(app.ID)
	inst.Scope = []string{scope}
	b.Update(func(tx onevent.Tx) error { return b.Directory.PutInstallation(tx, inst) })
	token := b.Authority.Mint(oauth.Grant{Installation: b.Installation(app.ID), User: b.Directory.User(1, testportal.Admin)}).Access
	wantResult(b.T.(*testing.T), testportal.As(b.handler, token).Call("event.bind", `{"event":"ONUSERADD","handler":"https://app.example.com/h"}`), `true`)
	return inst.ID
}

func TestAddRaisesTheEventWithTheRow(t *testing.T) {
	b := open(t)
	wantResult(t, b.admin.Call("event.bind", `{"event":"ONUSERADD","handler":"https://app.example.com/h"}`), `true`)
	b.addKlaus()
	got := b.Queue.Take()
	if len(got) != 1 || string(got[0].Event.Data) != told["user"] {
		t.Fatalf("told %+v", got)
	}
	if e := got[0].Event; e.Code != "ONUSERADD" || e.Actor != testportal.Admin || e.Object != (onevent.Object{Type: "user", ID: "3"}) || len(got[0].Deliveries) != 1 {
		t.Errorf("told %+v", e)
	}
	// Guests are told to nobody, and neither is a change.
	b.admin.Call("user.add", `{"EMAIL":"guest@example.com","EXTRANET":"Y","SONET_GROUP_ID":3}`)
	b.admin.Call("user.update", `{"ID":3,"NAME":"K"}`)
	if got := b.Queue.Take(); len(got) != 0 {
		t.Errorf("told %+v", got)
	}
}

// An application with a smaller scope is not told more than it may read.
func TestAddTellsEachApplicationWhatItsScopeShows(t *testing.T) {
	b := open(t)
	wantResult(t, b.admin.Call("event.bind", `{"event":"ONUSERADD","handler":"https://app.example.com/h"}`), `true`)
	wantResult(t, b.admin.Call("event.bind", `{"event":"ONUSERADD","handler":"https://app.example.com/2"}`), `true`)
	scopeOf := map[onevent.InstallationID]string{1: "user", b.install("user_brief"): "user_brief", b.install("user_basic"): "user_basic"}
	b.addKlaus()
	deliveries := 0
	for _, got := range b.Queue.Take() {
		for _, d := range got.Deliveries {
			scope := scopeOf[b.Directory.Handler(d.Handler).Owner.Installation]
			if string(got.Event.Data) != told[scope] {
				t.Errorf("%s: %s", scope, got.Event.Data)
			}
			deliveries++
		}
	}
	if deliveries != 4 {
		t.Errorf("%d deliveries", deliveries)
	}
}

func TestAddTellsOneEventToApplicationsOfOneScope(t *testing.T) {
	b := open(t)
	b.install("user_brief")
	b.install("user_brief")
	b.addKlaus()
	got := b.Queue.Take()
	if len(got) != 1 || len(got[0].Deliveries) != 2 || string(got[0].Event.Data) != told["user_brief"] {
		t.Errorf("told %+v", got)
	}
}

func TestAddIsAFactWithoutHandlersToo(t *testing.T) {
	b := open(t)
	b.addKlaus()
	err := b.Store.View(context.Background(), func(r onevent.Reader) error {
		e, err := r.Event(1)
		if err == nil && (e.Code != "ONUSERADD" || string(e.Data) != told["user"]) {
			t.Errorf("event %+v", e)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// Nothing of a user is kept whose profile can't be.
func TestAddIsOneTransaction(t *testing.T) {
	b := open(t)
	a := b.admin.Call("user.add", `{"EMAIL":"new@example.com","UF_DEPARTMENT":[1],"PERSONAL_NOTES":"`+strings.Repeat("a", 16<<10)+`"}`)
	wantError(t, a, 400, "ERROR_CORE", "The profile takes more than 16384 bytes")
	again, err := directory.Load(context.Background(), b.Store, b.Authority.Ring)
	if err != nil || len(again.Users(1)) != 2 || len(b.Directory.Users(1)) != 2 {
		t.Errorf("users %+v %v", again.Users(1), err)
	}
}
