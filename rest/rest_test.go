package rest_test

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/directory"
	"github.com/onevent/onevent/internal/testportal"
	"github.com/onevent/onevent/oauth"
	"github.com/onevent/onevent/rest"
)

// docs/protocol/rest.md section 1.
func TestURLForms(t *testing.T) {
	b := open(t)
	hook := "/rest/1/" + b.Webhook(testportal.Admin, "crm")
	token := "?auth=" + b.token
	for _, tc := range []struct {
		path   string
		status int
	}{
		{"/rest/who" + token, 200},
		{"/rest/who/" + token, 200},
		{"/rest//who" + token, 200},
		{"/rest/WHO.json" + token, 200},
		{"/rest/who.json/" + token, 200},
		{"/rest/needs%2Ecrm" + token, 200},
		{"/rest/Needs.CRM" + token, 200},
		{hook + "/who", 200},
		{hook + "//who/", 200},
		{hook + "/who.json", 200},
		{"/rest/who.xml" + token, 200},
		{hook + "/WHO.XML/", 200},
		{"/rest/who.jsonx" + token, 404},
		{"/rest/who.xml.json" + token, 404},
		{"/rest/1/x%2Fy/who", 401},
		{"/rest/who%2F" + token, 404},
		{"/rest/" + strings.Repeat("x", 10_000) + token, 404},
		{"/rest/who.json.json" + token, 404},
		{"/rest/nobody" + token, 404},
		{"/rest" + token, 404},
		{"/rest/" + token, 404},
		{hook, 404},
		{hook + "/who/more", 404},
		{"/rest/download" + token, 404},
		{"/rest/nobody", 401},
	} {
		a := b.do(t, http.MethodGet, tc.path, "", "")
		if a.Status != tc.status {
			t.Errorf("%s: %d %s", strings.ReplaceAll(tc.path, b.token, "T"), a.Status, a.Text)
		}
		if code, text := a.Error(); tc.status == 404 && (code != "ERROR_METHOD_NOT_FOUND" || text != "Method not found!") {
			t.Errorf("%s: %s", tc.path, a.Text)
		}
	}
}

func TestAuthorisationIsFoundInItsPlaces(t *testing.T) {
	b := open(t)
	user, code := b.Token(testportal.User), b.Webhook(testportal.User, "crm")
	form := "application/x-www-form-urlencoded"
	for _, tc := range []struct {
		name, path, contentType, body, header string
		part                                  string
	}{
		{"header", "/rest/who", "", "", "bearer " + user, `"user":2,"installation":1`},
		{"header before auth", "/rest/who?auth=" + b.token, "", "", "Bearer " + user, `"user":2`},
		{"auth in the query", "/rest/who?auth=" + user, "", "", "", `"user":2`},
		{"auth in a form", "/rest/who", form, "auth=" + user, "", `"user":2`},
		{"auth in JSON", "/rest/who", "application/json", `{"auth":"` + user + `"}`, "", `"user":2`},
		{"auth before access_token", "/rest/who?access_token=" + b.token, form, "auth=" + user, "", `"user":2`},
		{"access_token", "/rest/who?access_token=" + user, "", "", "", `"user":2`},
		{"an auth that is a list is none", "/rest/who?auth[]=x&access_token=" + user, "", "", "", `"user":2`},
		{"an empty auth is none", "/rest/who?auth=&access_token=" + user, "", "", "", `"user":2`},
		{"token before the path's webhook", "/rest/2/" + code + "/who?auth=" + b.token, "", "", "", `"user":1,"installation":1`},
		{"webhook in the path", "/rest/2/" + code + "/who", "", "", "", `"user":2,"installation":0`},
		{"the path before parameters", "/rest/2/" + code + "/who?aplogin=1&ap=x", "", "", "", `"user":2`},
		{"webhook in parameters", "/rest/who?aplogin=2&ap=" + code, "", "", "", `"user":2,"installation":0`},
	} {
		var header []string
		if tc.header != "" {
			header = []string{"Authorization", tc.header}
		}
		t.Log(tc.name)
		wantText(t, b.do(t, http.MethodPost, tc.path, tc.contentType, tc.body, header...), 200, tc.part)
	}
}

