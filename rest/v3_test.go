package rest_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/onevent/onevent/internal/testportal"
	"github.com/onevent/onevent/rest"
	"github.com/onevent/onevent/wire"
)

var v3Methods = []rest.Method{
	rest.Batch(),
	{Name: "echo", Func: fails(rest.ErrCore("not this one")), V3: func(_ context.Context, c *rest.Call) (any, error) { return c.Params, nil }},
	{Name: "rows", V3: gives(map[string]any{"items": []any{map[string]int{"id": 3}, map[string]int{"id": 4}}}), Func: nothing},
	{Name: "old", Func: nothing},
	{Name: "needs.task", Scope: "task", Func: nothing, V3: nothing},
	{Name: "argues", Func: nothing, V3: fails(rest.ErrArgument("ID", "wrong"))},
	{Name: "denied", Func: nothing, V3: fails(rest.ErrDenied("Access denied!"))},
	{Name: "deep", Func: nothing, V3: gives(json.RawMessage(strings.Repeat(`{"d":`, 40) + "1" + strings.Repeat("}", 40)))},
}

func openV3(t *testing.T) *bench {
	b := open(t)
	b.handler = b.Handler(v3Methods...)
	return b
}

// docs/protocol/rest.md sections 1 and 5.
func TestREST3HasItsOwnPathsAndErrors(t *testing.T) {
	b := openV3(t)
	hook := "/rest/api/1/" + b.Webhook(testportal.Admin, "crm")
	const method = `{"error":{"code":"BITRIX_REST_V3_EXCEPTION_METHODNOTFOUNDEXCEPTION","message":"Method not found!"}}`
	for _, tc := range []struct {
		path, token, body string
		status            int
		want              string
	}{
		{"/rest/api/echo", b.token, `{"a":[1]}`, 200, `{"result":{"a":[1]},"time":{`},
		{"/rest//api/ECHO/?bx24_sdk_ver=2&b=1", b.token, ``, 200, `{"result":{"b":"1"},"time":{`},
		{hook + "/echo/", "", `{"a":1}`, 200, `{"result":{"a":1},"time":{`},
		{"/rest/api/old", b.token, ``, 404, method},
		{"/rest/api/nobody", b.token, ``, 404, method},
		{"/rest/api/echo.json", b.token, ``, 404, method},
		{"/rest/api", b.token, ``, 404, method},
		{hook, "", ``, 404, method},
		{"/rest/api/1/2/3/4", b.token, ``, 404, method},
		{"/rest/api/echo", "", ``, 401, `{"error":{"code":"NO_AUTH_FOUND","message":"Wrong authorization data"}}`},
		{"/rest/api/echo", "x", ``, 401, `{"error":{"code":"invalid_token","message":"Unable to get application by token"}}`},
		{"/rest/api/needs.task", b.token, ``, 403, `{"error":{"code":"insufficient_scope","message":"The request requires higher privileges than provided by the access token"}}`},
		{"/rest/api/argues", b.token, ``, 400, `{"error":{"code":"BITRIX_REST_V3_EXCEPTION_VALIDATION_REQUESTVALIDATIONEXCEPTION","message":"wrong","validation":[{"message":"wrong","field":"ID"}]}}`},
		{"/rest/api/denied", b.token, ``, 403, `{"error":{"code":"BITRIX_REST_V3_EXCEPTION_ACCESSDENIEDEXCEPTION","message":"Access denied!"}}`},
		{"/rest/api/echo", b.token, `{"a":`, 400, `{"error":{"code":"BITRIX_REST_V3_EXCEPTION_INVALIDJSONEXCEPTION","message":"The body of the request is not JSON"}}`},
	} {
		a := testportal.Post(b.handler, tc.path, tc.token, tc.body)
		if a.Status != tc.status || !strings.HasPrefix(a.Text, tc.want) {
			t.Errorf("%s: got %d %s, want %d %s", tc.path, a.Status, a.Text, tc.status, tc.want)
		}
		wantFrame(t, a)
	}
}

