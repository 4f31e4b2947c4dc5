package devportal

import (
	"cmp"
	"net/url"
	"os"
	"strings"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/client"
)

// Access says which running server is meant, and what opens it: a URL with a
// token, or else the file that `onevent dev` wrote.
type Access struct {
	Creds     string // file; empty: DefaultCreds
	URL       string // scheme, host and port
	Token     onevent.Secret
	TokenFile string
}

// Connect gives the management API of the server that is meant, and the member_id
// of its portal when it is a dev portal. The error has CodeInvalid.
func Connect(a Access) (*client.Client, string, error) {
	if a.URL == "" || a.Creds != "" {
		creds, err := ReadCreds(cmp.Or(a.Creds, DefaultCreds))
		if err != nil {
			return nil, "", err
		}
		c, err := creds.Client()
		return c, creds.MemberID, err
	}
	if u, err := url.Parse(a.URL); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, "", invalid("--url must be the address of a server, such as http://127.0.0.1:8080")
	}
	token, err := a.token()
	if err != nil {
		return nil, "", err
	}
	return client.New(a.URL, token, nil), "", nil
}

func (a Access) token() (onevent.Secret, error) {
	if a.TokenFile == "" {
		if a.Token == "" {
			return "", invalid("the admin token is missing: --token, --token-file or ONEVENT_ADMIN_TOKEN")
		}
		return a.Token, nil
	}
	raw, err := os.ReadFile(a.TokenFile)
	if err != nil {
		return "", invalid("--token-file: %w", err)
	}
	return onevent.Secret(strings.TrimSpace(string(raw))), nil
}

// Told words an error of the management API for the command line.
func Told(err error) error {
	if err == nil {
		return nil
	}
	return fromClient(err)
}
