package frame_test

import (
	"cmp"
	"strings"
	"testing"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/directory"
	"github.com/onevent/onevent/frame"
	"github.com/onevent/onevent/internal/testportal"
	"github.com/onevent/onevent/oauth"
	"github.com/onevent/onevent/wire"
)

func open(t *testing.T) (*testportal.Portal, *frame.Opener) {
	t.Helper()
	t.Parallel()
	p := testportal.Open(t)
	return p, &frame.Opener{Directory: p.Directory, Authority: p.Authority}
}

func version(p *testportal.Portal, change func(*onevent.Version)) {
	inst := p.Installation(p.App)
	v := *p.Directory.Version(inst.Application, inst.Version)
	v.AppURL = "https://app.example.com/index.php"
	change(&v)
	p.Update(func(tx onevent.Tx) error { return p.Directory.PutVersion(tx, v) })
}

func value(p frame.Post, name string) string {
	for _, f := range p.Fields {
		if f.Key == name {
			return f.Value.Text()
		}
	}
	return "(absent)"
}

// docs/protocol/app-lifecycle.md section 4, but for identities and tokens.
func TestTheFormIsThatOfTheProtocol(t *testing.T) {
	p, o := open(t)
	version(p, func(v *onevent.Version) {})
	options, err := wire.ParseJSON([]byte(`{"any":"0/"}`), wire.DefaultLimits)
	if err != nil {
		t.Fatal(err)
	}
	inst := p.Installation(p.App)
	post, err := o.Open(frame.Visit{Installation: inst, User: p.Directory.User(p.ID, testportal.Admin), Options: options})
	if err != nil {
		t.Fatal(err)
	}
	wantURL := "https://app.example.com/index.php?DOMAIN=portal.example.com&PROTOCOL=1&LANG=en&APP_SID=" + post.SID
	if post.URL != wantURL || len(post.SID) != 32 {
		t.Errorf("it is posted to %s, want %s", post.URL, wantURL)
	}
	want := "AUTH_ID=" + value(post, "AUTH_ID") + "&AUTH_EXPIRES=3600&REFRESH_ID=" + value(post, "REFRESH_ID") +
		"&SERVER_ENDPOINT=https%3A%2F%2Fportal.example.com%2Foauth-server%2Frest%2F&APPLICATION_TOKEN=" + inst.Secrets.ApplicationToken.Reveal() +
		"&APPLICATION_SCOPE=crm%2Ccalendar%2Cuser&member_id=" + p.Row().MemberID + "&status=L&PLACEMENT=DEFAULT" +
		"&PLACEMENT_OPTIONS=%7B%22any%22%3A%220%2F%22%7D"
	if got := post.Body(); got != want {
		t.Errorf("the body is\n%s\nwant\n%s", got, want)
	}
	acc, refusal := p.Authority.CheckToken(p.Row(), value(post, "AUTH_ID"))
	if refusal != oauth.Granted || acc.User.ID != testportal.Admin {
		t.Errorf("the token is %v", refusal)
	}
}

func TestOptionsParseAsJSONWhenThereAreNone(t *testing.T) {
	p, o := open(t)
	version(p, func(v *onevent.Version) {})
	post, err := o.Open(frame.Visit{Installation: p.Installation(p.App), User: p.Directory.User(p.ID, testportal.User), Placement: "CRM_DEAL_DETAIL_TAB"})
	if err != nil || value(post, "PLACEMENT_OPTIONS") != "[]" || value(post, "PLACEMENT") != "CRM_DEAL_DETAIL_TAB" {
		t.Errorf("%v %s %v", value(post, "PLACEMENT"), value(post, "PLACEMENT_OPTIONS"), err)
	}
}

