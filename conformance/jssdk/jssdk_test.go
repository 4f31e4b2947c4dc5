package jssdk_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/onevent/onevent/internal/e2e"
	"github.com/onevent/onevent/internal/testkit"
)

func TestMain(m *testing.M) { e2e.Main(m) }

// The official JavaScript SDK, unmodified, drives a dev portal over TLS and
// plain: what it may expect of a server is each one check of run.mjs. It takes
// some fifteen seconds, ten of which the SDK waits out by itself after a 429.
// docs/protocol/clients.md sections 2 and 3.
func TestTheJavaScriptSDKFindsAPortal(t *testing.T) {
	t.Parallel()
	node := findNode(t)
	portal := e2e.Dev(t)
	cmd := exec.CommandContext(t.Context(), node, "run.mjs", portal.CredsFile)
	cmd.Env = append(withoutProxies(os.Environ()), "NODE_EXTRA_CA_CERTS="+portal.CAFile)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if stderr.Len() > 0 {
		t.Errorf("something was printed beside the report: %s", stderr.String())
	}
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
		testkit.Skip(t, "there is no Node.js: "+err.Error())
	}
	if _, err := os.Stat("node_modules/@bitrix24/b24jssdk/package.json"); err != nil {
		testkit.Skip(t, "the SDK is not installed: run `npm ci` in conformance/jssdk")
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
