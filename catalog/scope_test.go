package catalog_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/catalog"
)

func TestScopesAreThoseOfTheProtocol(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../docs/protocol/clients.md")
	if err != nil {
		t.Fatal(err)
	}
	_, after, found := strings.Cut(string(page), "They are: ")
	list, _, ended := strings.Cut(after, ". ")
	if !found || !ended || !slices.Equal(catalog.Scopes(), strings.Fields(list)) {
		t.Errorf("the page has %s", list)
	}
	for _, code := range catalog.Scopes() {
		if !catalog.KnownScope(code) {
			t.Errorf("%s is unknown", code)
		}
	}
	for _, code := range []string{"", "basic", "CRM", "crm ", "nothing"} {
		if catalog.KnownScope(code) {
			t.Errorf("%q is known", code)
		}
	}
}

func TestScopesCannotBeChangedFromOutside(t *testing.T) {
	t.Parallel()
	catalog.Scopes()[0] = "changed"
	catalog.Events()[0] = nil
	if catalog.Scopes()[0] != "ai_admin" || catalog.Events()[0] == nil {
		t.Error("a caller has changed the catalogue")
	}
}

func TestReadingAListOfScopes(t *testing.T) {
	t.Parallel()
	cases := []struct{ in, want, fault string }{
		{"crm,user,placement", "crm user placement", ""},
		{"user,crm,user", "user crm", ""},
		{" crm , user_brief ", "crm user_brief", ""},
		{"crm,,user,", "crm user", ""},
		{"", "", ""},
		{"sign.b2e,booking", "sign.b2e booking", ""},
		{"crm,basic", "", `"basic"`},
		{"crm,nothing", "", `"nothing"`},
		{"CRM", "", `"CRM"`},
		{"crm user", "", `"crm user"`},
	}
	for _, c := range cases {
		got, err := catalog.ParseScope(c.in)
		if strings.Join(got, " ") != c.want || (err != nil) != (c.fault != "") {
			t.Errorf("%q: %v, %v", c.in, got, err)
		}
		if err != nil && (!strings.Contains(err.Error(), c.fault) || onevent.CodeOf(err) != onevent.CodeInvalid) {
			t.Errorf("%q: %v does not name %s", c.in, err, c.fault)
		}
	}
}

func TestGrants(t *testing.T) {
	t.Parallel()
	cases := []struct {
		have, need string
		want       bool
	}{
		{"", "", true}, {"", "basic", true}, {"crm", "basic", true},
		{"crm", "crm", true}, {"user,crm", "crm", true}, {"", "crm", false}, {"user", "crm", false},
		{"user_brief", "user", true}, {"user_basic", "user", true}, {"user", "user", true},
		{"user.userfield", "user", false}, {"user", "user_brief", false}, {"user_basic", "user_brief", false},
		{"tasks", "task", true}, {"task", "tasks", true}, {"tasks_extended", "task", false},
	}
	for _, c := range cases {
		if got := catalog.Grants(strings.Split(c.have, ","), c.need); got != c.want {
			t.Errorf("%q for %q: %t", c.have, c.need, got)
		}
	}
}
