package oauth

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/rest/answer"
	"github.com/onevent/onevent/rest/request"
	"github.com/onevent/onevent/session"
	"github.com/onevent/onevent/wire"
)

// HTTP answers the addresses of the authorisation server. Authority and Logger
// must be set, for Authorise Door too.
type HTTP struct {
	Authority *Authority
	Door      *session.Door
	Logger    *slog.Logger
	// Limits of what a request may hold; zero fields stand for wire.DefaultLimits,
	// but for Bytes: 0 stands for 64 KiB.
	Limits wire.Limits
}

// failure is an answer that is no success; docs/protocol/oauth.md section 4.
type failure struct {
	status      int
	code        Refusal
	description string
}

// The words portal, domain and "not found" stand in no text: one SDK takes them
// for another error.
var failures = map[Refusal]failure{
	NoAuth:             {http.StatusUnauthorized, NoAuth, "Wrong authorization data"},
	InvalidToken:       {http.StatusUnauthorized, InvalidToken, "Unable to get application by token"},
	ExpiredToken:       {http.StatusUnauthorized, ExpiredToken, "The access token provided has expired"},
	NotInstalled:       {http.StatusUnauthorized, NotInstalled, "Application not installed"},
	PaymentRequired:    {http.StatusUnauthorized, PaymentRequired, "Payment required"},
	AuthorizationError: {http.StatusUnauthorized, AuthorizationError, "Unable to authorize user"},
	WrongClient:        {http.StatusOK, WrongClient, "Unknown client"},
	InvalidClient:      {http.StatusUnauthorized, InvalidClient, "Wrong client secret"},
	InvalidGrant:       {http.StatusBadRequest, InvalidGrant, "The grant is unknown, used or expired, or it was given to another client"},
}

// store failures, as the REST protocol names them too.
const (
	overload Refusal = "OVERLOAD_LIMIT"
	internal Refusal = "INTERNAL_SERVER_ERROR"
)

func badRequest(description string) *failure {
	return &failure{http.StatusBadRequest, InvalidRequest, description}
}

// exchange is one request to the authorisation server.
type exchange struct {
	*HTTP
	w     http.ResponseWriter
	r     *http.Request
	base  string
	start time.Time
}

// Token answers /oauth/token/; docs/protocol/oauth.md section 3. base is the
// scheme, host and port by which the caller came.
func (h *HTTP) Token(w http.ResponseWriter, r *http.Request, base string) {
	h.serve(w, r, base, (*exchange).token)
}

// AppInfo answers the authorisation server's /rest/app.info;
// docs/protocol/oauth.md section 5.
func (h *HTTP) AppInfo(w http.ResponseWriter, r *http.Request, base string) {
	h.serve(w, r, base, (*exchange).appInfo)
}

// longestBody is enough for any grant, in bytes: nobody has shown yet who he is.
const longestBody = 64 << 10