// docs/protocol/rest.md section 8, v3 batch.
func TestREST3Batch(t *testing.T) {
	b := openV3(t)
	entry := `{"method":"echo","query":{"id":7,"list":{"rows":[{"n":1},{"n":2}]}},"as":"a"}`
	ref := func(ref string) string {
		return `[` + entry + `,{"method":"rows","as":"r"},{"method":"echo","query":{"v":` + ref + `}}]`
	}
	for body, want := range map[string]string{
		`[]`:                                    `[]`,
		`[{"method":"echo"}]`:                   `[{}]`,
		`[{"method":"echo","parallel":true},5]`: `[{}]`,
		`{"0":{"method":"echo","query":{"a":1}},"1":{"method":"rows"},"auth":"` + b.token + `"}`: `[{"a":1},{"items":[{"id":3},{"id":4}]}]`,
		`{"x":{"method":"echo"},"auth":{}}`:   `[{}]`,
		ref(`{"$ref":"a.id"}`):                `{"v":7}]`,
		ref(`[{"$ref":"a.list.rows.1.n"},3]`): `{"v":[2,3]}]`,
		ref(`{"$ref":"a.list"}`):              `{"v":{"rows":[{"n":1},{"n":2}]}}]`,
		ref(`{"$refArray":"a.list.rows.n"}`):  `{"v":[1,2]}]`,
		ref(`{"$refArray":"r.id"}`):           `{"v":[3,4]}]`,
		ref(`{"$refArray":"r.nope"}`):         `{"v":[]}]`,
		ref(`{"$ref":"a.id","x":1}`):          `{"v":{"$ref":"a.id","x":1}}]`,
	} {
		a := testportal.Post(b.handler, "/rest/api/batch", b.token, body)
		if a.Status != 200 || !strings.Contains(a.Text, want+`,"time":{`) {
			t.Errorf("%s: got %d %s, want %s", body, a.Status, a.Text, want)
		}
	}
}

func TestREST3BatchFailsWithItsFirstFailure(t *testing.T) {
	b := openV3(t)
	many := strings.TrimSuffix(strings.Repeat(`{"method":"echo"},`, 51), ",")
	for body, want := range map[string]struct {
		status int
		code   string
	}{
		`[{"method":"echo"},{"method":"old"},{"method":"echo"}]`: {404, "BITRIX_REST_V3_EXCEPTION_METHODNOTFOUNDEXCEPTION"},
		`[{"method":"denied"}]`:                                  {403, "BITRIX_REST_V3_EXCEPTION_ACCESSDENIEDEXCEPTION"},
		`[{"method":"needs.task"}]`:                              {403, "insufficient_scope"},
		`[{"method":"batch"}]`:                                   {405, "ERROR_BATCH_METHOD_NOT_ALLOWED"},
		`[` + many + `]`:                                         {400, "ERROR_BATCH_LENGTH_EXCEEDED"},
		`[{"method":"echo","query":{"v":{"$ref":"none.id"}}}]`:   {400, "BITRIX_REST_V3_EXCEPTION_INVALIDSELECTEXCEPTION"},
		`[{"method":"rows","as":"r"},{"method":"echo","query":{"$refArray":"r"}}]`:                                                {400, "BITRIX_REST_V3_EXCEPTION_INVALIDSELECTEXCEPTION"},
		`[{"method":"echo","query":{"v":{"$ref":"a.v"}},"as":"a"}]`:                                                               {400, "BITRIX_REST_V3_EXCEPTION_INVALIDSELECTEXCEPTION"},
		`[{"method":"deep","as":"a"},{"method":"echo","query":` + repeat(`{"v":`, 40) + `{"$ref":"a.d"}` + repeat(`}`, 40) + `}]`: {400, "BITRIX_REST_V3_EXCEPTION_VALIDATION_REQUESTVALIDATIONEXCEPTION"},
	} {
		a := testportal.Post(b.handler, "/rest/api/batch", b.token, body)
		wantText(t, a, want.status, `{"error":{"code":"`+want.code+`"`)
	}
}

