package main_test

import (
	"crypto/x509"
	"encoding/pem"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/onevent/onevent/client"
	"github.com/onevent/onevent/internal/e2e"
	"github.com/onevent/onevent/internal/testkit"
)

func TestServeAnswersForItsPortalsAlone(t *testing.T) {
	t.Parallel()
	s := e2e.Serve(t, "")
	base := "http://" + s.Address
	if _, _, err := s.Admin().CreatePortal(t.Context(), client.NewPortal{Domain: "portal.example", PublicURL: "https://portal.example"}); err != nil {
		t.Fatal(err)
	}
	for host, want := range map[string]int{"portal.example": 401, "other.example": 421, "": 421} {
		if host == "" {
			host = s.Address
		}
		if status, body := get(t, base+"/rest/profile", host); status != want {
			t.Errorf("%s is answered %d: %s", host, status, body)
		}
	}
	for _, path := range []string{"/healthz", "/readyz", "/admin/v1/openapi.json"} {
		if status, _ := get(t, base+path, "whatever.example"); status != 200 {
			t.Errorf("%s is answered %d", path, status)
		}
	}
}

func TestServeEndsInOrderAndKeepsItsStore(t *testing.T) {
	t.Parallel()
	s := e2e.Serve(t, "")
	if _, _, err := s.Admin().CreatePortal(t.Context(), client.NewPortal{Domain: "portal.example", PublicURL: "https://portal.example"}); err != nil {
		t.Fatal(err)
	}
	check := []string{"serve", "--config", "serve.yaml", "--check"}
	if code, _, stderr := e2e.Run(t, s.Dir, check...); code != 1 || !strings.Contains(stderr, "in use") {
		t.Errorf("a check beside it: exit code %d, %s", code, stderr)
	}
	began := time.Now()
	s.Signal(syscall.SIGTERM)
	if code := s.Wait(t); code != 0 || time.Since(began) > 10*time.Second {
		t.Errorf("exit code %d after %v: %s", code, time.Since(began), s.Stderr)
	}
	if code, out, stderr := e2e.Run(t, s.Dir, check...); code != 0 || !strings.Contains(out, "in order") {
		t.Errorf("exit code %d, %s%s", code, out, stderr)
	}
	if strings.Contains(s.Stderr.String(), s.AdminToken) {
		t.Error("the log holds the admin token")
	}
}

