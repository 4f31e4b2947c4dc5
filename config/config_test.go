package config_test

import (
	"errors"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/config"
)

const token = "0123456789abcdef"

const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

// required are the keys without which nothing starts.
var required = []string{"ONEVENT_KEY_FILE=key", "ONEVENT_ADMIN_TOKEN=" + token}

func write(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestEveryKeyOfTheFileIsRead(t *testing.T) {
	t.Parallel()
	path := write(t, "c.yaml", `
listen: 0.0.0.0:443
tls: {cert: c.pem, key: k.pem}
trusted_proxies: [10.0.0.0/8, 192.168.1.5]
store: sqlite:/var/lib/onevent/onevent.db
store.reserve: 1GB
key_file: /etc/onevent/key
admin_token: `+token+`
oauth_url: https://oauth.example/
egress.allow: 172.16.0.0/12, fd00::/8
delivery: {order: all, retry: [5s, 30s, 2m], deadline: 168h, timeout: 1.5s, rate: 0.5, burst: 10, concurrency: 256}
limits: {server: 100, host: 10, backlog: 5000}
operator: {url: "http://ops.internal/hook?key=1", secret: `+secret+`}
log: debug
otlp: http://127.0.0.1:4318
`)
	c, err := config.Load(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	checks := map[string]bool{
		"listen":          c.Listen == "0.0.0.0:443",
		"tls":             c.TLSCert == "c.pem" && c.TLSKey == "k.pem",
		"trusted_proxies": len(c.TrustedProxies) == 2 && c.TrustedProxies[1] == netip.MustParsePrefix("192.168.1.5/32"),
		"store":           c.Store == "/var/lib/onevent/onevent.db",
		"store.reserve":   c.Reserve == 1<<30,
		"key_file":        c.KeyFile == "/etc/onevent/key",
		"admin_token":     c.AdminToken.Reveal() == token,
		"oauth_url":       c.OAuthURL == "https://oauth.example",
		"egress.allow":    len(c.EgressAllow) == 2 && c.EgressAllow[1] == netip.MustParsePrefix("fd00::/8"),
		"delivery":        c.Delivery == onevent.DeliveryOptions{Order: "all", Retry: "5s,30s,2m", Deadline: 7 * 24 * 3600, Timeout: 1.5, Rate: 0.5, Burst: 10, Concurrency: 256},
		"limits":          c.Limits == config.Limits{Server: 100, Host: 10, Backlog: 5000},
		"operator":        c.OperatorURL == "http://ops.internal/hook?key=1" && c.OperatorSecret.Reveal() == secret,
		"log":             c.Log == slog.LevelDebug,
		"otlp":            c.OTLP == "http://127.0.0.1:4318",
	}
	for key, ok := range checks {
		if !ok {
			t.Errorf("%s was read wrongly: %+v", key, c)
		}
	}
}

func TestWhatIsNotGivenHasItsDefault(t *testing.T) {
	t.Parallel()
	c, err := config.Load("", required)
	if err != nil {
		t.Fatal(err)
	}
	if c.Listen != "127.0.0.1:8080" || c.Store != "onevent.db" || c.Reserve != 256<<20 || c.Log != slog.LevelInfo {
		t.Errorf("%+v", c)
	}
	if c.Delivery != onevent.DefaultDelivery || c.Limits != (config.Limits{Server: 4096, Host: 256, Backlog: 1_000_000}) {
		t.Errorf("delivery %+v, limits %+v", c.Delivery, c.Limits)
	}
}

func TestTheEnvironmentWinsOverTheFile(t *testing.T) {
	t.Parallel()
	path := write(t, "c.yaml", "store.reserve: 1MB\nlog: debug\n")
	c, err := config.Load(path, append(required, "ONEVENT_STORE_RESERVE=2MB"))
	if err != nil {
		t.Fatal(err)
	}
	if c.Reserve != 2<<20 || c.Log != slog.LevelDebug {
		t.Errorf("reserve %d, log %v", c.Reserve, c.Log)
	}
}

func TestASecretMayLieInAFile(t *testing.T) {
	t.Parallel()
	path := write(t, "token", token+"\n")
	c, err := config.Load("", []string{"ONEVENT_KEY_FILE=key", "ONEVENT_ADMIN_TOKEN_FILE=" + path})
	if err != nil {
		t.Fatal(err)
	}
	if c.AdminToken.Reveal() != token {
		t.Error("the token is not what the file holds")
	}
}

func TestWrongValuesRefuseToStartAndNameTheKey(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		file string
		env  []string
		says string
	}{
		"unknown key":         {file: "lisen: :80\n", says: `"lisen"`},
		"unknown nested key":  {file: "tls:\n  certificate: x\n", says: `"tls.certificate"`},
		"unknown empty map":   {file: "tsl: {}\n", says: `"tsl"`},
		"twice":               {file: "tls.cert: a\ntls: {cert: b}\n", says: "tls.cert stands there twice"},
		"a list for one":      {file: "log: [info]\n", says: "log (line 1)"},
		"no YAML":             {file: "a: [\n", says: "is not YAML"},
		"no map":              {file: "hello\n", says: "keys with values"},
		"listen":              {file: "listen: nowhere\n", says: "listen"},
		"postgres":            {file: "store: postgres:host=db\n", says: "no PostgreSQL driver"},
		"store":               {file: "store: /file\n", says: "store: it must be sqlite:FILE"},
		"store without file":  {file: "store: 'sqlite:'\n", says: "store: it must be sqlite:FILE"},
		"reserve":             {file: "store.reserve: much\n", says: "store.reserve"},
		"no token":            {file: "admin_token: ''\n", says: "admin_token"},
		"network":             {file: "egress.allow: [10.0.0.0/33]\n", says: "egress.allow"},
		"level":               {file: "log: loud\n", says: "log"},
		"collector":           {file: "otlp: localhost:4317\n", says: "otlp: it must be a URL"},
		"user of a collector": {file: "otlp: http://me:secret@127.0.0.1:4318\n", says: "otlp: it must be a URL"},
		"oauth_url":           {file: "oauth_url: oauth.example\n", says: "oauth_url"},
		"certificate alone":   {file: "tls.cert: a\n", says: "go together"},
		"retention age":       {file: "retention.age: week\n", says: "retention.age"},
		"retention of no age": {file: "retention.age: 0d\n", says: "retention.age"},
		"retention size":      {file: "retention.size: much\n", says: "retention.size"},
		"order":               {file: "delivery.order: first\n", says: "delivery.order: order must be one of object, none, all"},
		"retry":               {file: "delivery.retry: 5s,soon\n", says: "delivery.retry: retry must be default, none, or"},
		"too long a retry":    {file: "delivery.retry: 8d\n", says: "delivery.retry"},
		"deadline":            {file: "delivery.deadline: week\n", says: `delivery.deadline: "week" is no duration`},
		"a long deadline":     {file: "delivery.deadline: 91d\n", says: "delivery.deadline: deadline must be a number from 0.001 to 7776000 seconds (90 days)"},
		"no deadline":         {file: "delivery.deadline: 0s\n", says: "delivery.deadline"},
		"endless deadline":    {file: "delivery.deadline: 999999999999d\n", says: "delivery.deadline"},
		"timeout":             {file: "delivery.timeout: 61s\n", says: "delivery.timeout: timeout must be a number from 1 to 60 seconds"},
		"no timeout":          {file: "delivery.timeout: 0s\n", says: "delivery.timeout"},
		"rate":                {file: "delivery.rate: fast\n", says: "delivery.rate"},
		"no rate":             {file: "delivery.rate: 0\n", says: `delivery.rate: "0" is no value: it must be above 0`},
		"rate that is none":   {file: "delivery.rate: NaN\n", says: "delivery.rate"},
		"burst":               {file: "delivery.burst: -1\n", says: "delivery.burst"},
		"concurrency":         {file: "delivery.concurrency: 257\n", says: "delivery.concurrency: concurrency must be a whole number from 1 to 256"},
		"no concurrency":      {file: "delivery.concurrency: 0\n", says: "delivery.concurrency"},
		"limit of the server": {file: "limits.server: many\n", says: `limits.server: "many" is no whole number`},
		"limit of a host":     {file: "limits.host: 0\n", says: "limits.host: it must be from 1 to 65536"},
		"limit of a backlog":  {file: "limits.backlog: 1000000001\n", says: "limits.backlog: it must be from 1 to 1000000000"},
		"operator URL":        {file: "operator.url: ftp://ops.example/\n", says: "operator.url: wrong scheme"},
		"operator unsigned":   {file: "operator.url: https://ops.example/\n", says: "operator.secret is missing: operator.url needs it, and `onevent keys secret` makes one"},
		"operator nowhere":    {file: "operator.secret: " + secret + "\n", says: "operator.url is missing"},
		"operator secret":     {file: "operator: {url: https://ops.example/, secret: whsec_c2VjcmV0}\n", says: "operator.secret: it must be whsec_"},
		"environment":         {env: []string{"ONEVENT_TRUSTED_PROXIES=all"}, says: "trusted_proxies"},
		"secret in two forms": {env: []string{"ONEVENT_ADMIN_TOKEN_FILE=/nowhere"}, says: "both set"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := ""
			if c.file != "" {
				path = write(t, "c.yaml", c.file)
			}
			env := required
			if strings.Contains(c.file, "admin_token") {
				env = required[:1]
			}
			_, err := config.Load(path, append(env[:len(env):len(env)], c.env...))
			refuses(t, err, c.says)
		})
	}
}

