package main_test

import (
	"bytes"
	"encoding/json"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/onevent/onevent/internal/e2e"
	"github.com/onevent/onevent/internal/testkit"
)

// credsKeys are those that programs rely on.
var credsKeys = []string{
	"portal_url", "oauth_url", "webhook_url", "tls_portal_url", "tls_oauth_url", "tls_webhook_url", "console_url",
	"domain", "member_id", "client_id", "client_secret", "access_token", "refresh_token", "expires",
	"expired_access_token", "application_token", "signing_secret", "user_id", "scope", "no_scope_method",
	"calendar_section", "owner_type_id", "owner_id", "app_frame_url", "ca_file", "admin_token",
}

func keysOf(t *testing.T, path string) []string {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]any
	if err := json.Unmarshal(raw, &all); err != nil {
		t.Fatal(err)
	}
	var keys []string
	for k := range all {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func TestDevWritesEveryKeyOfCreds(t *testing.T) {
	t.Parallel()
	p := e2e.Dev(t)
	if want := slices.Sorted(slices.Values(credsKeys)); !slices.Equal(keysOf(t, p.CredsFile), want) {
		t.Errorf("keys\n%v\nwant\n%v", keysOf(t, p.CredsFile), want)
	}
	if info, err := os.Stat(p.CredsFile); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	for what, ok := range map[string]bool{
		"portal_url":       strings.HasPrefix(p.PortalURL, "http://127.0.0.1:"),
		"tls_portal_url":   strings.HasPrefix(p.TLSPortalURL, "https://127.0.0.1:"),
		"oauth_url":        p.OAuthURL == p.PortalURL+"/oauth-server" && p.TLSOAuthURL == p.TLSPortalURL+"/oauth-server",
		"webhook_url":      strings.HasPrefix(p.WebhookURL, p.PortalURL+"/rest/1/") && strings.HasSuffix(p.WebhookURL, "/"),
		"tls_webhook_url":  strings.TrimPrefix(p.TLSWebhookURL, p.TLSPortalURL) == strings.TrimPrefix(p.WebhookURL, p.PortalURL),
		"not there yet":    p.ConsoleURL == "" && p.AppFrameURL == "",
		"domain":           p.Domain == "127.0.0.1",
		"member_id":        len(p.MemberID) == 32,
		"client":           strings.HasPrefix(p.ClientID, "local.") && len(p.ClientSecret) == 50,
		"tokens":           p.AccessToken != "" && p.RefreshToken != "" && p.ExpiredAccessToken != "",
		"expires":          p.Expires > time.Now().Unix()+3500 && p.Expires <= time.Now().Unix()+3600,
		"secrets":          len(p.ApplicationToken) == 32 && strings.HasPrefix(p.SigningSecret, "whsec_"),
		"user_id":          p.UserID == 1,
		"scope":            p.Scope == "crm,calendar,user,task,im,imbot,catalog,sale,log,placement",
		"no_scope_method":  p.NoScopeMethod == "telephony.externalline.get",
		"calendar_section": p.CalendarSection == 1,
		"owner":            p.OwnerTypeID == 3 && p.OwnerID == 1,
		"ca_file":          filepath.IsAbs(p.CAFile),
		"admin_token":      p.AdminToken != "",
	} {
		if !ok {
			t.Errorf("%s is wrong: %+v", what, p.Creds)
		}
	}
}

func TestWhatCredsNameWorks(t *testing.T) {
	t.Parallel()
	p := e2e.Dev(t)
	form := func(token string) url.Values { return url.Values{"auth": {token}} }
	for what, check := range map[string]struct {
		got  e2e.Answer
		want string
	}{
		"access_token":         {e2e.Post(t, p.PortalURL+"/rest/profile", form(p.AccessToken)), ""},
		"expired_access_token": {e2e.Post(t, p.PortalURL+"/rest/profile", form(p.ExpiredAccessToken)), "expired_token"},
		"webhook_url":          {e2e.Post(t, p.WebhookURL+"profile", nil), ""},
		"no_scope_method":      {e2e.Post(t, p.PortalURL+"/rest/"+p.NoScopeMethod, form(p.AccessToken)), "insufficient_scope"},
		"oauth_url":            {e2e.Post(t, p.OAuthURL+"/rest/app.info", form(p.AccessToken)), ""},
		"refresh_token": {e2e.Post(t, p.OAuthURL+"/oauth/token/", url.Values{"grant_type": {"refresh_token"},
			"client_id": {p.ClientID}, "client_secret": {p.ClientSecret}, "refresh_token": {p.RefreshToken}}), ""},
	} {
		if check.got.Error != check.want {
			t.Errorf("%s: the answer is %+v", what, check.got)
		}
	}
	var users []struct{ NAME string }
	for _, id := range []string{"1", "2"} {
		raw, err := json.Marshal(userOf(t, p, id))
		if err != nil {
			t.Fatal(err)
		}
		users = append(users, struct{ NAME string }{string(raw)})
	}
	if !strings.Contains(users[0].NAME, "Administrator") || !strings.Contains(users[1].NAME, `"User"`) {
		t.Errorf("the users are %v", users)
	}
}

func userOf(t *testing.T, p *e2e.Portal, id string) any {
	t.Helper()
	list, err := p.Admin(t).Users(t.Context(), p.MemberID)
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range list {
		if id == "1" && u.ID == 1 && u.Admin || id == "2" && u.ID == 2 && !u.Admin {
			return u
		}
	}
	return nil
}

func TestTheSigningSecretInCredsIsTheOneThatSigns(t *testing.T) {
	t.Parallel()
	p, handler := e2e.Dev(t), e2e.NewReceiver(t)
	p.Bind(t, "ONCRMDEALADD", handler.URL)
	p.Publish(t, "ONCRMDEALADD", `{"FIELDS":{"ID":7}}`)
	if err := handler.Wait(t, "ONCRMDEALADD", 1)[0].Signed(p.SigningSecret); err != nil {
		t.Error(err)
	}
}

// Nobody but who renewed it knows the secret: creds have one that works again.
func TestAReopenedFolderHasASecretThatWorksAfterItWasRenewed(t *testing.T) {
	t.Parallel()
	first := e2e.Dev(t)
	if _, err := first.Admin(t).RenewSecret(t.Context(), first.Creds.ClientID); err != nil {
		t.Fatal(err)
	}
	if code := first.Stop(t); code != 0 {
		t.Fatalf("exit code %d", code)
	}
	second := e2e.DevIn(t, first.Dir)
	refresh := url.Values{
		"grant_type": {"refresh_token"}, "client_id": {second.Creds.ClientID},
		"client_secret": {second.Creds.ClientSecret}, "refresh_token": {second.Creds.RefreshToken},
	}
	if a := e2e.Post(t, second.Creds.OAuthURL+"/oauth/token/", refresh); a.Error != "" {
		t.Errorf("its secret does not work: %+v", a)
	}
	if second.Creds.ClientSecret == first.Creds.ClientSecret || second.Creds.ApplicationToken == first.Creds.ApplicationToken {
		t.Error("the secrets are those of before")
	}
}

func TestAReopenedFolderHasTheSameIdentitiesAndFreshTokens(t *testing.T) {
	t.Parallel()
	first := e2e.Dev(t)
	if code := first.Stop(t); code != 0 {
		t.Fatalf("exit code %d", code)
	}
	second := e2e.DevIn(t, first.Dir)
	a, b := first.Creds, second.Creds
	for what, same := range map[string]bool{
		"member_id": a.MemberID == b.MemberID, "client_id": a.ClientID == b.ClientID, "client_secret": a.ClientSecret == b.ClientSecret,
		"application_token": a.ApplicationToken == b.ApplicationToken, "signing_secret": a.SigningSecret == b.SigningSecret,
		"admin_token": a.AdminToken == b.AdminToken, "ca_file": a.CAFile == b.CAFile, "scope": a.Scope == b.Scope,
		"webhook": strings.TrimPrefix(a.WebhookURL, a.PortalURL) == strings.TrimPrefix(b.WebhookURL, b.PortalURL),
	} {
		if !same {
			t.Errorf("%s changed: %+v %+v", what, a, b)
		}
	}
	if a.AccessToken == b.AccessToken || a.RefreshToken == b.RefreshToken || a.ExpiredAccessToken == b.ExpiredAccessToken {
		t.Error("the tokens are not fresh")
	}
	if e2e.Post(t, b.WebhookURL+"profile", nil).Error != "" {
		t.Error("the webhook does not work any more")
	}
}

func TestACrashLosesNoIdentity(t *testing.T) {
	t.Parallel()
	first := e2e.Dev(t)
	first.Kill()
	second := e2e.DevIn(t, first.Dir)
	if first.MemberID != second.MemberID || first.ClientID != second.ClientID || first.ClientSecret != second.ClientSecret {
		t.Errorf("%+v\n%+v", first.Creds, second.Creds)
	}
}

// A handler that hangs and a client that keeps its connection must not keep the
// portal from ending.
func TestSignalsEndDevWithinTenSeconds(t *testing.T) {
	t.Parallel()
	for name, signal := range map[string]os.Signal{"SIGINT": os.Interrupt, "SIGTERM": syscall.SIGTERM} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := e2e.Dev(t)
			handler := e2e.NewReceiver(t)
			hang := make(chan struct{})
			t.Cleanup(func() { close(hang) })
			handler.Answer(func(e2e.Request) int { <-hang; return 200 })
			p.Bind(t, "ONCRMLEADADD", handler.URL)
			p.Publish(t, "ONCRMLEADADD", `{"FIELDS":{"ID":"1"}}`)
			handler.Wait(t, "ONCRMLEADADD", 1)
			began := time.Now()
			p.Signal(signal)
			if code := p.Wait(t); code != 0 || time.Since(began) > 10*time.Second {
				t.Errorf("exit code %d after %v; it said %s", code, time.Since(began), p.Stderr)
			}
		})
	}
}

