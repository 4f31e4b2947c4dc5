// Package page writes the pages that a portal shows to people: few, in English,
// without scripts, and with nothing from elsewhere.
package page

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"html/template"
	"net/http"
	"strconv"
)

//go:embed *.html page.css
var files embed.FS

var style = read("page.css")

func read(name string) string {
	text, err := files.ReadFile(name)
	if err != nil {
		panic(err) // it is embedded
	}
	return string(text)
}

var templates = template.Must(template.New("").
	Funcs(template.FuncMap{"style": func() template.CSS { return template.CSS(style) }}).
	ParseFS(files, "*.html"))

// policy lets a page have its own style and nothing else, and send forms. It does
// not say where these lead: browsers hold to form-action the redirects that
// follow a form, and after a sign-in these lead to an application, and from there
// wherever it sends its user.
var policy = "default-src 'none'; style-src 'sha256-" + digest(style) + "'; form-action http: https:; " +
	"frame-ancestors 'none'; base-uri 'none'"

func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// SignIn asks a person who he is. Its form posts to the page's own address.
type SignIn struct {
	Portal  string // its domain
	Problem string // why the last attempt did not succeed; empty: there was none
	Email   string // as it was typed
	Users   []User // who may sign in without a password
}

// User is one whom a person may choose to be.
type User struct {
	ID   int64
	Name string
}

// Write writes the page.
func (p SignIn) Write(w http.ResponseWriter, status int) { write(w, status, "sign-in.html", p) }

// Notice tells a person something, mostly why what he wanted can't be.
type Notice struct {
	Portal string // its domain
	Title  string
	Text   string
	Detail string // such as what was not understood; empty: nothing
	Code   string // to be copied by hand; empty: none
	User   string // who is signed in, and may sign out; empty: nobody
}

// Write writes the page.
func (p Notice) Write(w http.ResponseWriter, status int) { write(w, status, "notice.html", p) }

func write(w http.ResponseWriter, status int, name string, data any) {
	var body bytes.Buffer
	if err := templates.ExecuteTemplate(&body, name, data); err != nil {
		panic(err) // the templates know the fields of their data
	}
	h := w.Header()
	Private(h)
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(body.Len()))
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Frame-Options", "DENY")
	w.WriteHeader(status)
	w.Write(body.Bytes()) // a failure means that the person went away
}

// Private sets what every answer to a person's browser carries, redirects
// included: it is kept nowhere, and nobody else is told the address. Within the
// portal the address is told, since without it a browser leaves Origin empty,
// which tells a form of ours from another site's where there is no
// Sec-Fetch-Site: by plain http.
func Private(h http.Header) {
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("X-Content-Type-Options", "nosniff")
}
