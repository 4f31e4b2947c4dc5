// Package frame says what a browser posts into the frame in which a portal shows a
// page of an application. docs/protocol/app-lifecycle.md section 4.
package frame

import (
	"cmp"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/directory"
	"github.com/onevent/onevent/oauth"
	"github.com/onevent/onevent/static"
	"github.com/onevent/onevent/wire"
)

// DefaultPlacement is that of an application's own page and of its installer.
const DefaultPlacement = "DEFAULT"

// Visit is one look of a user at the page of an application.
type Visit struct {
	Installation *directory.Installation
	User         *onevent.User
	Base         string     // scheme, host and port by which he came; see onevent.Addresses
	Placement    string     // empty: DefaultPlacement
	Options      wire.Value // a map or a list: PLACEMENT_OPTIONS
}

// Post is what his browser sends, and where to.
type Post struct {
	Method string       // POST; GET for the page of a static application, which gets no fields
	URL    string       // with the query of docs/protocol/app-lifecycle.md section 4.1
	Fields []wire.Field // in the order of section 4.2
	SID    string       // APP_SID
	Domain string       // DOMAIN: the portal's host, with the port that its scheme does not imply
	Secure bool         // PROTOCOL is 1
}

// Body is the form as it is posted: application/x-www-form-urlencoded.
func (p Post) Body() string { return string(wire.AppendFormFields(nil, wire.Map(p.Fields...))) }

// Opener opens pages. All fields must be set.
type Opener struct {
	Directory *directory.Directory
	Authority *oauth.Authority
}

// Open prepares a visit with tokens of its own. Until the installation is finished
// it leads administrators to the installer, and after that everybody to the
// application. CodeDenied: it is not finished, and the user is no administrator; or
// it is not paid for, or the user was dismissed. CodeNotFound: there is no such page.
func (o *Opener) Open(v Visit) (Post, error) {
	portal := o.Directory.Portal(v.Installation.Portal)
	ends := o.Authority.Addresses.Endpoints(portal, v.Base)
	page, err := o.page(v, ends)
	if err != nil {
		return Post{}, err
	}
	p := Post{Method: http.MethodPost, SID: onevent.RandomText(32, onevent.Hex)}
	p.Domain, p.Secure = hostOf(ends.Client)
	p.URL = appendQuery(page, wire.Map(
		wire.F("DOMAIN", wire.String(p.Domain)),
		wire.F("PROTOCOL", flag(p.Secure)),
		wire.F("LANG", wire.String(portal.Language)),
		wire.F("APP_SID", wire.String(p.SID))))
	if app := o.Directory.Application(v.Installation.Application); app.Static {
		p.Method = http.MethodGet
	} else {
		p.Fields = o.fields(v, portal, ends)
	}
	return p, nil
}

// page is the address of what the user is to see.
func (o *Opener) page(v Visit, ends onevent.Endpoints) (string, error) {
	inst := v.Installation
	app, version := o.Directory.Application(inst.Application), o.Directory.Version(inst.Application, inst.Version)
	pages := static.PagesOf(o.Directory, ends, app, version)
	switch {
	case !v.User.Active:
		return "", onevent.Errorf(onevent.CodeDenied, "user %d was dismissed", v.User.ID)
	case inst.Expired:
		return "", onevent.Errorf(onevent.CodeDenied, "the application is not paid for")
	case !inst.Installed && !v.User.Admin:
		return "", onevent.Errorf(onevent.CodeDenied, "the application is not fully installed: an administrator must open it first")
	case static.LacksFiles(o.Directory, app, version):
		return "", onevent.Errorf(onevent.CodeNotFound, "version %s has no files yet: its archive must be uploaded first", version.Text)
	case !inst.Installed && pages.Installer != "":
		return pages.Installer, nil
	case pages.Application == "":
		return "", onevent.Errorf(onevent.CodeNotFound, "the application has no page")
	}
	return pages.Application, nil
}

func (o *Opener) fields(v Visit, portal *onevent.Portal, ends onevent.Endpoints) []wire.Field {
	inst := v.Installation
	tokens := o.Authority.Mint(oauth.Grant{Installation: inst, User: v.User, Refresh: true})
	text := func(name, value string) wire.Field { return wire.F(name, wire.String(value)) }
	return []wire.Field{
		text("AUTH_ID", tokens.Access),
		text("AUTH_EXPIRES", strconv.Itoa(int(oauth.AccessLife/time.Second))),
		text("REFRESH_ID", tokens.Refresh),
		text("SERVER_ENDPOINT", ends.Server),
		text("APPLICATION_TOKEN", inst.Secrets.ApplicationToken.Reveal()),
		text("APPLICATION_SCOPE", strings.Join(inst.Scope, ",")),
		text("member_id", portal.MemberID),
		text("status", inst.Status),
		text("PLACEMENT", cmp.Or(v.Placement, DefaultPlacement)),
		text("PLACEMENT_OPTIONS", options(v.Options)),
	}
}

// options are JSON text even when there are none: the PHP SDK wants to parse them.
func options(v wire.Value) string {
	if v.IsNull() {
		return "[]"
	}
	return string(v.AppendJSON(nil))
}

func flag(on bool) wire.Value {
	if on {
		return wire.String("1")
	}
	return wire.String("0")
}

func hostOf(endpoint string) (host string, secure bool) {
	u, err := url.Parse(endpoint)
	if err != nil {
		return "", false
	}
	return onevent.TrimDefaultPort(u.Scheme, u.Host), u.Scheme == "https"
}

// appendQuery leaves what the address has already as it was registered.
func appendQuery(to string, query wire.Value) string {
	to, fragment, found := strings.Cut(to, "#")
	join := "?"
	if strings.Contains(to, "?") {
		join = "&"
	}
	to += join + string(wire.AppendFormFields(nil, query))
	if found {
		to += "#" + fragment
	}
	return to
}