func TestATakenPortAndAFolderInUseAreExitCode1(t *testing.T) {
	t.Parallel()
	p := e2e.Dev(t)
	taken := strings.TrimPrefix(p.PortalURL, "http://")
	refused(t, 1, taken+" is taken", "dev", "--listen", taken, "--tls-listen", "")
	refused(t, 1, taken+" is taken", "dev", "--listen", "", "--tls-listen", taken)
	refused(t, 1, p.Dir+" is in use", "dev", "--listen", "127.0.0.1:0", "--tls-listen", "", "--data", p.Dir)
	refused(t, 1, p.Dir+" is in use", "dev", "--check", "--data", p.Dir)
	if _, err := os.Stat(p.CredsFile); err != nil {
		t.Errorf("the file of the portal that runs is gone: %v", err)
	}
}

func TestWrongFlagsOfDevAreExitCode2(t *testing.T) {
	t.Parallel()
	for says, flags := range map[string][]string{
		"nothing to listen on":                {"--listen", "", "--tls-listen", ""},
		"--listen: \"nowhere\"":               {"--listen", "nowhere"},
		"--tls-listen: \"127.0.0.1:99999\"":   {"--tls-listen", "127.0.0.1:99999"},
		"--allow-remote permits it":           {"--listen", "0.0.0.0:0"},
		"--tls-listen :0 is beyond":           {"--tls-listen", ":0"},
		"--domain \"http://x\" must be":       {"--domain", "http://x"},
		"--domain \"portal.test:80\" must be": {"--domain", "portal.test:80"},
		"--domain oauth.bitrix.info is a":     {"--domain", "oauth.bitrix.info"},
		"--handler":                           {"--handler", "ftp://127.0.0.1/"},
		"--app-url":                           {"--app-url", "nothing"},
		"--scope: unknown scope \"money\"":    {"--scope", "crm,money"},
		"--scope: scope \"basic\"":            {"--scope", "basic"},
		"--scope names no scope":              {"--scope", ","},
		"--allow":                             {"--allow", "10.0.0.0/99"},
		"--reserve":                           {"--reserve", "some"},
		"--log":                               {"--log", "loud"},
		"--retry: retry must be default":      {"--retry", "1s,soon"},
		"--deadline: \"soon\" is no duration": {"--deadline", "soon"},
		"--timeout: timeout must be a number": {"--timeout", "90s"},
		"there is no portal in":               {"--check"},
		"--creds: there is no folder":         {"--creds", "nowhere/creds.json"},
		"--creds: / is a folder":              {"--creds", "/"},
		"--data":                              {"--data", os.DevNull},
	} {
		t.Run(says, func(t *testing.T) {
			t.Parallel()
			refused(t, 2, says, append([]string{"dev", "--listen", "127.0.0.1:0", "--tls-listen", "127.0.0.1:0"}, flags...)...)
		})
	}
}