// docs/protocol/rest.md section 3, `state`.
func TestAnswersToACallWithStateAreSigned(t *testing.T) {
	b := open(t)
	b.handler = b.Handler(rest.Method{Name: "me", Signed: true, Func: gives(wire.Map(wire.F("ID", wire.Int(1))))}, rest.Method{Name: "one", Func: gives("1")})
	a := b.do(t, http.MethodGet, "/rest/me?state=xyz&auth="+b.token, "", "")
	signature, _ := a.Body["signature"].(string)
	payload, mac, _ := strings.Cut(signature, ".")
	want := hmac.New(sha256.New, []byte(b.Installation(b.App).Secrets.ApplicationToken.Reveal()))
	want.Write([]byte(payload))
	text, err := base64.StdEncoding.DecodeString(payload)
	if err != nil || string(text) != `{"state":"xyz","result":{"ID":1}}` || mac != hex.EncodeToString(want.Sum(nil)) {
		t.Errorf("got %s: %s %v", a.Text, text, err)
	}
	for _, path := range []string{"/rest/me?auth=" + b.token, "/rest/one?state=xyz&auth=" + b.token, "/rest/1/" + b.Webhook(testportal.Admin) + "/me?state=xyz"} {
		if a := b.do(t, http.MethodGet, path, "", ""); a.Status != 200 || strings.Contains(a.Text, "signature") {
			t.Errorf("%s: %s", path, a.Text)
		}
	}
}

// docs/protocol/rest.md sections 1, 2 and 5.
func TestXMLIsSpokenWhereItIsAskedFor(t *testing.T) {
	b := open(t)
	for path, want := range map[string]struct {
		status int
		text   string
	}{
		"/rest/list.xml?auth=" + b.token:                           {200, `<response><result><item>0</item></result><next>50</next><total>120</total><time><start>1772366400.000000</start>`},
		"/rest/nobody.xml?auth=" + b.token:                         {404, `<response><error>ERROR_METHOD_NOT_FOUND</error><error_description>Method not found!</error_description></response>`},
		"/rest/argues.xml":                                         {401, `<response><error>NO_AUTH_FOUND</error>`},
		"/rest/batch.xml?cmd[a]=one&cmd[b]=nobody&auth=" + b.token: {200, `<response><result><result><a>1</a></result><result_error><b><error>ERROR_METHOD_NOT_FOUND</error>`},
	} {
		a := b.do(t, http.MethodGet, path, "", "")
		if a.Status != want.status || !strings.HasPrefix(a.Text, want.text) || a.Header.Get("Content-Type") != "text/xml; charset=utf-8" {
			t.Errorf("%s: got %d %s %s", path, a.Status, a.Header.Get("Content-Type"), a.Text)
		}
	}
}

// docs/protocol/rest.md section 2, optional headers.
func TestAnswersTellTheirApplicationAndTime(t *testing.T) {
	b := open(t)
	a := b.do(t, http.MethodGet, "/rest/who?auth="+b.token, "", "")
	if a.Header.Get("X-Bitrix-Rest-Application") != "1" || a.Header.Get("X-Bitrix-Rest-Time") != "0.000000" {
		t.Errorf("headers %v", a.Header)
	}
	if a := b.do(t, http.MethodGet, "/rest/who", "", ""); a.Header["X-Bitrix-Rest-Application"] != nil {
		t.Errorf("without authorisation: %v", a.Header)
	}
}

// docs/protocol/rest.md section 5: keys next and total of a result stand beside it.
func TestNextAndTotalOfAResultAreLifted(t *testing.T) {
	b := open(t)
	for body, want := range map[string]string{
		`{"a":1,"next":50,"total":"7"}`: `{"result":{"a":1},"next":50,"total":7,"time"`,
		`{"next":0,"total":0}`:          `{"result":{},"total":0,"time"`,
		`{"next":"x","total":[1]}`:      `{"result":{"next":"x","total":[1]},"time"`,
		`{"Next":1}`:                    `{"result":{"Next":1},"time"`,
	} {
		wantText(t, b.do(t, http.MethodPost, "/rest/echo?auth="+b.token, "application/json", body), 200, want)
	}
}

// docs/protocol/rest.md section 1: a webhook's user may be named by his login.
func TestAWebhooksUserMayBeALogin(t *testing.T) {
	b := open(t)
	code := b.Webhook(testportal.User)
	for login, status := range map[string]int{"user@example.com": 200, "USER@Example.com": 200, "admin@example.com": 401, "user": 401, "nobody@example.com": 401, "02": 200} {
		if a := testportal.Post(b.handler, "/rest/"+login+"/"+code+"/who", "", ""); a.Status != status {
			t.Errorf("%s: %d %s", login, a.Status, a.Text)
		}
	}
}
