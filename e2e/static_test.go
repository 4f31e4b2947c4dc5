package e2e_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/onevent/onevent/client"
	"github.com/onevent/onevent/internal/e2e"
)

// staticPage runs its scripts, calls the portal with the token that it is given, and
// tries what it must not be able to.
var staticPage = map[string]string{
	"index.html": `<!DOCTYPE html><link rel="stylesheet" href="css/style.css"><h1>Static</h1>
<script>window.inline = "ran"</script><script src="js/plain.js"></script><script type="module" src="js/main.mjs"></script>`,
	"css/style.css": `h1 { color: rgb(1, 2, 3) }`,
	"js/plain.js":   `window.plain = "ran"`,
	"js/lib.mjs":    `export const lib = "ran"`,
	"js/main.mjs": `import { lib } from "./lib.mjs"
const tried = async f => { try { return await f() } catch (e) { return e.name } }
const [token, clientID] = location.hash.slice(1).split(",")
const authorise = "/oauth/authorize/?client_id=" + clientID
const framed = new Promise(done => {
	const frame = document.createElement("iframe")
	frame.onload = frame.onerror = () => done("loaded")
	frame.src = authorise
	document.body.append(frame)
})
const result = {
	inline: window.inline, plain: window.plain, lib, origin: self.origin,
	color: getComputedStyle(document.querySelector("h1")).color,
	name: await tried(async () => {
		const headers = { "Content-Type": "application/json" }
		const answer = await fetch("/rest/profile.json", { method: "POST", headers, body: JSON.stringify({ auth: token }) })
		return (await answer.json()).result.NAME
	}),
	cookie: await tried(() => document.cookie),
	storage: await tried(() => localStorage.length),
	worker: await tried(async () => (await navigator.serviceWorker.register("js/plain.js")).scope),
	asked: await tried(async () => (await fetch(authorise, { credentials: "include" })).status),
	sent: await tried(async () => (await fetch(authorise, { credentials: "include", mode: "no-cors" })).type),
	parent: await tried(() => parent.document.title),
	top: await tried(() => { top.location = "about:blank" }),
	framed: await framed,
}
parent.postMessage(result, "*")`,
}

// product is the page of a portal that shows an application in a frame, and what the
// application tells it.
func product(t *testing.T, frame string) string {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(w, `<!DOCTYPE html><title>Product</title><script>
addEventListener("message", m => { const p = document.createElement("pre"); p.id = "told"; p.textContent = JSON.stringify(m.data); document.body.append(p) })
</script><body><iframe src="%s"></iframe>`, html.EscapeString(frame))
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// TestAnUploadedApplicationRunsAndReachesOnlyWhatItsTokenReaches has a browser, in which
// a person is signed in on the portal, open the uploaded pages of an application.
func TestAnUploadedApplicationRunsAndReachesOnlyWhatItsTokenReaches(t *testing.T) {
	t.Parallel()
	home := newHomepage(t)
	p := e2e.Dev(t, "--app-url", home.URL+"/app", "--scope", "crm,user")
	api := p.Admin(t)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	app, err := api.RegisterApplication(t.Context(), client.NewApplication{Name: "Static", Kind: "local", UI: true, Static: true})
	must(err)
	must(api.RegisterVersion(t.Context(), app.ClientID, client.Version{Version: "1", Scope: "user"}))
	_, err = api.UploadFiles(t.Context(), app.ClientID, "1", archive(t, staticPage))
	must(err)
	_, err = api.Install(t.Context(), p.MemberID, app.ClientID, client.Install{Version: "1"})
	must(err)
	tokens, err := api.IssueTokens(t.Context(), p.MemberID, app.ClientID, 1)
	must(err)
	frame, err := api.OpenFrame(t.Context(), p.MemberID, app.ClientID, client.Visit{UserID: 1})
	must(err)

	browser := e2e.NewBrowser(t)
	origin := frame.URL[:strings.Index(frame.URL, "/applications/")]
	authorise := origin + "/oauth/authorize/?client_id=" + p.ClientID
	browser.Do(t, chromedp.Navigate(authorise), chromedp.WaitVisible(chromedp.CSS(`button[name="user"]`)), chromedp.Click(chromedp.CSS(`button[name="user"]`)),
		chromedp.WaitVisible(chromedp.CSS(`#here`)))
	<-home.came
	browser.Do(t, chromedp.Navigate(authorise), chromedp.WaitVisible(chromedp.CSS(`#here`)))
	<-home.came // who is signed in is sent on at once

	browser.Do(t, chromedp.Navigate(product(t, frame.URL+"#"+tokens.AccessToken+","+p.ClientID)), chromedp.WaitVisible(chromedp.CSS(`#told`)))
	var told map[string]any
	must(json.Unmarshal([]byte(browser.Text(t, `#told`)), &told))
	for key, want := range map[string]any{
		"inline": "ran", "plain": "ran", "lib": "ran", "color": "rgb(1, 2, 3)", "name": "Administrator", "origin": "null",
		"cookie": "SecurityError", "storage": "SecurityError", "worker": "SecurityError", "asked": "TypeError", "sent": "opaque",
		"parent": "SecurityError", "top": "SecurityError", "framed": "loaded",
	} {
		if told[key] != want {
			t.Errorf("%s: %v, want %v", key, told[key], want)
		}
	}
	select {
	case came := <-home.came:
		t.Errorf("the page let an application act for the person: %s came with a code", came.URL.Path)
	default:
	}
}

func archive(t *testing.T, files map[string]string) io.Reader {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for path, content := range files {
		f, err := w.Create(path)
		if err == nil {
			_, err = io.WriteString(f, content)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return &b
}