func TestAListenerThatIsOffLeavesItsKeysEmpty(t *testing.T) {
	t.Parallel()
	p := e2e.Dev(t, "--tls-listen", "")
	if p.TLSPortalURL+p.TLSOAuthURL+p.TLSWebhookURL+p.CAFile != "" || p.PortalURL == "" {
		t.Errorf("%+v", p.Creds)
	}
	q := e2e.Dev(t, "--listen", "")
	if q.PortalURL+q.OAuthURL+q.WebhookURL != "" || q.TLSPortalURL == "" {
		t.Errorf("%+v", q.Creds)
	}
	if code, out, stderr := e2e.Run(t, "", "emit", "ONCRMLEADADD", "--data", `{"FIELDS":{"ID":1}}`, "--creds", q.CredsFile); code != 0 {
		t.Errorf("emit over TLS alone: exit code %d, %s%s", code, out, stderr)
	}
}

func TestCredsCanLieElsewhere(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "here.json")
	if err := os.WriteFile(path, []byte("of a run before"), 0o644); err != nil {
		t.Fatal(err)
	}
	p := e2e.Start(t, dir, nil, "dev", "--listen", "127.0.0.1:0", "--tls-listen", "", "--creds", path)
	testkit.Eventually(t, e2e.Patience, "the file is written", func() bool {
		raw, err := os.ReadFile(path)
		if err == nil && !json.Valid(raw) && !bytes.Equal(raw, []byte("of a run before")) {
			t.Fatalf("it was seen half written: %q", raw)
		}
		return err == nil && json.Valid(raw)
	})
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if p.Stop(t) != 0 {
		t.Error(p.Stderr)
	}
}

