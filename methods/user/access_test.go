package user_test

import (
	"testing"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/internal/testportal"
)

// docs/protocol/rest.md section 11.
func TestAdminSaysWhoManagesApplications(t *testing.T) {
	b := open(t)
	wantResult(t, b.admin.Call("user.admin", ""), `true`)
	wantResult(t, b.user.Call("user.admin", ""), `false`)
	wantResult(t, b.hook("user.admin", ""), `true`)
}

func TestAccessByCode(t *testing.T) {
	b := open(t)
	wantResult(t, b.admin.Call("user.update", `{"ID":2,"UF_DEPARTMENT":[1,5]}`), `true`)
	for access, want := range map[string]string{
		`"U2"`: `true`, `"U1"`: `false`, `"AU"`: `true`, `"G2"`: `true`, `"G1"`: `false`, `"G3"`: `false`, `"D5"`: `true`, `"DR5"`: `true`, `"D2"`: `false`, `"SG4"`: `false`,
		`["U1","SG4"]`: `false`, `["U1","AU"]`: `true`, `{"3":"U2"}`: `true`, `""`: `false`, `[]`: `false`, `[""]`: `false`, `null`: `false`, `[["AU"]]`: `false`, `"U"`: `false`, `2`: `false`,
	} {
		wantResult(t, b.user.Call("user.access", `{"ACCESS":`+access+`}`), want)
		wantResult(t, b.user.Call("user.access", `{"access":`+access+`}`), want)
		wantResult(t, b.admin.Call("user.access", `{"ACCESS":`+access+`}`), `true`)
	}
	code := b.Webhook(testportal.User)
	wantResult(t, testportal.Post(b.handler, "/rest/2/"+code+"/user.access?ACCESS[]=U2", "", ""), `true`)
}

func TestAccessNames(t *testing.T) {
	b := open(t)
	b.ChangeUser(testportal.User, func(u *onevent.User) { u.LastName = "Two" })
	for access, want := range map[string]string{
		`["AU","U2","X9"]`: `{"AU":{"provider":"","name":"All authorized users","provider_id":"other"},"U2":{"provider":"Users","name":"User Two","provider_id":"user"}}`,
		`["G2","G1"]`: `{"G2":{"provider":"User groups","name":"All users","provider_id":"group"},` +
			`"G1":{"provider":"User groups","name":"Administrators","provider_id":"group"}}`,
		`["AU","AU"]`:                            `{"AU":{"provider":"","name":"All authorized users","provider_id":"other"}}`,
		`"U1"`:                                   `{"U1":{"provider":"Users","name":"Administrator","provider_id":"user"}}`,
		`["U99","D1","SG1","U","U01","2","U+2"]`: `[]`,
		`[]`:                                     `false`,
		`""`:                                     `false`,
		`null`:                                   `false`,
	} {
		wantResult(t, b.user.Call("access.name", `{"ACCESS":`+access+`}`), want)
	}
	wantResult(t, b.user.Call("access.name", ``), `false`)
}