// docs/protocol/rest.md section 6, the rows that the frame answers.
func TestRefusals(t *testing.T) {
	b := open(t)
	expired := b.Authority.MintExpired(oauth.Grant{Installation: b.Installation(b.App), User: b.Directory.User(b.ID, 1)})
	code := b.Webhook(testportal.Admin, "crm")
	for _, tc := range []struct {
		name, path string
		status     int
		body       string
	}{
		{"none", "/rest/who", 401, `{"error":"NO_AUTH_FOUND","error_description":"Wrong authorization data"}`},
		{"login alone", "/rest/who?aplogin=1", 401, `{"error":"NO_AUTH_FOUND","error_description":"Wrong authorization data"}`},
		{"unknown", "/rest/who?auth=x", 401, `{"error":"invalid_token","error_description":"Unable to get application by token"}`},
		{"expired", "/rest/who?auth=" + expired, 401, `{"error":"expired_token","error_description":"The access token provided has expired"}`},
		{"expired before unknown method", "/rest/nobody?auth=" + expired, 401, `{"error":"expired_token","error_description":"The access token provided has expired"}`},
		{"wrong code", "/rest/1/x/who", 401, `{"error":"INVALID_CREDENTIALS","error_description":"Invalid request credentials"}`},
		{"wrong user", "/rest/2/" + code + "/who", 401, `{"error":"INVALID_CREDENTIALS","error_description":"Invalid request credentials"}`},
		{"user is no number", "/rest/admin/" + code + "/who", 401, `{"error":"INVALID_CREDENTIALS","error_description":"Invalid request credentials"}`},
		{"user too large", "/rest/99999999999999999999/" + code + "/who", 401, `{"error":"INVALID_CREDENTIALS","error_description":"Invalid request credentials"}`},
		{"scope of a token", "/rest/needs.task?auth=" + b.token, 403, `{"error":"insufficient_scope","error_description":"The request requires higher privileges than provided by the access token"}`},
		{"scope of a webhook", "/rest/1/" + code + "/needs.task", 403, `{"error":"insufficient_scope","error_description":"The request requires higher privileges than provided by the webhook token"}`},
		{"webhook for an application's method", "/rest/1/" + code + "/needs.app", 403, `{"error":"WRONG_AUTH_TYPE","error_description":"Current authorization type is denied for this method"}`},
		{"argument", "/rest/argues?auth=" + b.token, 400, `{"error":"ERROR_ARGUMENT","error_description":"wrong","argument":"ID"}`},
		{"module", "/rest/refuses?auth=" + b.token, 400, `{"error":"","error_description":"Access denied."}`},
		{"refused by the store", "/rest/invalid?auth=" + b.token, 400, `{"error":"ERROR_ARGUMENT","error_description":"no such text","argument":""}`},
		{"disk full", "/rest/full?auth=" + b.token, 503, `{"error":"OVERLOAD_LIMIT","error_description":"REST API is blocked due to overload."}`},
		{"failure", "/rest/fails?auth=" + b.token, 500, `{"error":"INTERNAL_SERVER_ERROR","error_description":"Internal server error"}`},
		{"panic", "/rest/panics?auth=" + b.token, 500, `{"error":"INTERNAL_SERVER_ERROR","error_description":"Internal server error"}`},
		{"unprintable", "/rest/unprintable?auth=" + b.token, 500, `{"error":"INTERNAL_SERVER_ERROR","error_description":"Internal server error"}`},
	} {
		a := b.do(t, http.MethodGet, tc.path, "", "")
		if a.Status != tc.status || a.Text != tc.body {
			t.Errorf("%s: got %d %s, want %d %s", tc.name, a.Status, a.Text, tc.status, tc.body)
		}
		wantFrame(t, a)
	}
}

func TestRefusalsFollowWhatBecameOfInstallationAndUser(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(*bench)
		method string
		code   string
		status int
	}{
		"payment expired": {func(b *bench) { b.ChangeInstallation(func(i *directory.Installation) { i.Expired = true }) }, "who", "PAYMENT_REQUIRED", 401},
		"uninstalled": {func(b *bench) {
			b.ChangeInstallation(func(i *directory.Installation) { i.Ended = b.Clock.Now() })
		}, "who", "NOT_INSTALLED", 401},
		"dismissed":                 {dismiss, "who", "authorization_error", 401},
		"scope before dismissed":    {dismiss, "needs.task", "insufficient_scope", 403},
		"an hour later":             {func(b *bench) { b.Clock.Advance(time.Hour) }, "who", "expired_token", 401},
		"a second less than that":   {func(b *bench) { b.Clock.Advance(time.Hour - time.Second) }, "who", "", 200},
		"before installation ended": {func(b *bench) { b.ChangeInstallation(func(i *directory.Installation) { i.Installed = false }) }, "who", "", 200},
	} {
		t.Run(name, func(t *testing.T) {
			b := open(t)
			tc.change(b)
			a := b.do(t, http.MethodGet, "/rest/"+tc.method+"?auth="+b.token, "", "")
			if code, _ := a.Error(); a.Status != tc.status || code != tc.code {
				t.Errorf("got %d %s", a.Status, a.Text)
			}
		})
	}
}

