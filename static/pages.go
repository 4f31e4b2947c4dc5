package static

import (
	"net/url"
	"strings"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/directory"
)

// Path is where a portal serves the files of all applications.
const Path = "applications"

// homeOf is the address of the files of a version, without the scheme, host and port
// of the portal. It ends in a slash, where its index.html is.
func homeOf(app *onevent.Application, version *onevent.Version) string {
	return "/" + Path + "/" + url.PathEscape(app.ClientID) + "/" + version.Text + "/"
}

// Pages are the addresses of the pages that a version has; empty: it has no such page.
type Pages struct {
	Application string
	Installer   string
}

// PagesOf gives the pages that a version was registered with. A static one that names
// no page has its files on the portal, whose endpoints are given.
func PagesOf(d *directory.Directory, ends onevent.Endpoints, app *onevent.Application, version *onevent.Version) Pages {
	p := Pages{version.AppURL, version.InstallURL}
	set := hosted(d, app, version)
	if set == nil {
		return p
	}
	p.Application = strings.TrimSuffix(ends.Client, "/rest/") + homeOf(app, version)
	if p.Installer == "" && set.Installer {
		p.Installer = p.Application + installerPage
	}
	return p
}

// HasInstaller says whether an installation of the version waits for its installer;
// docs/protocol/app-lifecycle.md section 2.2.
func HasInstaller(d *directory.Directory, app *onevent.Application, version *onevent.Version) bool {
	set := hosted(d, app, version)
	return version.InstallURL != "" || set != nil && set.Installer
}

// LacksFiles says whether the pages of a version are to be uploaded yet.
func LacksFiles(d *directory.Directory, app *onevent.Application, version *onevent.Version) bool {
	return isHosted(app, version) && hosted(d, app, version) == nil
}

// hosted is the files that are the pages of a version; nil: it has none.
func hosted(d *directory.Directory, app *onevent.Application, version *onevent.Version) *onevent.FileSet {
	if !isHosted(app, version) {
		return nil
	}
	return d.FileSet(app.ID, version.Ordinal)
}

func isHosted(app *onevent.Application, version *onevent.Version) bool {
	return app.Static && version.AppURL == ""
}
