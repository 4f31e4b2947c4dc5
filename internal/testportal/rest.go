package testportal

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"

	"github.com/onevent/onevent/bind"
	"github.com/onevent/onevent/methods/app"
	"github.com/onevent/onevent/methods/calendar"
	"github.com/onevent/onevent/methods/crm"
	"github.com/onevent/onevent/methods/event"
	"github.com/onevent/onevent/methods/option"
	"github.com/onevent/onevent/methods/user"
	"github.com/onevent/onevent/rest"
)

// Base is the scheme and host by which test calls come.
const Base = "https://portal.example.com"

// Methods are those of every package under methods/.
func (p *Portal) Methods() []rest.Method {
	all := []rest.Method{rest.Batch()}
	all = append(all, app.Methods(p.Directory)...)
	all = append(all, option.Methods(option.Config{Store: p.Store, Directory: p.Directory})...)
	all = append(all, user.Methods(user.Config{Store: p.Store, Directory: p.Directory, Publisher: p.Publisher, Manager: p.Manager})...)
	all = append(all, event.Methods(event.Config{
		Store: p.Store, Directory: p.Directory, Publisher: p.Publisher,
		Binder: &bind.Binder{Store: p.Store, Directory: p.Directory, Publisher: p.Publisher, Clock: p.Clock, RequireDot: true}})...)
	all = append(all, crm.Methods(crm.Config{Store: p.Store, Publisher: p.Publisher})...)
	return append(all, calendar.Methods(calendar.Config{Store: p.Store, Directory: p.Directory, Publisher: p.Publisher})...)
}

// Handler serves the methods under /rest/; base is Base.
func (p *Portal) Handler(methods ...rest.Method) http.Handler {
	return p.HandlerAt(Base, methods...)
}

// HandlerAt is Handler for callers that come by base.
func (p *Portal) HandlerAt(base string, methods ...rest.Method) http.Handler {
	server := rest.New(rest.Config{
		Registry: rest.NewRegistry(methods...), Authority: p.Authority, Clock: p.Clock, Logger: p.Logger, Publishing: p.Publisher,
		Confirmations: p.Confirms,
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		portal := p.Row()
		server.Serve(w, r, portal, base, Addresses{}.Endpoints(portal, base), segments(r.URL)[1:])
	})
}

func segments(u *url.URL) []string {
	var out []string
	for part := range strings.SplitSeq(u.EscapedPath(), "/") {
		if text, err := url.PathUnescape(part); err == nil && text != "" {
			out = append(out, text)
		}
	}
	return out
}

// Answer is what a call got.
type Answer struct {
	Status int
	Header http.Header
	Text   string
	Body   map[string]any // nil when Text is no JSON object
}

// Result is `result` of a success.
func (a Answer) Result() any { return a.Body["result"] }

// Row is `result` as an object.
func (a Answer) Row() map[string]any {
	row, _ := a.Body["result"].(map[string]any)
	return row
}

// Error is `error` and `error_description`.
func (a Answer) Error() (code, description string) {
	code, _ = a.Body["error"].(string)
	description, _ = a.Body["error_description"].(string)
	return code, description
}

// Do sends a request to a handler.
func Do(h http.Handler, r *http.Request) Answer {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	raw, _ := io.ReadAll(w.Result().Body)
	a := Answer{Status: w.Code, Header: w.Result().Header, Text: string(raw)}
	if json.Unmarshal(raw, &a.Body) != nil {
		a.Body = nil
	}
	return a
}

// Post calls a path with a JSON body.
func Post(h http.Handler, path, token, body string) Answer {
	r := httptest.NewRequest(http.MethodPost, Base+path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	return Do(h, r)
}

// Caller calls all methods with one token.
type Caller struct {
	handler http.Handler
	token   string
}

// As calls the handler with a token.
func As(h http.Handler, token string) Caller { return Caller{h, token} }

// Call calls a method; params is JSON, or empty.
func (c Caller) Call(method, params string) Answer {
	return Post(c.handler, "/rest/"+method, c.token, params)
}