func TestKeysThatAreNotObeyedOrNotWiseAreTold(t *testing.T) {
	t.Parallel()
	path := write(t, "c.yaml", "admin_token: short\n")
	c, err := config.Load(path, required[:1])
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"admin_token"} {
		if !slices.ContainsFunc(c.Warnings, func(w string) bool { return strings.HasPrefix(w, name) }) {
			t.Errorf("nothing is said of %s: %q", name, c.Warnings)
		}
	}
	if c, err = config.Load(write(t, "d.yaml", "retention.age: 168h\n"), required); err != nil || len(c.Warnings) != 0 {
		t.Errorf("%q, %v", c.Warnings, err)
	}
}

func refuses(t *testing.T, err error, says string) {
	t.Helper()
	if !errors.Is(err, &onevent.Error{Code: onevent.CodeInvalid}) || !strings.Contains(err.Error(), says) {
		t.Errorf("the error is %v; it should say %q", err, says)
	}
	if err != nil && strings.Contains(err.Error(), "\n") {
		t.Errorf("the error has more than one line: %v", err)
	}
}

func TestRequiredKeysAndMissingFiles(t *testing.T) {
	t.Parallel()
	_, err := config.Load("", required[1:])
	refuses(t, err, "key_file is missing")
	_, err = config.Load("", required[:1])
	refuses(t, err, "admin_token is missing")
	_, err = config.Load(filepath.Join(t.TempDir(), "none.yaml"), required)
	refuses(t, err, "can't be read")
	_, err = config.Load("", []string{required[0], "ONEVENT_ADMIN_TOKEN_FILE=/nowhere/at/all"})
	refuses(t, err, "ONEVENT_ADMIN_TOKEN_FILE")
}

func TestSizes(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{"0": 0, "17": 17, "1KB": 1024, "256MB": 256 << 20, "4 gb": 4 << 30, "1TB": 1 << 40} {
		if got, err := config.ParseSize(text); err != nil || got != want {
			t.Errorf("%q: %d, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "MB", "-1", "1.5GB", "1PB", "9000000000000000000KB"} {
		if _, err := config.ParseSize(text); err == nil {
			t.Errorf("%q passes", text)
		}
	}
}

func TestTheTableDescribesEveryKeyAndItsVariable(t *testing.T) {
	t.Parallel()
	text := config.Describe()
	for _, name := range []string{"listen", "tls.cert", "tls.key", "trusted_proxies", "store", "store.reserve", "key_file",
		"admin_token", "oauth_url", "egress.allow", "delivery.order", "delivery.retry", "delivery.deadline", "delivery.timeout",
		"delivery.rate", "delivery.burst", "delivery.concurrency", "limits.server", "limits.host", "limits.backlog", "retention.age", "retention.size",
		"operator.url", "operator.secret", "log", "otlp"} {
		if !strings.Contains(text, "  "+name+" ") || !strings.Contains(text, config.Env(name)) {
			t.Errorf("%s is not described:\n%s", name, text)
		}
	}
}
