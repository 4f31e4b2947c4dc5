package rest

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/catalog"
	"github.com/onevent/onevent/oauth"
	"github.com/onevent/onevent/wire"
)

// credentials are what a request shows: a token, or a webhook's user and code.
type credentials struct {
	token      string
	user, code string
}

// credentialsOf looks in the order of docs/protocol/rest.md section 4.
func credentialsOf(r *http.Request, path route, params wire.Value) credentials {
	if token, ok := bearer(r.Header.Get("Authorization")); ok {
		return credentials{token: token}
	}
	for _, name := range []string{"auth", "access_token"} {
		if v, _ := params.Fold(name); v.Text() != "" {
			return credentials{token: v.Text()}
		}
	}
	if path.code != "" {
		return credentials{user: path.user, code: path.code}
	}
	user, _ := params.Fold("aplogin")
	code, _ := params.Fold("ap")
	return credentials{user: user.Text(), code: code.Text()}
}

func bearer(header string) (string, bool) {
	scheme, token, _ := strings.Cut(header, " ")
	token = strings.TrimSpace(token)
	return token, strings.EqualFold(scheme, "Bearer") && token != ""
}

// authorize judges credentials and, in its place among the checks, the scope of
// the method that is called; docs/protocol/rest.md section 4.
func (s *Server) authorize(portal *onevent.Portal, base string, cred credentials, name string) (oauth.Access, *Method, *Error) {
	acc, refusal := s.check(portal, base, cred)
	if refusal != nil && refusal.Code != string(oauth.AuthorizationError) {
		return acc, nil, refusal
	}
	m := s.Registry.Lookup(name)
	switch {
	case m == nil:
		return acc, nil, ErrMethodNotFound
	case !catalog.Grants(acc.Scope, m.Scope):
		return acc, nil, scopeError(acc)
	case refusal != nil:
		return acc, nil, refusal
	case m.Auth == AppAuth && acc.Installation == nil:
		return acc, nil, ErrWrongAuthType
	}
	return acc, m, nil
}

func (s *Server) check(portal *onevent.Portal, base string, cred credentials) (oauth.Access, *Error) {
	switch {
	case cred.token != "":
		acc, refusal := s.Authority.CheckToken(portal, cred.token)
		return acc, refused(refusal)
	case cred.user == "" || cred.code == "":
		return oauth.Access{}, refused(oauth.NoAuth)
	case !s.AllowHTTPWebhooks && !strings.HasPrefix(base, "https:"):
		return oauth.Access{}, ErrHTTPSRequired
	}
	user, err := strconv.ParseInt(cred.user, 10, 64)
	if err != nil {
		return oauth.Access{}, refused(oauth.InvalidCredentials)
	}
	acc, refusal := s.Authority.CheckWebhook(portal, onevent.UserID(user), cred.code)
	return acc, refused(refusal)
}

func refused(refusal oauth.Refusal) *Error {
	if refusal == oauth.Granted {
		return nil
	}
	return errorOfRefusal(refusal)
}

func scopeError(acc oauth.Access) *Error {
	if acc.Installation == nil {
		return errScopeOfWebhook
	}
	return errScopeOfToken
}