func (h *HTTP) serve(w http.ResponseWriter, r *http.Request, base string, f func(*exchange, wire.Value) (any, *failure)) {
	if answer.Preflight(w, r) {
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Pragma", "no-cache")
	x := &exchange{HTTP: h, w: w, r: r, base: base, start: h.Authority.Clock.Now()}
	lim := h.Limits
	lim.Bytes = cmp.Or(lim.Bytes, longestBody)
	params, err := request.Params(w, r, lim)
	if err != nil && !errors.Is(err, request.ErrJSON) {
		x.write(nil, unreadable(err))
		return
	}
	x.write(f(x, params))
}

func unreadable(err error) *failure {
	f := badRequest(err.Error())
	var limit *wire.LimitError
	if errors.As(err, &limit) && limit.Limit == "bytes" {
		f.status = http.StatusRequestEntityTooLarge
	}
	return f
}

func (x *exchange) write(result any, f *failure) {
	status := http.StatusOK
	if f != nil {
		status, result = f.status, map[string]string{"error": string(f.code), "error_description": f.description}
	}
	body, err := json.Marshal(result)
	if err != nil {
		panic(err) // strings and numbers always marshal
	}
	answer.Write(x.w, status, "application/json", body)
}

// token exchanges what the caller was given for new tokens.
func (x *exchange) token(params wire.Value) (any, *failure) {
	grant := param(params, "grant_type")
	want := map[string]string{"refresh_token": "refresh_token", "authorization_code": "code"}[grant]
	if want == "" {
		return nil, badRequest(`"grant_type" must be refresh_token or authorization_code`)
	}
	for _, name := range []string{"client_id", "client_secret", want} {
		if param(params, name) == "" {
			return nil, badRequest(`No "` + name + `" parameter found`)
		}
	}
	exchange := map[string]func(context.Context, string, string, string) (Refreshed, Refusal, error){
		"refresh_token": x.Authority.Refresh, "code": x.Authority.Exchange,
	}[want]
	done, refusal, err := exchange(x.r.Context(), param(params, "client_id"), param(params, "client_secret"), param(params, want))
	switch {
	case err != nil:
		return nil, x.storeFailed(err)
	case refusal != Granted:
		f := failures[refusal]
		return nil, &f
	}
	return x.tokens(done), nil
}

func param(params wire.Value, name string) string {
	v, _ := params.Get(name)
	return v.Text()
}

func (x *exchange) storeFailed(err error) *failure {
	switch onevent.CodeOf(err) {
	case onevent.CodeStorageFull, onevent.CodeUnavailable:
		return &failure{http.StatusServiceUnavailable, overload, "REST API is blocked due to overload."}
	}
	if x.r.Context().Err() != nil {
		return &failure{http.StatusServiceUnavailable, overload, "The caller stopped waiting"}
	}
	x.Logger.Error("tokens could not be given", "cause", err.Error())
	return &failure{http.StatusInternalServerError, internal, "Internal server error"}
}

// tokenAnswer has every key of docs/protocol/oauth.md section 3.
type tokenAnswer struct {
	AccessToken    string `json:"access_token"`
	Expires        int64  `json:"expires"`
	ExpiresIn      int64  `json:"expires_in"`
	Scope          string `json:"scope"`
	Domain         string `json:"domain"`
	ServerEndpoint string `json:"server_endpoint"`
	Status         string `json:"status"`
	ClientEndpoint string `json:"client_endpoint"`
	MemberID       string `json:"member_id"`
	UserID         int64  `json:"user_id"`
	RefreshToken   string `json:"refresh_token"`
}

func (x *exchange) tokens(done Refreshed) tokenAnswer {
	acc := done.Access
	ep := x.Authority.Addresses.Endpoints(acc.Portal, x.base)
	return tokenAnswer{
		AccessToken:    done.Tokens.Access,
		Expires:        done.Tokens.Expires,
		ExpiresIn:      int64(AccessLife / time.Second),
		Scope:          strings.Join(acc.Installation.Scope, ","),
		Domain:         ep.ServerDomain(),
		ServerEndpoint: ep.Server,
		Status:         acc.Installation.Status,
		ClientEndpoint: ep.Client,
		MemberID:       acc.Portal.MemberID,
		UserID:         int64(acc.User.ID),
		RefreshToken:   done.Tokens.Refresh,
	}
}

type infoAnswer struct {
	Result info         `json:"result"`
	Time   answer.Times `json:"time"`
}

type info struct {
	ClientID string      `json:"client_id"`
	Scope    string      `json:"scope"`
	Expires  string      `json:"expires"`
	Install  installInfo `json:"install"`
	UserID   int64       `json:"user_id"`
}

type installInfo struct {
	Installed      bool   `json:"installed"`
	Version        int64  `json:"version"`
	Status         string `json:"status"`
	Scope          string `json:"scope"`
	Domain         string `json:"domain"`
	URI            string `json:"uri"`
	ClientEndpoint string `json:"client_endpoint"`
	MemberID       string `json:"member_id"`
	MemberType     string `json:"member_type"`
}

// appInfo tells what a token stands for.
func (x *exchange) appInfo(params wire.Value) (any, *failure) {
	acc, refusal := x.Authority.CheckToken(nil, x.shownToken(params))
	if refusal != Granted {
		f := failures[refusal]
		return nil, &f
	}
	zone := time.UTC
	now := x.Authority.Clock.Now()
	return infoAnswer{Result: x.info(acc), Time: answer.Times{Start: x.start, Began: x.start, Finish: now, Zone: zone}}, nil
}

func (x *exchange) shownToken(params wire.Value) string {
	if scheme, token, _ := strings.Cut(x.r.Header.Get("Authorization"), " "); strings.EqualFold(scheme, "Bearer") && token != "" {
		return strings.TrimSpace(token)
	}
	if token := param(params, "auth"); token != "" {
		return token
	}
	return param(params, "access_token")
}

func (x *exchange) info(acc Access) info {
	ep := x.Authority.Addresses.Endpoints(acc.Portal, x.base)
	scope := strings.Join(acc.Scope, ",")
	return info{
		ClientID: x.Authority.Directory.Application(acc.Installation.Application).ClientID,
		Scope:    scope,
		Expires:  answer.Date(time.Unix(acc.Expires, 0), time.UTC),
		Install: installInfo{
			Installed:      acc.Installation.Installed,
			Version:        acc.Installation.Version,
			Status:         acc.Installation.Status,
			Scope:          scope,
			Domain:         ep.Domain(),
			URI:            withoutPort(ep.Client),
			ClientEndpoint: ep.Client,
			MemberID:       acc.Portal.MemberID,
			MemberType:     "portal",
		},
		UserID: int64(acc.User.ID),
	}
}

// withoutPort is the scheme and host of a URL.
func withoutPort(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return raw
	}
	host := u.Hostname()
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	return u.Scheme + "://" + host
}
