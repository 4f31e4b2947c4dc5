package conformance_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/onevent/onevent/internal/e2e"
	"github.com/onevent/onevent/internal/testkit"
)

// The first steps of the README work as they stand there: its shell blocks are
// run one after the other, with the handler's and the binary's places put in.
func TestTheFirstStepsOfTheReadmeWork(t *testing.T) {
	t.Parallel()
	for _, tool := range []string{"bash", "curl", "sed"} {
		if _, err := exec.LookPath(tool); err != nil {
			testkit.Skip(t, "there is no "+tool)
		}
	}
	handler, dir := startReceiver(t), t.TempDir()
	e2e.DevIn(t, filepath.Join(dir, ".onevent"))
	script := strings.NewReplacer("http://127.0.0.1:8001/", handler.URL, "go run ./cmd/onevent", e2e.Build(t)).Replace(firstSteps(t))
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
	_, section, _ := strings.Cut(read(t, "../README.md"), "\n## First steps\n")
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
