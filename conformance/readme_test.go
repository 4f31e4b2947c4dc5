package conformance_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The first steps of the README work as they stand there: its shell blocks are
// run one after the other, with the handler's and the binary's places put in.
func TestTheFirstStepsOfTheReadmeWork(t *testing.T) {
	t.Parallel()
	for _, tool := range []string{"bash", "curl", "sed"} {
		if _, err := exec.LookPath(tool); err != nil {
			skip(t, "there is no "+tool)
		}
	}
	binary, err := build()
	if err != nil {
		t.Fatal(err)
	}
	handler, dir := startReceiver(t), t.TempDir()
	if err := os.Symlink(filepath.Dir(startDev(t)), filepath.Join(dir, ".onevent")); err != nil {
		t.Fatal(err)
	}
	script := strings.NewReplacer("http://127.0.0.1:8001/", handler.url, "go run ./cmd/onevent", binary).Replace(firstSteps(t))
	cmd := exec.CommandContext(t.Context(), "bash", "-euo", "pipefail", "-c", "curl() { command curl -fsS \"$@\"; }\n"+script)
	cmd.Dir, cmd.Env = dir, withoutProxies(os.Environ())
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	handler.first("ONCRMACTIVITYADD").has("auth[user_id]", "1")
	handler.first("ONCRMDEALUPDATE").has("data[FIELDS][ID]", "999")
}

var shellBlock = regexp.MustCompile("(?s)```sh\n(.*?)```")

// firstSteps joins the shell blocks of that section.
func firstSteps(t *testing.T) string {
	t.Helper()
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(readme), "\n## First steps\n")
	section, _, _ = strings.Cut(section, "\n## ")
	var script strings.Builder
	for _, block := range shellBlock.FindAllStringSubmatch(section, -1) {
		script.WriteString(block[1])
	}
	if strings.Count(script.String(), "curl ") < 4 {
		t.Fatalf("the README has other first steps than these: %s", script.String())
	}
	return script.String()
}