func TestTheQueryIsAppendedToWhatIsRegistered(t *testing.T) {
	p, o := open(t)
	for registered, want := range map[string]string{
		"https://app.example.com/?a=1":    "https://app.example.com/?a=1&DOMAIN=",
		"https://app.example.com/x#/home": "https://app.example.com/x?DOMAIN=",
	} {
		version(p, func(v *onevent.Version) { v.AppURL = registered })
		post, err := o.Open(frame.Visit{Installation: p.Installation(p.App), User: p.Directory.User(p.ID, testportal.User)})
		if err != nil || !strings.HasPrefix(post.URL, want) {
			t.Errorf("%s: %s, %v", registered, post.URL, err)
		}
		if _, fragment, had := strings.Cut(registered, "#"); had && !strings.HasSuffix(post.URL, "#"+fragment) {
			t.Errorf("%s: %s lost its fragment", registered, post.URL)
		}
	}
}

func TestOnlyAnAdministratorSeesTheInstallerAndNobodyWhatIsNotPaidFor(t *testing.T) {
	p, o := open(t)
	version(p, func(v *onevent.Version) { v.InstallURL = "https://app.example.com/install.php" })
	visit := func(user onevent.UserID) (frame.Post, error) {
		return o.Open(frame.Visit{Installation: p.Installation(p.App), User: p.Directory.User(p.ID, user)})
	}
	if post, err := visit(testportal.Admin); err != nil || !strings.HasPrefix(post.URL, "https://app.example.com/index.php?") {
		t.Errorf("installed: %s %v", post.URL, err)
	}
	p.ChangeInstallation(func(i *directory.Installation) { i.Installed = false })
	if post, err := visit(testportal.Admin); err != nil || !strings.HasPrefix(post.URL, "https://app.example.com/install.php?") {
		t.Errorf("not finished: %s %v", post.URL, err)
	}
	if _, err := visit(testportal.User); onevent.CodeOf(err) != onevent.CodeDenied {
		t.Errorf("not finished, no administrator: %v", err)
	}
	p.ChangeInstallation(func(i *directory.Installation) { i.Installed, i.Expired = true, true })
	if _, err := visit(testportal.Admin); onevent.CodeOf(err) != onevent.CodeDenied {
		t.Errorf("not paid for: %v", err)
	}
	p.ChangeInstallation(func(i *directory.Installation) { i.Expired = false })
	version(p, func(v *onevent.Version) { v.AppURL = "" })
	if _, err := visit(testportal.Admin); onevent.CodeOf(err) != onevent.CodeNotFound {
		t.Errorf("no page: %v", err)
	}
}

func TestThePageOfAStaticApplicationIsOpenedWithoutAForm(t *testing.T) {
	p, o := open(t)
	version(p, func(v *onevent.Version) {})
	app := *p.Directory.Application(p.App)
	app.UI, app.Static = true, true
	p.Update(func(tx onevent.Tx) error { return p.Directory.PutApplication(tx, app) })
	post, err := o.Open(frame.Visit{Installation: p.Installation(p.App), User: p.Directory.User(p.ID, testportal.User)})
	if err != nil || post.Method != "GET" || len(post.Fields) != 0 || !strings.Contains(post.URL, "&APP_SID="+post.SID) {
		t.Errorf("%s %s with %v, %v", post.Method, post.URL, post.Fields, err)
	}
}

func TestAStaticApplicationWithAnAddressIsOpenedThereWhateverWasUploaded(t *testing.T) {
	p, o := open(t)
	version(p, func(v *onevent.Version) {})
	app := *p.Directory.Application(p.App)
	app.UI, app.Static = true, true
	p.Update(func(tx onevent.Tx) error {
		set := onevent.FileSet{ID: 1, Application: p.App, Version: 1, State: onevent.FilesStand, Installer: true}
		return cmp.Or(p.Directory.PutApplication(tx, app), p.Directory.PutFileSet(tx, set))
	})
	p.ChangeInstallation(func(i *directory.Installation) { i.Installed = false })
	visit := frame.Visit{Installation: p.Installation(p.App), User: p.Directory.User(p.ID, testportal.Admin)}
	if post, err := o.Open(visit); err != nil || !strings.HasPrefix(post.URL, "https://app.example.com/index.php?") {
		t.Errorf("%s %v", post.URL, err)
	}
}
