package conformance_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/client"
	"github.com/onevent/onevent/conformance/runner"
	"github.com/onevent/onevent/internal/doccheck"
	"github.com/onevent/onevent/internal/e2e"
	"github.com/onevent/onevent/internal/testkit"
)

// A target other than a fresh `onevent dev`; conformance/README.md.
var (
	targetFile  = flag.String("target", "", "file with the keys of the server that the cases run against")
	baseURL     = flag.String("base-url", "", "scheme and host of that server")
	webhookURL  = flag.String("webhook", "", "URL of an incoming webhook there")
	accessToken = flag.String("access-token", "", "access token of an application there")
	mayWrite    = flag.Bool("write", false, "cases may create data on a real account")
)

// Each case is a promise of the protocol's pages.
func TestCases(t *testing.T) {
	t.Parallel()
	target, count := chosen(t), map[string]int{}
	for _, file := range caseFiles(t) {
		t.Run(strings.TrimSuffix(filepath.Base(file.Name), ".cases"), func(t *testing.T) {
			for _, c := range file.Cases {
				t.Run(c.Name, func(t *testing.T) { count[runCase(t, target, c)]++ })
			}
		})
	}
	t.Logf("cases: %v", count)
}

// runCase says what became of the case; a case that was skipped says nothing.
func runCase(t *testing.T, target *runner.Target, c *runner.Case) string {
	on := *target
	if target.Fresh == nil && isDefault() {
		on.Fresh = func() *runner.Target { return freshTarget(t) }
	}
	out := runner.Run(t.Context(), &on, c)
	switch {
	case out.Skipped != "":
		testkit.Skip(t, c.At()+": "+out.Skipped)
	case c.Pending != "" && len(out.Faults) == 0:
		t.Errorf("%s: pending (%s), but green: take the mark away", c.At(), c.Pending)
		return "green though pending"
	case c.Pending != "":
		testkit.Skip(t, c.At()+": pending: "+c.Pending+"\n"+strings.Join(out.Faults, "\n"))
	case len(out.Faults) > 0:
		t.Error("\n" + strings.Join(out.Faults, "\n"))
		return "failed"
	}
	return "green"
}

func isDefault() bool { return *targetFile == "" && *baseURL == "" && *webhookURL == "" }

func chosen(t *testing.T) *runner.Target {
	t.Helper()
	switch {
	case isDefault():
		return freshTarget(t)
	case *targetFile != "":
		target := targetOf(t, fromFile)
		addOrdinaryUser(t, target)
		return target
	}
	return targetOf(t, fromFlags)
}

func targetOf(t *testing.T, read func() (*runner.Target, error)) *runner.Target {
	t.Helper()
	target, err := read()
	if err != nil {
		t.Fatal(err)
	}
	target.Write = *mayWrite
	return target
}

// fromFile finds the file from the root of the repository too, where `go test`
// is called.
func fromFile() (*runner.Target, error) {
	path := *targetFile
	if _, err := os.Stat(path); err != nil && !filepath.IsAbs(path) {
		path = filepath.Join("..", path)
	}
	return runner.ReadTarget(path)
}

func fromFlags() (*runner.Target, error) {
	return runner.NewTarget(map[string]string{"portal_url": *baseURL, "webhook_url": *webhookURL, "access_token": *accessToken})
}

// ordinaryUser is who belongs to every dev portal beside its administrator.
const ordinaryUser = 2

// addOrdinaryUser asks a portal that we administer for a token of that user.
func addOrdinaryUser(t *testing.T, target *runner.Target) {
	t.Helper()
	v := target.Values
	if v["admin_token"] == "" || v["user_token"] != "" {
		return
	}
	admin := client.New(v["portal_url"], onevent.Secret(v["admin_token"]), nil)
	tokens, err := admin.IssueTokens(t.Context(), v["member_id"], v["client_id"], ordinaryUser)
	if err != nil {
		t.Fatal(err)
	}
	v["user_token"] = tokens.AccessToken
}

// freshTarget is an `onevent dev` of its own, with a token of its ordinary user.
func freshTarget(t *testing.T) *runner.Target {
	t.Helper()
	target, err := runner.ReadTarget(e2e.Dev(t).CredsFile)
	if err != nil {
		t.Fatal(err)
	}
	addOrdinaryUser(t, target)
	return target
}

func caseFiles(t *testing.T) []*runner.File {
	t.Helper()
	paths, err := filepath.Glob("cases/*.cases")
	if err != nil || len(paths) == 0 {
		t.Fatal("there are no cases", err)
	}
	var files []*runner.File
	for _, path := range paths {
		file, err := runner.Parse(path, read(t, path), runner.Known)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	return files
}

// A case says which section of which page promises what it asks for.
func TestCasesCiteSectionsThatExist(t *testing.T) {
	t.Parallel()
	repo, err := doccheck.Open("..")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range caseFiles(t) {
		for _, c := range file.Cases {
			name, section, _ := strings.Cut(c.Page, " ")
			cited := doccheck.Citation{At: c.At(), Page: "docs/protocol/" + name, Sections: []string{section}}
			for _, fault := range repo.Broken(cited) {
				t.Error(fault)
			}
		}
	}
}