func dismiss(b *bench) { b.ChangeUser(testportal.Admin, func(u *onevent.User) { u.Active = false }) }

// wantFrame checks what every answer carries; docs/protocol/rest.md section 2.
func wantFrame(t *testing.T, a testportal.Answer) {
	t.Helper()
	for name, value := range map[string]string{
		"Content-Type":                "application/json; charset=utf-8",
		"Access-Control-Allow-Origin": "*",
		"X-Content-Type-Options":      "nosniff",
		"Content-Length":              strconv.Itoa(len(a.Text)),
	} {
		if a.Header.Get(name) != value {
			t.Errorf("%s is %q, want %q", name, a.Header.Get(name), value)
		}
	}
	if allowed := a.Header.Get("Access-Control-Allow-Headers"); !strings.HasPrefix(allowed, "origin, content-type, accept") {
		t.Errorf("allowed headers %q", allowed)
	}
}

func TestPreflightNeedsNoAuthorisation(t *testing.T) {
	b := open(t)
	a := b.do(t, http.MethodOptions, "/rest/who", "", "")
	if a.Status != 204 || a.Text != "" || a.Header.Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("got %d %q %v", a.Status, a.Text, a.Header)
	}
}

func TestWebhooksOverPlainHTTPAreRefusedUnlessAllowed(t *testing.T) {
	b := open(t)
	path := "/rest/1/" + b.Webhook(testportal.Admin) + "/who"
	a := testportal.Post(b.HandlerAt("http://portal.example.com", testMethods...), path, "", "")
	if a.Status != 400 || a.Text != `{"error":"INVALID_REQUEST","error_description":"Https required."}` {
		t.Errorf("got %d %s", a.Status, a.Text)
	}
	if a := testportal.Post(b.HandlerAt("http://portal.example.com", testMethods...), "/rest/who", b.token, ""); a.Status != 200 {
		t.Errorf("a token over http: %d %s", a.Status, a.Text)
	}
	server := rest.New(rest.Config{Registry: rest.NewRegistry(testMethods...), Authority: b.Authority, Clock: b.Clock, Logger: b.Logger, AllowHTTPWebhooks: true})
	allowing := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		server.Serve(w, r, b.Row(), "http://127.0.0.1:8055", onevent.Endpoints{}, strings.Split(path, "/")[2:])
	})
	if a := testportal.Post(allowing, path, "", ""); a.Status != 200 {
		t.Errorf("allowed: %d %s", a.Status, a.Text)
	}
}