func TestDevTellsAPersonWhatIsNeeded(t *testing.T) {
	t.Parallel()
	p := e2e.Dev(t)
	testkit.Eventually(t, e2e.Patience, "it is said", func() bool { return strings.Contains(p.Stdout.String(), "Ready") })
	welcome, _, _ := strings.Cut(p.Stdout.String(), "Ready")
	for _, needed := range []string{p.PortalURL, p.TLSPortalURL, p.WebhookURL, p.ClientID, p.CredsFile, "curl", "onevent emit"} {
		if !strings.Contains(welcome, needed) {
			t.Errorf("it does not tell %s:\n%s", needed, welcome)
		}
	}
	if lines := strings.Count(welcome, "\n"); lines > 10 {
		t.Errorf("%d lines", lines)
	}
	if strings.Contains(p.Stdout.String(), p.ClientSecret) || strings.Contains(p.Stdout.String(), p.AdminToken) {
		t.Error("it prints secrets")
	}
}

// The command that it tells is run as it is told.
func TestTheCommandToTryWorks(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("curl"); err != nil {
		testkit.Skip(t, "curl is not installed")
	}
	p := e2e.Dev(t)
	testkit.Eventually(t, e2e.Patience, "it is said", func() bool { return strings.Contains(p.Stdout.String(), "Ready") })
	_, rest, _ := strings.Cut(p.Stdout.String(), "  try ")
	command, _, _ := strings.Cut(rest, "\n")
	out, err := exec.Command("bash", "-c", "set -e; "+strings.Replace(command, "curl", "curl -sS", 1)).CombinedOutput()
	if err != nil || !strings.Contains(string(out), `"result":1`) {
		t.Errorf("%s: %v, %s", command, err, out)
	}
	testkit.Eventually(t, e2e.Patience, "the event is shown", func() bool {
		return strings.Contains(p.Stdout.String(), "ONCALENDARENTRYADD 1 -> ")
	})
}

