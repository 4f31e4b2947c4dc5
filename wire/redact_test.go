package wire_test

import (
	"strings"
	"testing"

	"github.com/onevent/onevent/wire"
)

func TestSecretsAreRedacted(t *testing.T) {
	t.Parallel()
	cases := []struct{ name, in, want string }{
		{"auth block", "auth%5Baccess_token%5D=s&auth%5Bexpires%5D=1&auth%5Brefresh_token%5D=s&auth%5Bapplication_token%5D=s",
			"auth%5Baccess_token%5D=***&auth%5Bexpires%5D=1&auth%5Brefresh_token%5D=***&auth%5Bapplication_token%5D=***"},
		{"top level", "access_token=s&a=1&refresh_token=s", "access_token=***&a=1&refresh_token=***"},
		{"the page of an application", "AUTH_ID=s&AUTH_EXPIRES=3600&REFRESH_ID=s&APPLICATION_TOKEN=s",
			"AUTH_ID=***&AUTH_EXPIRES=3600&REFRESH_ID=***&APPLICATION_TOKEN=***"},
		{"the token of a call", "auth=s&auth%5B%5D=s&auth%5Bdomain%5D=d", "auth=***&auth%5B%5D=***&auth%5Bdomain%5D=d"},
		{"a client's secret", "client_id=app&client_secret=s", "client_id=app&client_secret=***"},
		{"tokens of a bot inside data", "data[BOT][5][access_token]=s&data[bot][auth][refresh_token]=s&data[bot][auth][domain]=d",
			"data[BOT][5][access_token]=***&data[bot][auth][refresh_token]=***&data[bot][auth][domain]=d"},
		{"escapes in lower case, and of letters", "auth%5baccess%5ftoken%5d=s", "auth%5baccess%5ftoken%5d=***"},
		{"a bracket left open", "auth[access_token=s", "auth[access_token=***"},
		{"a secret as a list", "access_token[]=s&access_token[a][b]=s", "access_token[]=***&access_token[a][b]=***"},
		{"spaces around the name", "+access_token+=s", "+access_token+=***"},
		{"a value with =", "access_token=s=s", "access_token=***"},
		{"a token inside data", "data[TOKEN]=s&data[TOKENS]=5", "data[TOKEN]=***&data[TOKENS]=5"},
		{"an empty secret", "access_token=", "access_token=***"},
		{"like a secret, but none", "data[AUTHOR_ID]=5&my_access_token_id=7&author=x", "data[AUTHOR_ID]=5&my_access_token_id=7&author=x"},
		{"not a form", "{}", "{}"},
		{"empty pairs stay", "&a=1&&access_token=s&", "&a=1&&access_token=***&"},
		{"nothing", "", ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			in := []byte(c.in)
			if got := string(wire.RedactForm(in)); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
			if string(in) != c.in {
				t.Error("the body itself was changed")
			}
		})
	}
}

func TestNoBodyOfAnEventKeepsATokenAfterRedaction(t *testing.T) {
	t.Parallel()
	for _, e := range examples(t) {
		got := string(wire.RedactForm(e.body.Append(nil)))
		for _, secret := range []string{e.body.Auth.AccessToken, e.body.Auth.RefreshToken, e.body.Auth.ApplicationToken} {
			if secret != "" && secret != "…" && strings.Contains(got, secret) {
				t.Errorf("%s keeps %s", e.golden, secret)
			}
		}
	}
}
