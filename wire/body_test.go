package wire_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/onevent/onevent/wire"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const (
	exampleTS  = 1727018926
	exampleHex = "a223c6b3710f85df22e9377d6c4f7553"
	exampleKey = "51856fefc120afa4b628cc82d3935cce"
)

// exampleAuth is the auth block of a user in most examples of events.md section 2.
func exampleAuth(ts int64, scope string) wire.Auth {
	a := withoutUser(scope)
	a.AccessToken = "be3af0660072c0d8006e2cf200000001000007e1b2c3"
	a.Expires, a.ExpiresIn, a.UserID = ts+3600, 3600, 1
	return a
}

func withoutUser(scope string) wire.Auth {
	return wire.Auth{
		Scope: scope, Status: "L", MemberID: exampleHex, ApplicationToken: exampleKey,
		Domain:         "example.bitrix24.com",
		ServerEndpoint: "https://oauth.bitrix.info/rest/",
		ClientEndpoint: "https://example.bitrix24.com/rest/",
	}
}

func bare() wire.Auth {
	a := withoutUser("")
	a.Bare = true
	return a
}

func refreshed(a wire.Auth, token string) wire.Auth {
	a.RefreshToken = token
	return a
}

func onSomeDomain(a wire.Auth) wire.Auth {
	a.Domain, a.ClientEndpoint, a.Status = "some-domain.bitrix24.com", "https://some-domain.bitrix24.com/rest/", "F"
	return a
}

func webhookAuth() wire.Auth {
	a := bare()
	a.ApplicationToken = "v5x1m8w0q2c7k4d9s3b6n0z5j1h8t2rf"
	return a
}

func updateAuth() wire.Auth {
	a := onSomeDomain(refreshed(exampleAuth(1696527000, "imbot"), "…"))
	a.AccessToken, a.MemberID, a.ApplicationToken = "…", "d41d8cd98f00b204e9800998ecf8427e", "c917d38f6bdb84e9d9e0bfe9d585be73"
	return a
}

// example is a body that a page of the protocol shows.
type example struct {
	golden, page, section string
	body                  wire.Body
}

const (
	longRefresh  = "ae1b18670072c0d8006e2cf2000000010000074c5d6e"
	shortRefresh = "4s386p3q0tr8dy89xvmt96234v3dljg8"
)

func examples(t testing.TB) []example {
	data := func(text string) []byte { return wire.AppendForm(nil, "data", mustJSON(t, text)) }
	return []example{
		{"user", "events.md", "2.3", wire.Body{
			Event: "ONCRMCONTACTADD", HandlerID: 58, TS: exampleTS, Data: data(`{"FIELDS":{"ID":134806}}`),
			Auth: exampleAuth(exampleTS, "crm,placement,user_brief"),
		}},
		{"user_refresh", "events.md", "2.4", wire.Body{
			Event: "ONAPPINSTALL", HandlerID: 3, TS: exampleTS,
			Data: data(`{"VERSION":"1","ACTIVE":"Y","INSTALLED":"Y","LANGUAGE_ID":"en"}`),
			Auth: refreshed(exampleAuth(exampleTS, "crm,user,placement"), shortRefresh),
		}},
		{"outgoing_webhook", "events.md", "2.5", wire.Body{
			Event: "ONCRMDYNAMICITEMUPDATE", HandlerID: 509, TS: 1739049397,
			Data: data(`{"FIELDS":{"ID":21,"ENTITY_TYPE_ID":1032}}`), Auth: webhookAuth(),
		}},
		{"uninstall", "events.md", "2.6", wire.Body{
			Event: "ONAPPUNINSTALL", HandlerID: 4, TS: 1727019000, Data: data(`{"CLEAN":1,"LANGUAGE_ID":"en"}`), Auth: bare(),
		}},
		{"offline", "events.md", "2.6", wire.Body{
			Event: "ONOFFLINEEVENT", HandlerID: 12, TS: 1727019100, Data: data(`[]`),
			Auth: refreshed(exampleAuth(1727019100, "crm,user"), longRefresh),
		}},
		{"calendar", "events.md", "2.6", wire.Body{
			Event: "ONCALENDARENTRYUPDATE", HandlerID: 4, TS: 1734608349, Data: data(`{"id":1414}`),
			Auth: onSomeDomain(refreshed(exampleAuth(1734608349, "calendar"), shortRefresh)),
		}},
		{"test", "events.md", "2.6", wire.Body{
			Event: "ONAPPTEST", HandlerID: 6, TS: 1727019200, Data: data(`{"QUERY":{"any":"data"},"LANGUAGE_ID":"en"}`),
			Auth: refreshed(exampleAuth(1727019200, "crm,user"), longRefresh),
		}},
		{"update", "app-lifecycle.md", "3.2", wire.Body{
			Event: "ONAPPUPDATE", HandlerID: 7, TS: 1696527000,
			Data: data(`{"VERSION":"2.1.0","PREVIOUS_VERSION":"2.0.3","LANGUAGE_ID":"de"}`), Auth: updateAuth(),
		}},
	}
}

