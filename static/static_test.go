package static_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/internal/testkit"
	"github.com/onevent/onevent/internal/testportal"
	"github.com/onevent/onevent/static"
)

// bed is a portal whose application is static.
type bed struct {
	*testportal.Portal
	keeper  *static.Keeper
	app     *onevent.Application
	version *onevent.Version
}

func open(t *testing.T) *bed {
	t.Helper()
	t.Parallel()
	p := testportal.Open(t)
	app := *p.Directory.Application(p.App)
	app.UI, app.Static = true, true
	p.Update(func(tx onevent.Tx) error { return p.Directory.PutApplication(tx, app) })
	b := &bed{Portal: p, app: p.Directory.Application(p.App)}
	b.version = p.Directory.Version(p.App, p.Installation(p.App).Version)
	b.keeper = &static.Keeper{Store: p.Store, Directory: p.Directory, Clock: p.Clock}
	return b
}

func (b *bed) upload(files ...string) *onevent.FileSet {
	b.T.Helper()
	set, err := b.keeper.Replace(b.T.Context(), b.app, b.version, testkit.Zip(b.T, files...))
	if err != nil {
		b.T.Fatal(err)
	}
	return set
}

// home is where the files are.
func (b *bed) home() string { return "/applications/" + b.app.ClientID + "/" + b.version.Text + "/" }

// ServeHTTP routes as the server does.
func (b *bed) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var path []string
	for _, name := range strings.Split(strings.TrimPrefix(r.URL.Path, "/applications/"), "/") {
		if name != "" {
			path = append(path, name)
		}
	}
	b.keeper.Serve(w, r, b.Row(), path)
}

// ask asks for an address; headers come as pairs.
func (b *bed) ask(method, address string, headers ...string) *http.Response {
	r := httptest.NewRequest(method, address, nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	b.ServeHTTP(w, r)
	return w.Result()
}

func (b *bed) text(path string) string {
	b.T.Helper()
	answer := b.ask("GET", b.home()+path)
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		b.T.Fatalf("%s: %d %s %v", path, answer.StatusCode, text, err)
	}
	return string(text)
}

// stored counts the sets, files and bytes in the store.
func (b *bed) stored() (sets, files int, total int64) {
	b.T.Helper()
	err := b.Store.View(b.T.Context(), func(r onevent.Reader) error {
		return r.FileSets().Each(func(s onevent.FileSet) error {
			sets++
			list, err := r.Files(s.ID)
			for _, f := range list {
				files++
				for n := int64(0); err == nil; n++ {
					var piece []byte
					piece, err = r.FilePiece(s.ID, f.Path, n)
					total += int64(len(piece))
				}
				if errors.Is(err, onevent.ErrNotFound) {
					err = nil
				}
			}
			return err
		})
	})
	if err != nil {
		b.T.Fatal(err)
	}
	return sets, files, total
}

// forget takes steps until there is nothing to forget, and bounds them.
func (b *bed) forget() (steps int) {
	b.T.Helper()
	for range 1000 {
		more, err := static.Forget(b.T.Context(), b.Store, b.Clock.Now())
		if err != nil {
			b.T.Fatal(err)
		}
		if !more {
			return steps
		}
		steps++
	}
	b.T.Fatal("forgetting has no end")
	return 0
}

func random(n int, seed uint64) string {
	r := rand.New(rand.NewPCG(seed, 0))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return string(b)
}

func TestFilesOfAnySizeAreServedAsTheyWere(t *testing.T) {
	b := open(t)
	want := map[string]string{"index.html": "<h1>", "empty.txt": "", "a/one.bin": random(onevent.FilePieceBytes, 1),
		"a/more.bin": random(3*onevent.FilePieceBytes+17, 2)}
	for n := range 150 {
		want[fmt.Sprintf("many/%d.js", n)] = random(n*37, uint64(n))
	}
	var files []string
	for path, content := range want {
		files = append(files, path+"="+content)
	}
	set := b.upload(files...)
	for path, content := range want {
		if got := b.text(path); got != content {
			t.Errorf("%s has %d bytes that are not those of the archive, which are %d", path, len(got), len(content))
		}
	}
	if int(set.Files) != len(want) {
		t.Errorf("%d files instead of %d", set.Files, len(want))
	}
	for _, c := range []struct{ from, to int }{{0, 0}, {onevent.FilePieceBytes - 5, onevent.FilePieceBytes + 5}, {3*onevent.FilePieceBytes + 1, 3*onevent.FilePieceBytes + 16}} {
		answer := b.ask("GET", b.home()+"a/more.bin", "Range", fmt.Sprintf("bytes=%d-%d", c.from, c.to))
		got, _ := io.ReadAll(answer.Body)
		if answer.StatusCode != http.StatusPartialContent || string(got) != want["a/more.bin"][c.from:c.to+1] {
			t.Errorf("bytes %d to %d: %d with %d bytes", c.from, c.to, answer.StatusCode, len(got))
		}
	}
}

