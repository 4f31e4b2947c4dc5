package conformance_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// The official JavaScript SDK, unmodified, drives a dev portal over TLS and
// plain: what it may expect of a server is each one check of jssdk/run.mjs.
// docs/protocol/clients.md sections 2 and 3.
func TestTheJavaScriptSDKFindsAPortal(t *testing.T) {
	t.Parallel()
	node := findNode(t)
	file := startDev(t)
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var creds struct {
		CAFile string `json:"ca_file"`
	}
	if err := json.Unmarshal(raw, &creds); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), node, "run.mjs", file)
	cmd.Dir = "jssdk"
	cmd.Env = append(withoutProxies(os.Environ()), "NODE_EXTRA_CA_CERTS="+creds.CAFile)
	out, err := cmd.Output()
	report(t, out, err)
}

// report makes each check a test.
func report(t *testing.T, out []byte, failure error) {
	t.Helper()
	var result struct {
		Checks []struct {
			Name   string
			Passed bool
			Reason string
		}
	}
	if err := json.Unmarshal(out, &result); err != nil || len(result.Checks) == 0 {
		t.Fatalf("the script gave no report: %v, %v: %s", failure, err, out)
	}
	for _, check := range result.Checks {
		t.Run(check.Name, func(t *testing.T) {
			if !check.Passed {
				t.Error(check.Reason)
			}
		})
	}
	if failure != nil && !t.Failed() {
		t.Error(failure)
	}
}

func findNode(t *testing.T) string {
	t.Helper()
	node, err := exec.LookPath("node")
	if err != nil {
		skip(t, "there is no Node.js: "+err.Error())
	}
	if _, err := os.Stat("jssdk/node_modules/@bitrix24/b24jssdk/package.json"); err != nil {
		skip(t, "the SDK is not installed: run `npm ci` in conformance/jssdk")
	}
	return node
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

// skip leaves a test out, unless every test is asked for.
func skip(t *testing.T, reason string) {
	t.Helper()
	if os.Getenv("ONEVENT_NO_SKIP") == "1" {
		t.Fatal(reason)
	}
	t.Skip(reason)
}
