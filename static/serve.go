package static

import (
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/onevent/onevent"
)

// policy lets a page of an application run, as an origin of its own: a stranger's
// code that lies on the portal's host is not to act as the portal, nor with the session
// of the person before it.
const policy = "sandbox allow-scripts allow-forms allow-popups allow-popups-to-escape-sandbox allow-modals allow-downloads"

// headers are on every answer, refusals included. A page of an origin of its own
// fetches its own modules and fonts as any other site would.
func headers(h http.Header) {
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-cache")
}

// Serve answers a request for a file of the version that a portal has installed.
// path is what stands behind Path, decoded.
func (k *Keeper) Serve(w http.ResponseWriter, r *http.Request, portal *onevent.Portal, path []string) {
	headers(w.Header())
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		answer(w, http.StatusMethodNotAllowed, "files are read by GET")
		return
	}
	set, home := k.installed(portal, path)
	if set == nil {
		refuse(w, onevent.ErrNotFound)
		return
	}
	name := strings.Join(path[2:], "/")
	if name != "" && strings.HasSuffix(r.URL.Path, "/") {
		name += "/"
	}
	k.serveName(w, r, set, home, name)
}

// installed finds the files that a path names, and their home.
func (k *Keeper) installed(portal *onevent.Portal, path []string) (*onevent.FileSet, string) {
	for _, name := range path {
		if strings.Contains(name, "/") { // it was encoded: two addresses would be one file
			return nil, ""
		}
	}
	if len(path) < 2 {
		return nil, ""
	}
	app := k.Directory.ApplicationByClientID(path[0])
	if app == nil || !app.Static {
		return nil, ""
	}
	inst := k.Directory.Standing(portal.ID, app.ID)
	version := k.Directory.VersionByText(app.ID, path[1])
	if inst == nil || version == nil || inst.Version != version.Ordinal {
		return nil, ""
	}
	return k.Directory.FileSet(app.ID, version.Ordinal), homeOf(app, version)
}

// serveName serves the file of a name, or the page of a folder. A folder is asked for
// with a slash at its end, so that what its page names beside it is found.
func (k *Keeper) serveName(w http.ResponseWriter, r *http.Request, set *onevent.FileSet, home, name string) {
	isFolder := name == "" || strings.HasSuffix(name, "/")
	if isFolder && !strings.HasSuffix(r.URL.Path, "/") {
		redirect(w, r, home)
		return
	}
	if isFolder {
		name += indexPage
	}
	file, err := k.find(r, set.ID, name)
	if errors.Is(err, onevent.ErrNotFound) && !isFolder {
		if _, err := k.find(r, set.ID, name+"/"+indexPage); err == nil {
			redirect(w, r, home+escaped(name)+"/")
			return
		}
	}
	if err != nil {
		refuse(w, err)
		return
	}
	k.serveFile(w, r, file)
}

func (k *Keeper) find(r *http.Request, set onevent.FileSetID, path string) (file onevent.File, err error) {
	err = k.Store.View(r.Context(), func(rd onevent.Reader) (err error) {
		file, err = rd.File(set, path)
		return err
	})
	return file, err
}

// serveFile reads the first piece before it promises anything.
func (k *Keeper) serveFile(w http.ResponseWriter, r *http.Request, file onevent.File) {
	body := &content{ctx: r.Context(), store: k.Store, file: file}
	if _, err := body.Read(nil); err != nil && err != io.EOF {
		refuse(w, err)
		return
	}
	w.Header().Set("Content-Type", ContentType(file.Path))
	w.Header().Set("ETag", `"`+hex.EncodeToString(file.Digest)+`"`)
	http.ServeContent(w, r, "", time.Time{}, body)
}

// redirect keeps the query, which says who opened the page.
func redirect(w http.ResponseWriter, r *http.Request, to string) {
	if r.URL.RawQuery != "" {
		to += "?" + r.URL.RawQuery
	}
	w.Header().Set("Location", to)
	w.WriteHeader(http.StatusFound)
}

func escaped(path string) string {
	names := strings.Split(path, "/")
	for i, name := range names {
		names[i] = url.PathEscape(name)
	}
	return strings.Join(names, "/")
}

func refuse(w http.ResponseWriter, err error) {
	if errors.Is(err, onevent.ErrNotFound) {
		answer(w, http.StatusNotFound, "there is no such file")
		return
	}
	answer(w, http.StatusServiceUnavailable, "the file can't be read now")
}

func answer(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	io.WriteString(w, text+"\n") // a failure means that the client went away
}
