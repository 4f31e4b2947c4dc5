package admin_test

import (
	"bytes"
	"errors"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/client"
	"github.com/onevent/onevent/internal/testkit"
	"github.com/onevent/onevent/static"
)

// registerStatic makes a static application with the versions 1 and 2, whose pages
// are to be uploaded.
func (b *bench) registerStatic() string {
	b.t.Helper()
	app, err := b.RegisterApplication(b.ctx, client.NewApplication{Name: "Static", Kind: onevent.KindLocal, UI: true, Static: true})
	b.must(err)
	for _, version := range []string{"1", "2"} {
		b.must(b.RegisterVersion(b.ctx, app.ClientID, client.Version{Version: version, Scope: "user"}))
	}
	return app.ClientID
}

func TestFilesAreUploadedListedReplacedAndRemoved(t *testing.T) {
	t.Parallel()
	b := open(t)
	id := b.registerStatic()
	up, err := b.UploadFiles(b.ctx, id, "1", bytes.NewReader(testkit.Zip(t, "index.html=<h1>", "js/app.mjs=x", "empty=")))
	b.must(err)
	if up.Files != 3 || up.Bytes != 5 || len(up.Digest) != 64 {
		t.Errorf("uploaded: %+v", up)
	}
	files, digest, err := b.ListFiles(b.ctx, id, "1")
	b.must(err)
	want := []client.File{
		{Path: "empty", Bytes: 0, ContentType: "application/octet-stream"},
		{Path: "index.html", Bytes: 4, ContentType: "text/html; charset=utf-8"},
		{Path: "js/app.mjs", Bytes: 1, ContentType: "text/javascript; charset=utf-8"},
	}
	if !reflect.DeepEqual(files, want) || digest != up.Digest {
		t.Errorf("listed: %+v %s", files, digest)
	}
	_, err = b.UploadFiles(b.ctx, id, "1", bytes.NewReader(testkit.Zip(t, "index.html=2")))
	b.must(err)
	if files, _, err = b.ListFiles(b.ctx, id, "1"); err != nil || len(files) != 1 {
		t.Errorf("replaced: %+v %v", files, err)
	}
	if files, digest, err = b.ListFiles(b.ctx, id, "2"); err != nil || len(files) != 0 || digest != "" {
		t.Errorf("the other version: %+v %s %v", files, digest, err)
	}
	for range 2 {
		b.must(b.DeleteFiles(b.ctx, id, "1"))
	}
	if answer := b.do("GET", "/admin/v1/applications/"+id+"/versions/1/files", ""); answer.body != `{"digest":"","files":[]}` {
		t.Errorf("removed: %s", answer.body)
	}
}

func TestAnUploadIsRefusedWithACodeAndAReason(t *testing.T) {
	t.Parallel()
	b := open(t)
	id, other := b.registerStatic(), b.register(onevent.KindLocal, true, client.Version{AppURL: "https://app.example.test"})
	path := "/admin/v1/applications/" + id + "/versions/1/files"
	good := string(testkit.Zip(t, "index.html=x"))
	const kind = "application/zip"
	for _, c := range []struct {
		path, kind, body, code, words string
		status                        int
	}{
		{"/admin/v1/applications/local.x/versions/1/files", kind, good, "not_found", "client_id", 404},
		{"/admin/v1/applications/" + id + "/versions/3/files", kind, good, "not_found", "version", 404},
		{"/admin/v1/applications/" + other + "/versions/1.0.0/files", kind, good, "conflict", "not static", 409},
		{path, "application/json", good, "unsupported_media_type", "application/zip", 415},
		{path, "", good, "unsupported_media_type", "application/zip", 415},
		{path, kind, "GIF89a", "invalid", "not a zip", 400},
		{path, kind, string(testkit.Zip(t, "app/index.html=x")), "invalid", `"app/"`, 400},
		{path, kind, string(testkit.Zip(t, "index.html=x", "../x=y")), "invalid", `"../x"`, 400},
		{path, kind, strings.Repeat("x", static.MaxArchive+1), "too_large", "16777216", 413},
		{path, kind, string(testkit.Zip(t, "index.html="+strings.Repeat("\x00", static.MaxUnpacked+1))), "too_large", "unpacks", 413},
	} {
		b.wants(b.do("PUT", c.path, c.body, "Content-Type", c.kind), c.status, c.code, c.words)
	}
	_, err := b.UploadFiles(b.ctx, id, "1", strings.NewReader("x"))
	var told *client.Error
	if !errors.As(err, &told) || told.Status != http.StatusBadRequest {
		t.Errorf("the client: %v", err)
	}
	if answer := b.do("PUT", path, good, "Content-Type", kind+"; charset=binary"); answer.status != http.StatusOK {
		t.Errorf("a parameter of the type: %d %s", answer.status, answer.body)
	}
}

// docs/protocol/app-lifecycle.md sections 2.2 and 4.
func TestTheFrameOfAHostedApplicationOpensItsFiles(t *testing.T) {
	t.Parallel()
	b := open(t)
	id := b.registerStatic()
	_, err := b.UploadFiles(b.ctx, id, "1", bytes.NewReader(testkit.Zip(t, "index.html=x", "install.html=i")))
	b.must(err)
	done, err := b.Install(b.ctx, b.member, id, client.Install{Version: "1"})
	b.must(err)
	home := "https://portal.example.test/applications/" + id + "/1/"
	frame, err := b.OpenFrame(b.ctx, b.member, id, client.Visit{UserID: 1})
	if err != nil || done.Installed || frame.Method != "GET" || !strings.HasPrefix(frame.URL, home+"install.html?DOMAIN=portal.example.test&PROTOCOL=1&LANG=de&APP_SID=") {
		t.Errorf("the installer: %+v %+v %v", done, frame, err)
	}
	if _, err := b.OpenFrame(b.ctx, b.member, id, client.Visit{UserID: 2}); err == nil {
		t.Error("the installer was opened for somebody else")
	}
	_, err = b.Finish(b.ctx, b.member, id, 1)
	b.must(err)
	frame, err = b.OpenFrame(b.ctx, b.member, id, client.Visit{UserID: 2})
	if err != nil || !strings.HasPrefix(frame.URL, home+"?DOMAIN=") || len(frame.Fields) != 0 {
		t.Errorf("the application: %+v %v", frame, err)
	}
	_, err = b.Install(b.ctx, b.member, id, client.Install{Version: "2"})
	b.must(err)
	path := "/admin/v1/portals/" + b.member + "/installations/" + id + "/frame"
	b.wants(b.do("POST", path, `{"user_id":1}`), http.StatusNotFound, "not_found", "version 2 has no files yet")
}