// docs/protocol/rest.md section 3.
func TestParametersAreReadFromEveryPlace(t *testing.T) {
	b := open(t)
	const form, plain = "application/x-www-form-urlencoded", "text/plain;charset=UTF-8"
	var parts bytes.Buffer
	m := multipart.NewWriter(&parts)
	m.WriteField("a[b]", "1 & 2=3")
	m.WriteField("a[c][]", "x")
	file, _ := m.CreateFormFile("file", "x.txt")
	file.Write([]byte("content"))
	m.Close()
	for _, tc := range []struct{ name, query, contentType, body, want string }{
		{"query", "&filter%5B%3EID%5D=1&select[]=ID", "", "", `{"filter":{">ID":"1"},"select":["ID"]}`},
		{"form", "", form, "a[b][c]=1&a[b][d]=x+y", `{"a":{"b":{"c":"1","d":"x y"}}}`},
		{"text", "", plain, "a=1", `{"a":"1"}`},
		{"no content type", "", "", "a=1", `{"a":"1"}`},
		{"JSON", "", "application/json; charset=utf-8", `{"a":{"b":[1,true,null,1.50]}}`, `{"a":{"b":[1,true,null,1.50]}}`},
		{"JSON, odd header", "", "APPLICATION/JSON;;x", `{"a":1}`, `{"a":1}`},
		{"JSON []", "", "application/json", `[]`, `{}`},
		{"JSON list", "", "application/json", `["x",{"y":1}]`, `{"0":"x","1":{"y":1}}`},
		{"JSON scalar", "&q=1", "application/json", `5`, `{"q":"1"}`},
		{"JSON invalid", "&q=1", "application/json", `{"a":`, `{"q":"1"}`},
		{"JSON empty", "", "application/json", ``, `{}`},
		{"multipart", "", m.FormDataContentType(), parts.String(), `{"a":{"b":"1 & 2=3","c":["x"]}}`},
		{"multipart cut", "", m.FormDataContentType(), parts.String()[:120], `{}`},
		{"multipart without boundary", "", "multipart/form-data", "x", `{}`},
		{"body over query, top level only", "&a[b]=1&c=2", "application/json", `{"a":{"d":3}}`, `{"a":{"d":3},"c":"2"}`},
		{"SDK parameters", "&bx24_request_id=1&bx24_sdk_ver=2&a=3", "application/json", `{"bx24_sdk_type":"x"}`, `{"a":"3"}`},
		{"reserved", "&start=5&state=x&sessid=y&aplogin=1&ap=2&auth_connector=z&access_token=w&b=1", "", "", `{"b":"1"}`},
		{"NUL", "&a=x%00y", "application/json", `{"b":["\u0000z"],"c\u0000":1}`, `{"a":"xy","b":["z"],"c":1}`},
		{"not UTF-8", "&a=%ff", "", "", `{"a":"` + "\ufffd" + `"}`},
		{"tab in a key", "", "application/json", `{"event_type\t":"x","event_type":"y"}`, `{"event_type\t":"x","event_type":"y"}`},
	} {
		a := b.do(t, http.MethodPost, "/rest/echo?auth="+b.token+tc.query, tc.contentType, tc.body)
		if t.Log(tc.name); a.Status != 200 || !strings.HasPrefix(a.Text, `{"result":`+tc.want+`,"time"`) {
			t.Errorf("got %d %s, want %s", a.Status, a.Text, tc.want)
		}
	}
}

func TestLimitsAreAnsweredAsErrorsThatNameThem(t *testing.T) {
	b := open(t)
	deep := strings.Repeat(`{"a":`, 65) + "1" + strings.Repeat("}", 65)
	for _, tc := range []struct {
		name, query, contentType, body string
		status                         int
		part                           string
	}{
		{"depth of JSON", "", "application/json", deep, 400, "limit of 64 depth"},
		{"depth of a form", "", "", "a" + strings.Repeat("[b]", 64) + "=1", 400, "limit of 64 depth"},
		{"depth of the query", "&a" + strings.Repeat("[b]", 64) + "=1", "", "", 400, "limit of 64 depth"},
		{"keys of JSON", "", "application/json", "[" + strings.Repeat("1,", 20_000) + "1]", 400, "limit of 20000 keys"},
		{"keys of a form", "", "", strings.Repeat("a[]=1&", 20_001), 400, "limit of 20000 keys"},
		{"size", "", "", strings.Repeat("x", 16<<20+1), 413, "limit of 16777216 bytes"},
	} {
		a := b.do(t, http.MethodPost, "/rest/echo?auth="+b.token+tc.query, tc.contentType, tc.body)
		t.Log(tc.name)
		wantText(t, a, tc.status, tc.part)
		if code, _ := a.Error(); code != "ERROR_ARGUMENT" {
			t.Errorf("code %q", code)
		}
		wantFrame(t, a)
	}
}

// A client that goes away in the middle of its body gets no failure of the server.
func TestABodyThatBreaksOffIsTheCallersFault(t *testing.T) {
	b := open(t)
	r := httptest.NewRequest(http.MethodPost, testportal.Base+"/rest/who", iotest.ErrReader(io.ErrUnexpectedEOF))
	a := testportal.Do(b.handler, r)
	wantText(t, a, 400, `{"error":"ERROR_CORE","error_description":"the body of the request could not be read"}`)
}

func TestTimeHasAllItsKeys(t *testing.T) {
	b := open(t)
	a := b.do(t, http.MethodGet, "/rest/who?auth="+b.token, "", "")
	want := `"time":{"start":1772366400.000000,"finish":1772366400.000000,"duration":0,"processing":0,` +
		`"date_start":"2026-03-01T14:00:00+02:00","date_finish":"2026-03-01T14:00:00+02:00","operating_reset_at":1772367000,"operating":0}}`
	if !strings.HasSuffix(a.Text, want) {
		t.Errorf("got %s, want %s", a.Text, want)
	}
	wantFrame(t, a)
}

