package oauth

import (
	"cmp"
	"net/http"
	"net/url"
	"strings"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/directory"
	"github.com/onevent/onevent/page"
	"github.com/onevent/onevent/session"
	"github.com/onevent/onevent/static"
)

// authorisePath is where a person is sent to let an application act for him.
const authorisePath = "/oauth/authorize/"

// What a request for a code may hold, in bytes.
const (
	longestQuery = 16 << 10
	longestState = 4 << 10
)

// authorisation is one request for a code.
type authorisation struct {
	*HTTP
	w      http.ResponseWriter
	r      *http.Request
	portal *onevent.Portal
	base   string
	user   *onevent.User
	asked  asked
}

// Authorise answers /oauth/authorize/ of a portal; docs/protocol/oauth.md
// section 2. It asks who the person is, and sends him back to the application
// with a code. What stands in the way of that is a page on the portal: who is
// sent back has a code. base is the scheme, host and port by which he came.
func (h *HTTP) Authorise(w http.ResponseWriter, r *http.Request, portal *onevent.Portal, base string) {
	x := &authorisation{HTTP: h, w: w, r: r, portal: portal, base: base}
	if r.Method != http.MethodGet && r.Method != http.MethodPost {
		w.Header().Set("Allow", "GET, POST")
		x.refuse(http.StatusMethodNotAllowed, "This page is read by a browser", "It takes GET, and POST from its own form.", "")
		return
	}
	if !x.read() {
		return
	}
	// Nobody learns which applications a portal has before he has signed in.
	if x.user = h.Door.Enter(w, r, portal, base, authorisePath); x.user == nil {
		return
	}
	if app, inst := x.judged(); inst != nil {
		x.give(app, inst)
	}
}

func (x *authorisation) refuse(status int, title, text, detail string) {
	n := page.Notice{Portal: x.portal.Domain, Title: title, Text: text, Detail: detail}
	if x.user != nil {
		n.User = session.Name(x.user)
	}
	n.Write(x.w, status)
}

// read reads what is asked, or answers why it can't.
func (x *authorisation) read() bool {
	if len(x.r.URL.RawQuery) > longestQuery {
		x.refuse(http.StatusRequestURITooLong, "The address is too long", "The application sent you here with more than can be read.", "")
		return false
	}
	problem := ""
	if x.asked, problem = readAsked(x.r.URL.RawQuery); problem != "" {
		x.refuse(http.StatusBadRequest, "The application sent you here in a wrong way", problem, "")
		return false
	}
	return true
}

// judged finds the installation for which the person may have a code, or answers
// why there is none.
func (x *authorisation) judged() (*onevent.Application, *directory.Installation) {
	dir := x.Authority.Directory
	app := dir.ApplicationByClientID(x.asked.clientID)
	if app == nil {
		x.refuse(http.StatusNotFound, "The application is not known", "No application has this client_id.", x.asked.clientID)
		return nil, nil
	}
	inst := dir.Standing(x.portal.ID, app.ID)
	name := cmp.Or(app.Name, app.ClientID)
	switch {
	case inst == nil:
		x.refuse(http.StatusNotFound, "The application is not installed", "An administrator of the portal can install it.", name)
	case !inst.Installed && !x.user.Admin:
		x.refuse(http.StatusForbidden, "The application is not ready", "Its installation is not finished. Until it is, only administrators may use it.", name)
	case inst.Expired:
		x.refuse(http.StatusPaymentRequired, "The application is not paid for", "Its licence or trial has ended.", name)
	default:
		return app, inst
	}
	return nil, nil
}

// give sends the person back to the application with a code, or shows the code
// where the application has no address.
func (x *authorisation) give(app *onevent.Application, inst *directory.Installation) {
	code := x.Authority.Code(inst, x.user)
	target := x.target(app, inst)
	if target == "" {
		page.Notice{Portal: x.portal.Domain, Title: "Your code", Code: code, User: session.Name(x.user),
			Text: "Give it to " + cmp.Or(app.Name, app.ClientID) + " within 30 seconds."}.Write(x.w, http.StatusOK)
		return
	}
	page.Private(x.w.Header())
	x.w.Header().Set("Location", withQuery(target, x.answer(inst, code)))
	x.w.WriteHeader(http.StatusFound)
}

// target is the application's URL, or the one of its registered URLs that was
// asked for. A code goes nowhere else.
func (x *authorisation) target(app *onevent.Application, inst *directory.Installation) string {
	v := x.Authority.Directory.Version(app.ID, inst.Version)
	if v == nil {
		return ""
	}
	pages := static.PagesOf(x.Authority.Directory, x.Authority.Addresses.Endpoints(x.portal, x.base), app, v)
	for _, registered := range []string{pages.Application, pages.Installer, v.EventURL} {
		if registered != "" && registered == x.asked.redirectURI {
			return byHTTP(registered)
		}
	}
	return byHTTP(pages.Application)
}

// byHTTP leaves out an address that a browser would not ask a server for.
func byHTTP(raw string) string {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return ""
	}
	return raw
}

// answer is the query of docs/protocol/oauth.md section 2, in its order.
func (x *authorisation) answer(inst *directory.Installation, code string) string {
	ep := x.Authority.Addresses.Endpoints(x.portal, x.base)
	q := "code=" + code
	if x.asked.hasState {
		q += "&state=" + x.asked.state
	}
	return q + "&domain=" + url.QueryEscape(ep.Domain()) + "&member_id=" + url.QueryEscape(x.portal.MemberID) +
		"&scope=" + url.QueryEscape(strings.Join(inst.Scope, ",")) + "&server_domain=" + url.QueryEscape(ep.ServerDomain())
}

// withQuery puts a query behind the one that the address has, and before its
// fragment.
func withQuery(address, query string) string {
	address, fragment, marked := strings.Cut(address, "#")
	joint := "?"
	if strings.Contains(address, "?") {
		joint = "&"
	}
	if strings.HasSuffix(address, "?") || strings.HasSuffix(address, "&") {
		joint = ""
	}
	if marked {
		fragment = "#" + fragment
	}
	return printable(address) + joint + query + printable(fragment)
}