func TestAnUploadReplacesAllFilesAndAFailedOneNone(t *testing.T) {
	b := open(t)
	first := b.upload("index.html=1", "old.js=1")
	if again := b.upload("old.js=1", "index.html=1"); again.ID != first.ID {
		t.Error("the same files were stored once more")
	}
	b.upload("index.html=2", "new.js=2")
	if b.text("") != "2" || b.text("new.js") != "2" || b.ask("GET", b.home()+"old.js").StatusCode != http.StatusNotFound {
		t.Error("the files are not those of the second archive")
	}
	if _, err := b.keeper.Replace(t.Context(), b.app, b.version, testkit.Zip(t, "new.js=3")); onevent.CodeOf(err) != onevent.CodeInvalid {
		t.Errorf("an archive without a page: %v", err)
	}
	if b.text("") != "2" {
		t.Error("a refused archive changed the files")
	}
}

// half is a store that fails from an update on, as a kill does.
type half struct {
	onevent.Store
	left int
}

var errKilled = errors.New("killed")

func (h *half) Update(ctx context.Context, fn func(onevent.Tx) error) error {
	if h.left--; h.left < 0 {
		return errKilled
	}
	return h.Store.Update(ctx, fn)
}

func TestAnUploadThatEndsAtAnyStepShowsNothingAndLeavesNothingForEver(t *testing.T) {
	b := open(t)
	b.upload("index.html=before")
	archive := testkit.Zip(t, "index.html=after", "big.bin="+random(3*onevent.FilePieceBytes, 3))
	for steps := 0; ; steps++ {
		b.keeper = &static.Keeper{Store: &half{b.Store, steps}, Directory: b.Directory, Clock: b.Clock}
		_, err := b.keeper.Replace(t.Context(), b.app, b.version, archive)
		b.keeper = &static.Keeper{Store: b.Store, Directory: b.Directory, Clock: b.Clock}
		if err == nil {
			if steps < 5 {
				t.Errorf("it took %d steps only", steps)
			}
			break
		}
		if got := b.text(""); got != "before" {
			t.Fatalf("after %d steps the page is %q", steps, got)
		}
		b.forget()
		if sets, _, _ := b.stored(); sets != 1+min(steps, 1) {
			t.Errorf("what is perhaps being written is forgotten at once: %d sets", sets)
		}
		b.Clock.Advance(10 * time.Minute)
		b.forget()
		if sets, files, total := b.stored(); sets != 1 || files != 1 || total != int64(len("before")) {
			t.Fatalf("after %d steps, %d sets, %d files and %d bytes are left", steps, sets, files, total)
		}
	}
	if b.text("") != "after" {
		t.Error("the upload that came to its end is not seen")
	}
}

func TestWhatWasReplacedOrRemovedGoesAWhileLaterInSteps(t *testing.T) {
	b := open(t)
	const pieces = 100
	b.upload("index.html=1", "big.bin="+strings.Repeat("x", pieces*onevent.FilePieceBytes))
	server := httptest.NewServer(b)
	defer server.Close()
	reading, err := server.Client().Get(server.URL + b.home() + "big.bin") // more than is on its way
	if err != nil {
		t.Fatal(err)
	}
	defer reading.Body.Close()
	b.upload("index.html=2")
	if b.forget() != 0 {
		t.Error("files that somebody may be reading are gone")
	}
	if n, _ := io.Copy(io.Discard, reading.Body); n != pieces*onevent.FilePieceBytes {
		t.Errorf("who was reading got %d bytes", n)
	}
	b.Clock.Advance(time.Minute)
	if steps := b.forget(); steps < pieces/10 {
		t.Errorf("so many pieces went in %d steps", steps)
	}
	if sets, files, _ := b.stored(); sets != 1 || files != 1 || b.text("") != "2" {
		t.Errorf("%d sets and %d files are left", sets, files)
	}
	if err := b.keeper.Remove(t.Context(), b.app.ID, b.version.Ordinal); err != nil {
		t.Fatal(err)
	}
	if b.ask("GET", b.home()).StatusCode != http.StatusNotFound {
		t.Error("removed files are served")
	}
	b.Clock.Advance(time.Minute)
	b.upload("index.html=3")
	if sets, _, _ := b.stored(); sets != 1 {
		t.Error("an upload leaves what was there before it")
	}
}

