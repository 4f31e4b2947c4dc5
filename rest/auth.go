package rest

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/onevent/onevent"
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

// check judges credentials, but for the scope; docs/protocol/rest.md section 4.
func (s *Server) check(portal *onevent.Portal, base string, cred credentials) (oauth.Access, *Error) {
	switch {
	case cred.token != "":
		acc, refusal := s.Authority.CheckToken(portal, cred.token)
		return acc, refused(refusal)
	case cred.user == "" || cred.code == "":
		return oauth.Access{}, refused(oauth.NoAuth)
	case !s.AllowHTTPWebhooks && !strings.HasPrefix(base, "https:"):
		return oauth.Access{}, errHTTPS
	}
	acc, refusal := s.Authority.CheckWebhook(portal, s.userOf(portal, cred.user), cred.code)
	return acc, refused(refusal)
}

// userOf reads a webhook's user: a number, or a login, which here is the
// e-mail address; 0 when it is neither.
func (s *Server) userOf(portal *onevent.Portal, text string) onevent.UserID {
	if id, err := strconv.ParseInt(text, 10, 64); err == nil {
		return onevent.UserID(id)
	}
	if !strings.Contains(text, "@") {
		return 0
	}
	for _, u := range s.Authority.Directory.Users(portal.ID) {
		if strings.EqualFold(u.Email, text) {
			return u.ID
		}
	}
	return 0
}

// permit judges in their place among the checks what depends on the method: the
// scope comes before an inactive user, and he before the kind of authorisation.
func permit(acc oauth.Access, refusal *Error, m *Method) *Error {
	switch {
	case refusal != nil && refusal.Code != string(oauth.AuthorizationError):
		return refusal
	case m == nil:
		return errMethodNotFound
	case !m.GrantedBy(acc.Scope):
		return scopeError(acc.Installation != nil)
	case refusal != nil:
		return refusal
	case m.Auth == AppAuth && acc.Installation == nil:
		return errWrongAuthType
	}
	return nil
}

func refused(refusal oauth.Refusal) *Error {
	if refusal == oauth.Granted {
		return nil
	}
	return table.error(string(refusal))
}

func scopeError(byApplication bool) *Error {
	if byApplication {
		return errScopeOfToken
	}
	return errScopeOfWebhook
}
