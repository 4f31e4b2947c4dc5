package runner

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"
)

// Known are the variables that a target may have: the keys of the file that
// `onevent dev` writes; `webhook`, the path of the incoming webhook without a
// slash at its end, and its parts `webhook_user` and `webhook_code`; and
// `user_token`, the access token of an ordinary user.
var Known = []string{
	"portal_url", "oauth_url", "webhook_url", "tls_portal_url", "tls_oauth_url", "tls_webhook_url", "domain", "member_id",
	"client_id", "client_secret", "access_token", "refresh_token", "expired_access_token", "application_token",
	"user_id", "scope", "no_scope_method", "calendar_section", "owner_type_id", "owner_id", "admin_token",
	"webhook", "webhook_user", "webhook_code", "user_token",
}

// Target is a server that cases run against.
type Target struct {
	// Values are the variables by their names; an empty one counts as none.
	Values map[string]string
	// Write lets cases that create data run on a real account.
	Write bool
	// Fresh starts a server that one case has for itself; nil: there is none.
	Fresh func() *Target

	client *http.Client
}

// ReadTarget reads the file that `onevent dev` wrote, or one with those of its
// keys that are known of a real account.
func ReadTarget(path string) (*Target, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var keys map[string]any
	d := json.NewDecoder(strings.NewReader(string(raw)))
	d.UseNumber()
	if err := d.Decode(&keys); err != nil {
		return nil, fmt.Errorf("%s is no JSON object: %w", path, err)
	}
	values := map[string]string{}
	for name, value := range keys {
		values[name] = fmt.Sprint(value)
	}
	return NewTarget(values)
}

// NewTarget makes a target of its variables. It needs portal_url, or an address
// that contains it.
func NewTarget(values map[string]string) (*Target, error) {
	t := &Target{Values: values}
	for _, from := range []string{"tls_portal_url", "webhook_url", "tls_webhook_url"} {
		if u, err := url.Parse(values[from]); t.Values["portal_url"] == "" && err == nil && u.Host != "" {
			t.Values["portal_url"] = u.Scheme + "://" + u.Host
		}
	}
	t.Values["portal_url"] = strings.TrimSuffix(t.Values["portal_url"], "/")
	if u, err := url.Parse(t.Values["portal_url"]); err != nil || u.Host == "" {
		return nil, errors.New("a target needs portal_url or webhook_url")
	}
	if hook, err := url.Parse(values["webhook_url"]); err == nil {
		t.setWebhook(strings.TrimSuffix(hook.EscapedPath(), "/"))
	}
	return t, t.connect()
}

func (t *Target) setWebhook(path string) {
	parts := strings.Split(path, "/") // "", rest, user, code
	if len(parts) != 4 {
		return
	}
	t.Values["webhook"], t.Values["webhook_user"], t.Values["webhook_code"] = path, parts[2], parts[3]
}

// patience is how long an answer may take.
const patience = time.Minute

func (t *Target) connect() error {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	if file := t.Values["ca_file"]; file != "" {
		pem, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		pool := x509.NewCertPool()
		pool.AppendCertsFromPEM(pem)
		transport.TLSClientConfig = &tls.Config{RootCAs: pool}
	}
	t.client = &http.Client{Transport: transport, Timeout: patience, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse // a redirect is an answer like any
	}}
	return nil
}

// foreign is true for servers that are not ours to change: none that we
// administer is.
func (t *Target) foreign() bool { return t.Values["admin_token"] == "" }

// lacks says why a case can't run here; "" when it can.
func (t *Target) lacks(c *Case) string {
	for _, need := range c.Needs {
		switch {
		case need == needOwn && t.Fresh == nil:
			return "it needs a server of its own"
		case need == needDev && t.foreign():
			return "it needs onevent"
		case need != needOwn && need != needDev && t.Values[need] == "":
			return "the target has no " + need
		}
	}
	switch {
	case t.foreign() && c.Account == "":
		return "it is not made for accounts of others"
	case t.foreign() && c.Account == "writes" && !t.Write:
		return "it creates data"
	}
	return ""
}

// variables are those of one run of a case. `unique` is a number that no other
// run has.
func (t *Target) variables() variables {
	vars := variables{"unique": {kind: kindNumber, text: strconv.Itoa(100_000_000 + rand.IntN(900_000_000))}}
	for name, value := range t.Values {
		vars[name] = node{kind: kindText, text: value}
	}
	return vars
}

// address is where a request goes: a path belongs to the portal.
func (t *Target) address(target string) string {
	if strings.HasPrefix(target, "/") {
		return t.Values["portal_url"] + target
	}
	return target
}

// allows refuses to send a request, with what it may carry, anywhere but to the
// target's own addresses.
func (t *Target) allows(u *url.URL) error {
	for _, name := range []string{"portal_url", "oauth_url", "tls_portal_url", "tls_oauth_url"} {
		if own, err := url.Parse(t.Values[name]); err == nil && own.Host != "" && own.Host == u.Host && own.Scheme == u.Scheme {
			return nil
		}
	}
	return fmt.Errorf("%s is no address of the target", u.Host)
}
