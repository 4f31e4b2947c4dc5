package conformance_test

import (
	"os"
	"strings"
	"testing"

	"github.com/onevent/onevent/internal/e2e"
)

func TestMain(m *testing.M) { e2e.Main(m) }

// running is an `onevent serve`.
type running struct{ base, token string }

// startServer starts it with a new store and key. Handlers may be on this
// machine.
func startServer(t *testing.T) running {
	t.Helper()
	s := e2e.Serve(t, "oauth_url: https://oauth.bitrix.info\negress.allow: [127.0.0.0/8]\n")
	return running{base: "http://" + s.Address, token: s.AdminToken}
}

// withoutProxies keeps calls to this machine on it.
func withoutProxies(env []string) []string {
	var out []string
	for _, line := range env {
		name, _, _ := strings.Cut(line, "=")
		if !strings.HasSuffix(strings.ToLower(name), "_proxy") {
			out = append(out, line)
		}
	}
	return out
}

func read(t *testing.T, path string) string {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}
