package doccheck_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/onevent/onevent/internal/doccheck"
)

const module = "github.com/onevent/onevent"

func sources(t *testing.T) []doccheck.Source {
	t.Helper()
	all, err := tree(t).Sources()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// in reports whether a path is one of those named or lies in it.
func in(path string, named ...string) bool {
	return slices.ContainsFunc(named, func(name string) bool {
		return path == name || strings.HasPrefix(path, name+"/")
	})
}

// The words depend on nothing but the standard library.
func TestRootImportsTheStandardLibraryAlone(t *testing.T) {
	t.Parallel()
	for _, s := range sources(t) {
		for _, imported := range s.Imports {
			first, _, _ := strings.Cut(imported, "/")
			if s.Folder == "." && !s.Test && strings.Contains(first, ".") {
				t.Errorf("%s imports %s", s.Name, imported)
			}
		}
	}
}

// Each of these is known to one room alone.
func TestImportsStayInTheirRooms(t *testing.T) {
	t.Parallel()
	for imported, rooms := range map[string][]string{
		"zombiezen.com/go/sqlite":    {"sqlite"},
		"database/sql":               {},
		"github.com/alecthomas/kong": {"cmd"},
		"go.yaml.in/yaml":            {"config"},
		"go.opentelemetry.io":        {"trace"},
		"google.golang.org/protobuf": {"trace"},
		"github.com/prometheus":      {"watch"},
		"golang.org/x/crypto":        {"seal", "password"},
		module + "/sqlite":           {"service", "devportal", "sqlite", "internal", "bench"},
		module + "/server":           {"service", "devportal", "internal"},
		module + "/devportal":        {"cmd", "devportal", "internal"},
	} {
		for _, s := range sources(t) {
			if s.Test || in(s.Folder, rooms...) {
				continue
			}
			if slices.ContainsFunc(s.Imports, func(p string) bool { return in(p, imported) }) {
				t.Errorf("%s imports %s", s.Name, imported)
			}
		}
	}
}

// A connection to a stranger is judged by egress, so nothing else opens one.
// client, devportal, bench and the commands talk to this server itself, trace to a
// collector of the operator.
func TestOnlyEgressDialsOut(t *testing.T) {
	t.Parallel()
	for _, s := range sources(t) {
		if s.Test || in(s.Name, "egress", "client", "devportal/creds.go", "trace/collector.go", "bench", "cmd", "internal", "conformance") {
			continue
		}
		for _, use := range s.Uses("net.Dial", "net.DialTimeout", "net.Dialer", "tls.Dial", "tls.Dialer",
			"http.Client", "http.Transport", "http.DefaultClient", "http.DefaultTransport", "http.Get", "http.Post", "http.PostForm", "http.Head") {
			t.Error(use)
		}
	}
}

// Time that decides something comes from a clock that tests can move. egress
// measures the network, localca dates certificates, bench and the commands
// measure the machine, and who watches a server waits as people do.
func TestTimeComesFromAClock(t *testing.T) {
	t.Parallel()
	for _, s := range sources(t) {
		if s.Test || in(s.Name, "clock.go", "egress", "devportal/localca", "devportal/emit.go", "bench", "cmd", "internal") {
			continue
		}
		for _, use := range s.Uses("time.Now", "time.Since", "time.Until", "time.After", "time.AfterFunc", "time.NewTimer", "time.NewTicker", "time.Tick") {
			t.Error(use)
		}
	}
}

// A test that sleeps is slow when it passes and wrong when it fails.
func TestNothingSleeps(t *testing.T) {
	t.Parallel()
	for _, s := range sources(t) {
		for _, use := range s.Uses("time.Sleep") {
			t.Error(use)
		}
	}
}

func TestExportedNamesAreDocumented(t *testing.T) {
	t.Parallel()
	for _, s := range sources(t) {
		if s.Test || s.Package == "main" {
			continue
		}
		for _, name := range s.Undocumented() {
			t.Errorf("%s has no comment", name)
		}
	}
}

// A package is one noun that says what is decided there.
func TestNoPackageIsABag(t *testing.T) {
	t.Parallel()
	for _, s := range sources(t) {
		if slices.Contains([]string{"util", "utils", "common", "models", "helpers", "misc", "shared"}, s.Package) {
			t.Errorf("%s is in package %s", s.Name, s.Package)
		}
	}
}

// The folders of one machine, and registries, have no place in the repository.
func TestNoTextNamesAMachine(t *testing.T) {
	t.Parallel()
	repo := tree(t)
	for _, ending := range []string{".go", ".md", ".mjs", ".json", ".sql", ".yaml", ".yml", ".sh"} {
		for _, name := range repo.Files(ending) {
			for _, word := range []string{"/wo" + "rk/", "/ro" + "ot/", "/tmp/" + "plan", "registry.npm" + "js.org", "proxy.gol" + "ang.org"} {
				if strings.Contains(repo.Text(name), word) {
					t.Errorf("%s names %s", name, word)
				}
			}
		}
	}
}
