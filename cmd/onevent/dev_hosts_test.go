package main_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/onevent/onevent/internal/e2e"
)

// get asks a URL under a host that is no name of this machine, as a client does
// whose name resolution was led here.
func get(t *testing.T, to, host string) (status int, body string) {
	t.Helper()
	r, err := http.NewRequest("GET", to, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Host = host
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	raw, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(raw)
}

func TestDevAnswersOnlyToItsHosts(t *testing.T) {
	t.Parallel()
	p := e2e.Dev(t, "--domain", "portal.example")
	address := strings.TrimPrefix(p.TLSPortalURL, "https://portal.example:")
	if address == p.TLSPortalURL {
		t.Fatalf("tls_portal_url is %s", p.TLSPortalURL)
	}
	plain := "http://127.0.0.1:" + strings.TrimPrefix(p.PortalURL, "http://portal.example:")
	for host, want := range map[string]int{
		"portal.example": 200, "PORTAL.example:8055": 200, "portal.example.": 200,
		"localhost": 200, "localhost:1": 200, "127.0.0.1": 200, "[::1]": 200, "[::1]:80": 200,
		"a.localhost": 200, "a.b.localhost:99": 200, "any.test": 200, "any.thing.test": 200,
		"example": 421, "evil.example": 421, "sub.portal.example": 421, "portal.example.evil": 421,
		"test": 421, ".test": 421, "mytest": 421, "127.0.0.2": 421, "[::2]": 421, "0.0.0.0": 421,
		"localhost.evil": 421, "evillocalhost": 421, "oauth.bitrix.com": 421, "localhost:0": 421, "localhost:99999": 421,
	} {
		status, body := get(t, plain+"/rest/server.time?auth="+p.AccessToken, host)
		if status != want || status == 421 && body != `{"error":"ERROR_CORE","error_description":"this host is not served here"}` {
			t.Errorf("%s is answered %d: %s", host, status, body)
		}
		wantHealth := want
		if status, _ := get(t, plain+"/healthz", host); status != wantHealth {
			t.Errorf("the health of %s is answered %d", host, status)
		}
	}
	for _, host := range []string{"oauth.portal.example", "oauth.bitrix.info", "oauth.bitrix24.tech:80"} {
		if status, body := get(t, plain+"/rest/app.info?auth="+p.AccessToken, host); status != 200 || !strings.Contains(body, `"install"`) {
			t.Errorf("app.info under %s is answered %d: %s", host, status, body)
		}
		if status, _ := get(t, plain+"/rest/profile?auth="+p.AccessToken, host); status != 404 {
			t.Errorf("a portal's method under %s is answered %d", host, status)
		}
	}
	if status, _ := get(t, plain+"/admin/v1/stats", "evil.example"); status != 421 {
		t.Errorf("the management API under a foreign host is answered %d", status)
	}
}

// told is what the authorisation server tells a caller about the portal.
func told(t *testing.T, p *e2e.Portal, to, host string) (client, domain, serverEndpoint string) {
	t.Helper()
	_, body := get(t, to+"/rest/app.info?auth="+p.AccessToken, host)
	var info struct {
		Result struct {
			Install struct {
				Client string `json:"client_endpoint"`
				Domain string
			}
		}
	}
	if err := json.Unmarshal([]byte(body), &info); err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	tokens := refresh(t, p, to, host)
	if tokens.Client != info.Result.Install.Client {
		t.Errorf("under %s, a token answer has the client_endpoint %s, app.info %s", host, tokens.Client, info.Result.Install.Client)
	}
	p.RefreshToken = tokens.Refresh
	return info.Result.Install.Client, info.Result.Install.Domain, tokens.Server
}

type tokenAnswer struct {
	Client  string `json:"client_endpoint"`
	Server  string `json:"server_endpoint"`
	Domain  string
	Refresh string `json:"refresh_token"`
}

func refresh(t *testing.T, p *e2e.Portal, to, host string) (out tokenAnswer) {
	t.Helper()
	query := url.Values{"grant_type": {"refresh_token"}, "client_id": {p.ClientID}, "client_secret": {p.ClientSecret}, "refresh_token": {p.RefreshToken}}
	status, body := get(t, to+"/oauth/token/?"+query.Encode(), host)
	if err := json.Unmarshal([]byte(body), &out); err != nil || status != 200 {
		t.Fatalf("%d %s: %v", status, body, err)
	}
	return out
}

func TestAnswersAreInTheCallersTerms(t *testing.T) {
	t.Parallel()
	p := e2e.Dev(t)
	port := strings.TrimPrefix(p.PortalURL, "http://127.0.0.1")
	for host, want := range map[string][3]string{
		"127.0.0.1" + port:   {p.PortalURL + "/rest/", "127.0.0.1", p.OAuthURL + "/rest/"},
		"localhost" + port:   {"http://localhost" + port + "/rest/", "localhost", "http://localhost" + port + "/oauth-server/rest/"},
		"A.localhost" + port: {"http://a.localhost" + port + "/rest/", "a.localhost", "http://a.localhost" + port + "/oauth-server/rest/"},
		"[::1]" + port:       {"http://[::1]" + port + "/rest/", "::1", "http://[::1]" + port + "/oauth-server/rest/"},
		"shop.test:9999":     {"http://shop.test:9999/rest/", "shop.test", "http://shop.test:9999/oauth-server/rest/"},
		"shop.test":          {"http://shop.test/rest/", "shop.test", "http://shop.test/oauth-server/rest/"},
		"shop.test:80":       {"http://shop.test/rest/", "shop.test", "http://shop.test/oauth-server/rest/"},
	} {
		client, domain, server := told(t, p, p.OAuthURL, host)
		if got := [3]string{client, domain, server}; got != want {
			t.Errorf("%s is told %v, want %v", host, got, want)
		}
	}
	for host, server := range map[string]string{
		"oauth.bitrix.info":            "http://oauth.bitrix.info/rest/",
		"oauth.bitrix24.tech:80":       "http://oauth.bitrix24.tech/rest/",
		"oauth.bitrix24.tech" + port:   "http://oauth.bitrix24.tech" + port + "/rest/",
		"oauth.bitrix24.tech:12345":    "http://oauth.bitrix24.tech:12345/rest/",
		"OAUTH.bitrix24.tech." + port:  "http://oauth.bitrix24.tech" + port + "/rest/",
		"oauth.bitrix.info" + ":65535": "http://oauth.bitrix.info:65535/rest/",
	} {
		client, domain, got := told(t, p, p.PortalURL, host)
		if client != p.PortalURL+"/rest/" || domain != "127.0.0.1" || got != server {
			t.Errorf("%s is told %s %s %s, want the portal's and %s", host, client, domain, got, server)
		}
	}
}

// overTLS speaks to the TLS listener under any name, trusting the local CA.
func overTLS(t *testing.T, p *e2e.Portal) *http.Client {
	t.Helper()
	pem, err := os.ReadFile(p.CAFile)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem)
	at, err := url.Parse(p.TLSPortalURL)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}
	var d net.Dialer
	transport.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return d.DialContext(ctx, network, "127.0.0.1:"+at.Port())
	}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