func TestReadersSeeOneArchiveOrTheOtherWhileTheyAreReplaced(t *testing.T) {
	b := open(t)
	contents := []string{strings.Repeat("a", onevent.FilePieceBytes+5), strings.Repeat("b", 2*onevent.FilePieceBytes)}
	b.upload("index.html=" + contents[0])
	var readers sync.WaitGroup
	done := make(chan struct{})
	for range 4 {
		readers.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				answer := b.ask("GET", b.home())
				text, _ := io.ReadAll(answer.Body)
				if string(text) != contents[0] && string(text) != contents[1] {
					t.Errorf("%d with %d bytes of neither archive", answer.StatusCode, len(text))
					return
				}
			}
		})
	}
	for n := range 10 {
		b.upload("index.html=" + contents[(n+1)%2])
	}
	close(done)
	readers.Wait()
}

func TestEveryAnswerHoldsThePageInAnOriginOfItsOwn(t *testing.T) {
	b := open(t)
	b.upload("index.html=x", "a/index.html=x", "x.svg=<svg/>")
	for path, status := range map[string]int{"": 200, "x.svg": 200, "a": 302, "none": 404} {
		answer := b.ask("GET", b.home()+path)
		h := answer.Header
		policy := h.Get("Content-Security-Policy")
		if answer.StatusCode != status || !strings.HasPrefix(policy, "sandbox allow-scripts ") || strings.Contains(policy, "same-origin") ||
			strings.Contains(policy, "top-navigation") || h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Access-Control-Allow-Origin") != "*" ||
			h.Get("Access-Control-Allow-Credentials") != "" || h.Get("Cross-Origin-Resource-Policy") != "cross-origin" ||
			h.Get("Referrer-Policy") != "no-referrer" || h.Get("Cache-Control") != "no-cache" {
			t.Errorf("%q: %d %v", path, answer.StatusCode, h)
		}
	}
	if answer := b.ask("POST", b.home()); answer.StatusCode != http.StatusMethodNotAllowed || answer.Header.Get("Allow") != "GET, HEAD" {
		t.Errorf("POST: %d %v", answer.StatusCode, answer.Header)
	}
}

func TestAFileIsServedByItsExtensionAndAskedForAgainByItsDigest(t *testing.T) {
	b := open(t)
	b.upload("index.html=page", "m.mjs=x", "s.css=x", "i.SVG=x", "w.wasm=x", "none=x", "x.unknown=<script>", "f.woff2=x")
	for path, want := range map[string]string{"": "text/html; charset=utf-8", "m.mjs": "text/javascript; charset=utf-8", "s.css": "text/css; charset=utf-8",
		"i.SVG": "image/svg+xml", "w.wasm": "application/wasm", "none": "application/octet-stream", "x.unknown": "application/octet-stream", "f.woff2": "font/woff2"} {
		if got := b.ask("GET", b.home()+path).Header.Get("Content-Type"); got != want {
			t.Errorf("%q is %s, want %s", path, got, want)
		}
	}
	first := b.ask("HEAD", b.home())
	tag := first.Header.Get("ETag")
	if first.ContentLength != 4 && first.Header.Get("Content-Length") != "4" {
		t.Errorf("HEAD: %v", first.Header)
	}
	if again := b.ask("GET", b.home(), "If-None-Match", tag); again.StatusCode != http.StatusNotModified {
		t.Errorf("the same again: %d", again.StatusCode)
	}
	b.upload("index.html=other")
	if again := b.ask("GET", b.home(), "If-None-Match", tag); again.StatusCode != http.StatusOK || again.Header.Get("ETag") == tag {
		t.Errorf("a changed file: %d", again.StatusCode)
	}
}

func TestAFolderIsItsPageAndIsAskedForWithASlash(t *testing.T) {
	b := open(t)
	b.upload("index.html=root", "a b/index.html=folder", "no/page.js=x")
	if b.text("a%20b/") != "folder" {
		t.Error("a folder is not its page")
	}
	for from, to := range map[string]string{
		strings.TrimSuffix(b.home(), "/") + "?a=1": b.home() + "?a=1",
		b.home() + "a%20b?DOMAIN=x":                b.home() + "a%20b/?DOMAIN=x",
	} {
		if answer := b.ask("GET", from); answer.StatusCode != http.StatusFound || answer.Header.Get("Location") != to {
			t.Errorf("%s: %d %s", from, answer.StatusCode, answer.Header.Get("Location"))
		}
	}
	for _, path := range []string{"no", "no/", "no/page.js/", "index.html/", "INDEX.HTML", "..", "no%2Fpage.js/x"} {
		if answer := b.ask("GET", b.home()+path); answer.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", path, answer.StatusCode)
		}
	}
}