func TestDevShowsAtMostTwentyLinesOfEventsASecond(t *testing.T) {
	t.Parallel()
	p := e2e.Dev(t)
	for i := range 100 {
		p.Publish(t, "ONCRMLEADADD", `{"FIELDS":{"ID":"`+string(rune('a'+i%26))+`"}}`)
	}
	p.UntilSettled(t)
	if p.Stop(t) != 0 {
		t.Fatal(p.Stderr)
	}
	_, events, _ := strings.Cut(p.Stdout.String(), "here:\n")
	seconds := map[string]int{}
	second, hidden := "", false
	for line := range strings.Lines(events) {
		if at, _, ok := strings.Cut(line, " ONCRM"); ok {
			second = at
		}
		hidden = hidden || strings.Contains(line, "more lines")
		seconds[second]++
	}
	for at, n := range seconds {
		if n > 20 {
			t.Errorf("%d lines at %s", n, at)
		}
	}
	if !hidden {
		t.Errorf("nothing tells of what was not shown:\n%s", events)
	}
}

func TestCheckReadsTheStoreAndOpensItsSecrets(t *testing.T) {
	t.Parallel()
	p := e2e.Dev(t)
	p.Stop(t)
	if code, out, stderr := e2e.Run(t, "", "dev", "--check", "--data", p.Dir); code != 0 || !strings.Contains(out, "is in order") {
		t.Errorf("exit code %d, %s%s", code, out, stderr)
	}
	other := strings.Repeat("0", 64) + "\n"
	if err := os.WriteFile(filepath.Join(p.Dir, "key"), []byte(other), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, stderr := e2e.Run(t, "", "dev", "--check", "--data", p.Dir); code != 1 || !strings.Contains(stderr, "can't be opened") {
		t.Errorf("with another key: exit code %d, %s", code, stderr)
	}
}

func TestAFolderThatWasThereIsLeftAsItWas(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	e2e.DevIn(t, dir)
	if _, err := os.Stat(filepath.Join(dir, ".gitignore")); err == nil {
		t.Error("it hides a folder from a repository that it did not make")
	}
	made := e2e.Dev(t)
	if raw, err := os.ReadFile(filepath.Join(made.Dir, ".gitignore")); err != nil || string(raw) != "*\n" {
		t.Errorf("its own folder is not hidden: %q, %v", raw, err)
	}
	for _, name := range []string{"key", "secrets.json", "creds.json", "onevent.db"} {
		if info, err := os.Stat(filepath.Join(made.Dir, name)); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
}

func TestCommandsFindAPortalUnderANameThatNobodyResolves(t *testing.T) {
	t.Parallel()
	p := e2e.Dev(t, "--domain", "portal.invalid", "--echo=false")
	if code, out, stderr := e2e.Run(t, "", "emit", "ONCRMLEADADD", "--data", `{"FIELDS":{"ID":"1"}}`, "--creds", p.CredsFile); code != 0 {
		t.Errorf("exit code %d, %s%s", code, out, stderr)
	}
}

func TestADiskBelowTheReserveIsSaid(t *testing.T) {
	t.Parallel()
	refused(t, 1, "--reserve says", "dev", "--listen", "127.0.0.1:0", "--tls-listen", "", "--reserve", "900000TB")
}