func TestTheCertificateNamesEveryHost(t *testing.T) {
	t.Parallel()
	p := e2e.Dev(t, "--domain", "portal.example")
	client := overTLS(t, p)
	for _, host := range []string{"portal.example", "localhost", "127.0.0.1", "[::1]", "x.localhost", "x.test", "x.y.test",
		"oauth.portal.example", "oauth.bitrix.info", "oauth.bitrix24.tech"} {
		r, err := client.Get("https://" + host + "/healthz")
		if err != nil {
			t.Errorf("%s: %v", host, err)
			continue
		}
		r.Body.Close()
		if r.StatusCode != 200 {
			t.Errorf("%s is answered %d", host, r.StatusCode)
		}
	}
	if r, err := client.Get("https://evil.example/healthz"); err == nil {
		r.Body.Close()
		t.Error("the certificate names evil.example")
	}
}

func TestTheSchemeIsTheCallers(t *testing.T) {
	t.Parallel()
	p := e2e.Dev(t)
	r, err := overTLS(t, p).Get("https://oauth.bitrix.info/rest/app.info?auth=" + p.AccessToken)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err != nil || !strings.Contains(string(body), `"client_endpoint":"`+p.TLSPortalURL+`/rest/"`) {
		t.Errorf("%s, %v", body, err)
	}
}

func TestAHandlersBaseOutlivesTheListenersPort(t *testing.T) {
	t.Parallel()
	p := e2e.Dev(t, "--tls-listen", "")
	port := strings.TrimPrefix(p.PortalURL, "http://127.0.0.1")
	hosts := map[string]string{"/own": "localhost" + port, "/other": "shop.test:4321", "/default": "shop.test"}
	handler := e2e.NewReceiver(t)
	for path, host := range hosts {
		bind := url.Values{"auth": {p.AccessToken}, "event": {"ONCRMLEADADD"}, "handler": {handler.URL + path}}
		if status, body := get(t, p.PortalURL+"/rest/event.bind?"+bind.Encode(), host); status != 200 {
			t.Fatalf("%d %s", status, body)
		}
	}
	p.Stop(t)
	q := e2e.DevIn(t, p.Dir, "--tls-listen", "")
	now := strings.TrimPrefix(q.PortalURL, "http://127.0.0.1")
	if now == port {
		t.Fatal("the system gave the same port twice: this run proves nothing")
	}
	q.Publish(t, "ONCRMLEADADD", `{"FIELDS":{"ID":"1"}}`)
	want := map[string]string{
		"/handler/own":     "http://localhost" + now + "/rest/",
		"/handler/other":   "http://shop.test:4321/rest/",
		"/handler/default": "http://shop.test/rest/",
	}
	for _, r := range handler.Wait(t, "ONCRMLEADADD", 3) {
		if got := r.Value("auth[client_endpoint]"); got != want[r.Target] {
			t.Errorf("%s is told %s, want %s", r.Target, got, want[r.Target])
		}
		if domain := r.Value("auth[domain]"); strings.Contains(domain, ":") {
			t.Errorf("domain is %s", domain)
		}
	}
}

func TestTheServersOwnListenersAreNoHandlers(t *testing.T) {
	t.Parallel()
	p := e2e.Dev(t)
	p.Bind(t, "ONCRMLEADADD", p.PortalURL+"/rest/1/x/profile")
	event := p.Publish(t, "ONCRMLEADADD", `{"FIELDS":{"ID":"1"}}`)
	code, out, _ := e2e.Run(t, "", "emit", "ONCRMLEADADD", "--data", `{"FIELDS":{"ID":"2"}}`, "--creds", p.CredsFile, "--timeout", "2s")
	if code != 1 || !strings.Contains(out, "self") {
		t.Errorf("event %s; exit code %d, %s", event.ID, code, out)
	}
}
