package main_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/internal/e2e"
	"github.com/onevent/onevent/signature"
)

func TestMain(m *testing.M) { e2e.Main(m) }

// refused runs the binary and expects an exit code and one line that says why.
func refused(t *testing.T, want int, says string, args ...string) {
	t.Helper()
	code, _, stderr := e2e.Run(t, t.TempDir(), args...)
	if code != want || !strings.Contains(stderr, says) || strings.Count(stderr, "\n") != 1 {
		t.Errorf("%v: exit code %d, stderr %q; want %d and one line with %q", args, code, stderr, want, says)
	}
}

func TestWrongCommandLinesAreExitCode2(t *testing.T) {
	t.Parallel()
	for says, args := range map[string][]string{
		"--bogus":                      {"dev", "--bogus"},
		"unexpected argument launch":   {"launch"},
		"expected one of":              {},
		"<event>":                      {"emit"},
		"--data is not JSON":           {"emit", "ONCRMLEADADD", "--data", "{"},
		"--timeout":                    {"emit", "ONCRMLEADADD", "--timeout", "soon"},
		"is `onevent dev` running":     {"emit", "ONCRMLEADADD"},
		"--creds names its file":       {"app", "install"},
		"--version is missing":         {"app", "update", "--creds", credsOfNobody(t)},
		"the configuration can't be":   {"serve", "--config", "none.yaml"},
		"key_file is missing":          {"serve"},
		"name an event by its id":      {"explain"},
		"--limit must be positive":     {"deliveries", "--limit", "0"},
		"address of a server":          {"tail", "--url", "nowhere", "--token", "t"},
		"admin token is missing":       {"deliveries", "--url", "http://127.0.0.1:1"},
		"unexpected argument --of-two": {"keys", "new", "file", "--", "--of-two"},
	} {
		t.Run(says, func(t *testing.T) {
			t.Parallel()
			refused(t, 2, says, args...)
		})
	}
}

// credsOfNobody is a file of the right form about a portal that is not there.
func credsOfNobody(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "creds.json")
	if err := os.WriteFile(path, []byte(`{"portal_url":"http://127.0.0.1:1","member_id":"m","admin_token":"t"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestAPortalThatDoesNotAnswerIsExitCode1(t *testing.T) {
	t.Parallel()
	creds := credsOfNobody(t)
	refused(t, 1, "the portal does not answer", "emit", "ONCRMLEADADD", "--creds", creds)
	refused(t, 1, "the portal does not answer", "app", "install", "--creds", creds)
}

func TestVersionIsOneLine(t *testing.T) {
	t.Parallel()
	code, stdout, _ := e2e.Run(t, t.TempDir(), "version")
	if code != 0 || !strings.HasPrefix(stdout, "onevent ") || strings.Count(stdout, "\n") != 1 {
		t.Errorf("exit code %d, %q", code, stdout)
	}
}

func TestKeysNewNeverReplacesAKey(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	code, _, stderr := e2e.Run(t, dir, "keys", "new", "key")
	first, err := os.ReadFile(filepath.Join(dir, "key"))
	if code != 0 || err != nil || len(first) != 65 {
		t.Fatalf("exit code %d, %v, %q, %s", code, err, first, stderr)
	}
	info, err := os.Stat(filepath.Join(dir, "key"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	code, _, _ = e2e.Run(t, dir, "keys", "new", "key")
	second, err := os.ReadFile(filepath.Join(dir, "key"))
	if code != 2 || err != nil || string(second) != string(first) {
		t.Errorf("exit code %d, %v; the key changed: %v", code, err, string(second) != string(first))
	}
	_, printed, _ := e2e.Run(t, dir, "keys", "new")
	if len(printed) != 65 || printed == string(first) {
		t.Errorf("printed %q", printed)
	}
}

func TestKeysSecretPrintsASecretThatServeTakes(t *testing.T) {
	t.Parallel()
	code, printed, _ := e2e.Run(t, t.TempDir(), "keys", "secret")
	_, again, _ := e2e.Run(t, t.TempDir(), "keys", "secret")
	if _, err := signature.Parse(onevent.Secret(strings.TrimSuffix(printed, "\n"))); err != nil || code != 0 || printed == again {
		t.Errorf("exit code %d, %q, %v", code, printed, err)
	}
}