func TestServeRefusesWhatItCanNotRunWith(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	put := func(name, content string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if code, _, stderr := e2e.Run(t, dir, "keys", "new", "key"); code != 0 {
		t.Fatal(stderr)
	}
	put("damaged", "no key\n")
	const token = "admin_token: 0123456789abcdef\n"
	for says, c := range map[string]struct {
		code int
		yaml string
	}{
		"no PostgreSQL driver":             {2, "store: postgres:host=db\nkey_file: key\n" + token},
		`unknown key "lisen"`:              {2, "lisen: 1\nkey_file: key\n" + token},
		"key_file: the key file can't be":  {2, "key_file: none\n" + token},
		"neither 32 bytes nor lines of 64": {2, "key_file: damaged\n" + token},
		"tls.cert and tls.key: open":       {2, "tls: {cert: none.pem, key: none.pem}\nkey_file: key\n" + token},
		"store":                            {2, "store: sqlite:none/at/all.db\nkey_file: key\n" + token},
	} {
		put("c.yaml", c.yaml)
		code, _, stderr := e2e.Run(t, dir, "serve", "--config", "c.yaml")
		if code != c.code || !strings.Contains(stderr, says) || strings.Count(stderr, "\n") != 1 {
			t.Errorf("exit code %d, %q; want %d and %q", code, stderr, c.code, says)
		}
	}
}

func TestServeSaysWhenItsAddressIsTaken(t *testing.T) {
	t.Parallel()
	s := e2e.Serve(t, "")
	dir := t.TempDir()
	if code, _, stderr := e2e.Run(t, dir, "keys", "new", "key"); code != 0 {
		t.Fatal(stderr)
	}
	p := e2e.Start(t, dir, []string{"ONEVENT_LISTEN=" + s.Address, "ONEVENT_KEY_FILE=key", "ONEVENT_ADMIN_TOKEN=0123456789abcdef"}, "serve")
	if code := p.Wait(t); code != 1 || !strings.Contains(p.Stderr.String(), s.Address+" is taken") {
		t.Errorf("exit code %d, %s", code, p.Stderr)
	}
}

// A product publishes, a handler behind egress.allow receives.
func TestServeDelivers(t *testing.T) {
	t.Parallel()
	r := e2e.NewReceiver(t)
	s := e2e.Serve(t, "egress.allow: [127.0.0.0/8]\noauth_url: https://oauth.example\n")
	api, ctx := s.Admin(), t.Context()
	member, _, err := api.CreatePortal(ctx, client.NewPortal{Domain: "portal.example", PublicURL: "https://portal.example"})
	if err != nil {
		t.Fatal(err)
	}
	made, err := api.RegisterApplication(ctx, client.NewApplication{Name: "App", Kind: "market"})
	if err != nil {
		t.Fatal(err)
	}
	if err := api.RegisterVersion(ctx, made.ClientID, client.Version{Version: "1", Scope: "crm", EventURL: r.URL}); err != nil {
		t.Fatal(err)
	}
	if _, err := api.Install(ctx, member, made.ClientID, client.Install{Version: "1"}); err != nil {
		t.Fatal(err)
	}
	got := r.Wait(t, "ONAPPINSTALL", 1)[0]
	if got.Value("auth[client_endpoint]") != "https://portal.example/rest/" || got.Value("auth[server_endpoint]") != "https://oauth.example/rest/" {
		t.Errorf("%s", got.Body)
	}
}

func TestServeReachesNothingInsideUnlessAllowed(t *testing.T) {
	t.Parallel()
	r := e2e.NewReceiver(t)
	s := e2e.Serve(t, "")
	api, ctx := s.Admin(), t.Context()
	member, _, err := api.CreatePortal(ctx, client.NewPortal{Domain: "portal.example", PublicURL: "https://portal.example"})
	if err != nil {
		t.Fatal(err)
	}
	made, err := api.RegisterApplication(ctx, client.NewApplication{Name: "App", Kind: "market"})
	if err != nil {
		t.Fatal(err)
	}
	if err := api.RegisterVersion(ctx, made.ClientID, client.Version{Version: "1", Scope: "crm", EventURL: r.URL}); err != nil {
		t.Fatal(err)
	}
	if _, err := api.Install(ctx, member, made.ClientID, client.Install{Version: "1"}); err != nil {
		t.Fatal(err)
	}
	refusedBy(t, api, "loopback")
	if n := len(r.Got()); n != 0 {
		t.Errorf("%d requests came", n)
	}
}

// refusedBy waits for the first attempt of the store's first event and expects
// egress to have refused it.
func refusedBy(t *testing.T, api *client.Client, verdict string) {
	t.Helper()
	var list []client.Delivery
	testkit.Eventually(t, e2e.Patience, "an attempt was made", func() bool {
		var err error
		if list, err = api.Deliveries(t.Context(), "1"); err != nil {
			t.Fatal(err)
		}
		return len(list) == 1 && len(list[0].Attempts) > 0
	})
	if got := list[0].Attempts[0]; got.Status != 0 || !strings.Contains(got.Error, verdict) {
		t.Errorf("the attempt is %+v", got)
	}
}

func TestServeSpeaksTLSWithACertificate(t *testing.T) {
	t.Parallel()
	lent := httptest.NewTLSServer(nil)
	defer lent.Close()
	dir, pair := t.TempDir(), lent.TLS.Certificates[0]
	key, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{
		"cert.pem": {Type: "CERTIFICATE", Bytes: pair.Certificate[0]}, "key.pem": {Type: "PRIVATE KEY", Bytes: key},
	} {
		if err := os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if code, _, stderr := e2e.Run(t, dir, "keys", "new", "key"); code != 0 {
		t.Fatal(stderr)
	}
	address := e2e.FreeAddress(t)
	p := e2e.Start(t, dir, []string{"ONEVENT_LISTEN=" + address, "ONEVENT_KEY_FILE=key", "ONEVENT_ADMIN_TOKEN=0123456789abcdef",
		"ONEVENT_TLS_CERT=cert.pem", "ONEVENT_TLS_KEY=key.pem"}, "serve")
	testkit.Eventually(t, e2e.Patience, "it answers over TLS", func() bool {
		r, err := lent.Client().Get("https://" + address + "/readyz")
		if err != nil {
			return false
		}
		defer r.Body.Close()
		return r.StatusCode == 200
	})
	if code := p.Stop(t); code != 0 {
		t.Errorf("exit code %d: %s", code, p.Stderr)
	}
}