func TestDatesInUTCHaveADigitOffset(t *testing.T) {
	b := open(t)
	row := *b.Row()
	row.TimeZone = "nowhere"
	b.Update(func(tx onevent.Tx) error { return b.Directory.PutPortal(tx, row) })
	wantText(t, b.do(t, http.MethodGet, "/rest/who?auth="+b.token, "", ""), 200, `"date_start":"2026-03-01T12:00:00+00:00"`)
}

// docs/protocol/rest.md section 7.
func TestListsTellTheirNextPage(t *testing.T) {
	b := open(t)
	for start, want := range map[string]string{
		"":                        `"result":[0],"next":50,"total":120,`,
		"0":                       `"result":[0],"next":50,"total":120,`,
		"20":                      `"result":[20],"next":70,"total":120,`,
		"70":                      `"result":[70],"total":120,`,
		"69":                      `"result":[69],"next":119,"total":120,`,
		"500":                     `"result":[500],"total":120,`,
		"-1":                      `"result":[0],"total":0,`,
		"-7":                      `"result":[0],"total":0,`,
		"x":                       `"result":[0],"next":50,"total":120,`,
		"9999999999":              `"result":[2147483647],"total":120,`,
		"9999999999999999999999":  `"result":[2147483647],"total":120,`,
		"-9999999999999999999999": `"result":[0],"total":0,`,
	} {
		wantText(t, b.do(t, http.MethodGet, "/rest/list?start="+start+"&auth="+b.token, "", ""), 200, want)
	}
	wantText(t, b.do(t, http.MethodPost, "/rest/list", "application/json", `{"start":50,"auth":"`+b.token+`"}`), 200, `"next":100`)
}

func TestTheFrameReadsStartAndConnector(t *testing.T) {
	b := open(t)
	wantText(t, b.do(t, http.MethodGet, "/rest/who?start=7&auth_connector=mine&auth="+b.token, "", ""), 200, `"connector":"mine","start":7`)
}

// One line a call, a failure with its cause, and no secret in either.
func TestCallsAreLoggedWithoutSecrets(t *testing.T) {
	b := open(t)
	var log bytes.Buffer
	b.Logger = slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	h := b.Handler(testMethods...)
	testportal.Post(h, "/rest/who", b.token, `{"password":"hush"}`)
	testportal.Post(h, "/rest/fails", b.token, `{"password":"hush"}`)
	testportal.Post(h, "/rest/panics?auth="+b.token, "", "")
	lines := strings.Split(strings.TrimSpace(log.String()), "\n")
	var seen []string
	for _, line := range lines {
		var record map[string]any
		if err := json.Unmarshal([]byte(line), &record); err != nil {
			t.Fatal(err)
		}
		seen = append(seen, record["level"].(string)+" "+record["method"].(string))
		if record["user"] != 1.0 || record["installation"] != 1.0 || record["portal"] == "" {
			t.Errorf("line %s", line)
		}
	}
	if got := strings.Join(seen, ", "); got != "DEBUG who, ERROR fails, DEBUG fails, ERROR panics, DEBUG panics" {
		t.Errorf("lines: %s", got)
	}
	for _, part := range []string{"secret cause", "oops"} {
		if !strings.Contains(log.String(), part) {
			t.Errorf("the log lacks %q", part)
		}
	}
	if strings.Contains(log.String(), b.token) || strings.Contains(log.String(), "hush") {
		t.Error("the log holds a secret")
	}
}

// A webhook's path that lacks its user or method has the code where a name stands.
func TestANameThatMayBeASecretIsNotLogged(t *testing.T) {
	b := open(t)
	var log bytes.Buffer
	b.Logger = slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	h := b.Handler(testMethods...)
	code := b.Webhook(testportal.Admin)
	for _, path := range []string{code, code + ".json", code + "/", "1/x/" + b.token, "api/" + b.token, "crm.lead.list"} {
		if a := testportal.Post(h, "/rest/"+path, "", ""); a.Status == 200 {
			t.Errorf("%s: %s", path, a.Text)
		}
	}
	if strings.Contains(log.String(), code) || strings.Contains(log.String(), b.token[:20]) {
		t.Errorf("the log holds a secret: %s", log.String())
	}
	if !strings.Contains(log.String(), `"method":"crm.lead.list"`) {
		t.Errorf("the log does not say which method was missed: %s", log.String())
	}
}

func TestTwoMethodsOfOneNamePanic(t *testing.T) {
	t.Parallel()
	defer func() {
		if recover() == nil {
			t.Error("it did not panic")
		}
	}()
	rest.NewRegistry(rest.Method{Name: "a"}, rest.Method{Name: "a"})
}
