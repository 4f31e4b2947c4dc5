package server_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/lifecycle"
)

// page is an archive with one page.
func page(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	f, err := w.Create("index.html")
	if err == nil {
		_, err = f.Write([]byte(text))
	}
	if err != nil || w.Close() != nil {
		t.Fatal(err)
	}
	return b.String()
}

// A page is there where its application is installed, in the version that is.
func TestUploadedFilesAreServedWhereTheirVersionIsInstalled(t *testing.T) {
	t.Parallel()
	b, ctx := newBed(t), context.Background()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	other, _, err := b.Manager.CreatePortal(ctx, lifecycle.PortalRequest{Domain: "other.example.com", PublicURL: "https://other.example.com"})
	must(err)
	must(onError(b.Manager.CreateUser(ctx, other.ID, lifecycle.UserRequest{Name: "Administrator", Admin: true})))
	app, _, err := b.Manager.RegisterApplication(ctx, lifecycle.ApplicationRequest{Name: "static", Kind: onevent.KindLocal, UI: true, Static: true})
	must(err)
	admin := "https://portal.example.com/admin/v1/"
	for _, version := range []string{"1", "2"} {
		must(onError(b.Manager.RegisterVersion(ctx, lifecycle.VersionRequest{Application: app, Version: version})))
		code, text := b.do(http.MethodPut, admin+"applications/"+app.ClientID+"/versions/"+version+"/files", page(t, "page "+version),
			"Authorization", "Bearer "+adminToken, "Content-Type", "application/zip")
		if code != http.StatusOK {
			t.Fatalf("uploading: %d %s", code, text)
		}
	}
	portal := b.Directory.PortalByDomain("portal.example.com")
	wants := func(what, host string, one, two int) {
		t.Helper()
		for version, want := range map[string]int{"1": one, "2": two} {
			code, text := b.do(http.MethodGet, "https://"+host+"//applications/"+app.ClientID+"/"+version+"/", "")
			if code != want || code == 200 && text != "page "+version {
				t.Errorf("%s: version %s on %s answers %d %s", what, version, host, code, text)
			}
		}
	}
	const here, there = "portal.example.com", "other.example.com"
	wants("not installed", here, 404, 404)
	install := func(version string) {
		t.Helper()
		must(onError(b.Manager.Install(ctx, lifecycle.InstallRequest{Portal: portal, Application: app, Version: version})))
	}
	install("1")
	wants("installed", here, 200, 404)
	wants("not installed there", there, 404, 404)
	wants("the authorisation server", "oauth.example.com", 404, 404)

	code, text := b.do(http.MethodPost, admin+"portals/"+portal.MemberID+"/installations/"+app.ClientID+"/frame", `{"user_id":1}`, "Authorization", "Bearer "+adminToken)
	var frame struct{ Method, URL string }
	if err := json.Unmarshal([]byte(text), &frame); err != nil || code != http.StatusCreated || frame.Method != http.MethodGet {
		t.Fatalf("the frame: %d %s", code, text)
	}
	if code, text := b.do(frame.Method, frame.URL, ""); code != 200 || text != "page 1" {
		t.Errorf("%s answers %d %s", frame.URL, code, text)
	}

	install("2")
	wants("updated", here, 404, 200)
	must(b.Manager.Uninstall(ctx, portal, app, true))
	wants("uninstalled", here, 404, 404)
	for _, path := range []string{"", app.ClientID, app.ClientID + "/2", "app.none/1/", app.ClientID + "%2F2/"} {
		if code, text := b.do(http.MethodGet, "https://portal.example.com/applications/"+path, ""); code != 404 || !strings.Contains(text, "no such file") {
			t.Errorf("%q: %d %s", path, code, text)
		}
	}
}

func onError[T any](_ T, err error) error { return err }