func TestBodiesAreThoseOfTheProtocolByteForByte(t *testing.T) {
	t.Parallel()
	for _, e := range examples(t) {
		t.Run(e.golden, func(t *testing.T) {
			t.Parallel()
			got := e.body.Append(nil)
			checkGolden(t, e.golden, got)
			checkPage(t, e.page, strings.ReplaceAll(string(got), "%E2%80%A6", "…"))
		})
	}
}

// The page gives the order of the keys of an application without a user, no
// example (events.md section 3.1).
func TestAnApplicationWithoutAUserGetsSevenKeys(t *testing.T) {
	t.Parallel()
	b := wire.Body{Event: "ONCRMDEALADD", HandlerID: 5, TS: exampleTS, Data: []byte("data=1"), Auth: withoutUser("crm")}
	checkGolden(t, "no_user", b.Append(nil))
}

func TestARefreshTokenWithoutAnAccessTokenIsNotSent(t *testing.T) {
	t.Parallel()
	for _, a := range []wire.Auth{refreshed(withoutUser("crm"), "r"), refreshed(bare(), "r")} {
		if got := string(a.Append(nil)); strings.Contains(got, "refresh") {
			t.Errorf("got %s", got)
		}
	}
}

func TestABodyIsAppended(t *testing.T) {
	t.Parallel()
	b := wire.Body{Event: "ON X", HandlerID: 1, TS: 2, Auth: bare()}
	if got := string(b.Append([]byte("before:"))); !strings.HasPrefix(got, "before:event=ON+X&event_handler_id=1&ts=2&auth%5Bdomain%5D=") {
		t.Errorf("got %s", got)
	}
}

func TestDataPartsAreThoseOfTheProtocol(t *testing.T) {
	t.Parallel()
	cases := map[string]string{
		"comment":  `{"FIELDS_BEFORE":"undefined","FIELDS_AFTER":{"ID":338729,"TASK_ID":40927},"IS_ACCESSIBLE_BEFORE":"N","IS_ACCESSIBLE_AFTER":"undefined"}`,
		"user_add": `{"ID":123,"ACTIVE":"Y","EMAIL":"user@example.com","NAME":"Klaus","LAST_NAME":"Weber","UF_DEPARTMENT":[1,2]}`,
	}
	for name, text := range cases {
		got := wire.AppendForm(nil, "data", mustJSON(t, text))
		checkGolden(t, name, got)
		checkPage(t, "events.md", string(got))
	}
}

func checkGolden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", "body", name+".form")
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// checkPage proves that a golden file shows what the protocol says, not only what
// the code does.
func checkPage(t *testing.T, page, line string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "docs", "protocol", page))
	if err != nil {
		t.Fatal(err)
	}
	for shown := range strings.Lines(string(text)) {
		if strings.TrimSpace(shown) == line {
			return
		}
	}
	t.Errorf("%s does not show %s", page, line)
}

func TestABodyIsAppendedWithoutAllocating(t *testing.T) {
	b := examples(t)[1].body
	dst := make([]byte, 0, 4096)
	if n := testing.AllocsPerRun(100, func() { dst = b.Append(dst[:0]) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkBody(b *testing.B) {
	body := examples(b)[1].body
	dst := body.Append(nil)
	b.ReportAllocs()
	b.SetBytes(int64(len(dst)))
	for b.Loop() {
		dst = body.Append(dst[:0])
	}
}

func BenchmarkParseForm(b *testing.B) {
	text := string(examples(b)[1].body.Append(nil))
	b.ReportAllocs()
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		_, _ = wire.ParseForm(text, wire.Limits{})
	}
}
