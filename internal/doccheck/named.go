package doccheck

import (
	"fmt"
	"path"
	"regexp"
	"strings"
)

// NamedTest is a test that a page names as `package.TestName`, the package by
// its folder. Names of cases follow after slashes, as `go test -run` takes them.
type NamedTest struct {
	Folder, Func, Case string
}

var namedTest = regexp.MustCompile("`([a-z0-9][a-z0-9/]*)\\.((?:Test|Fuzz|Benchmark)[A-Za-z0-9_]+)(?:/([^`]+))?`")

// NamedTests lists the tests that a page names.
func (t *Tree) NamedTests(page string) []NamedTest {
	var out []NamedTest
	for _, m := range namedTest.FindAllStringSubmatch(t.Text(page), -1) {
		out = append(out, NamedTest{Folder: m[1], Func: m[2], Case: m[3]})
	}
	return out
}

// lawFolder has the cases of tests in other folders: every store runs them.
const lawFolder = "storetest"

// Exists reports whether a test file of the folder has the function, and
// whether each name of a case stands there, or in the law of the store, in
// quotes.
func (t *Tree) Exists(n NamedTest) bool {
	declared := regexp.MustCompile(fmt.Sprintf(`(?m)^func %s\(`, n.Func))
	found, text := false, ""
	for _, name := range t.Files(".go") {
		switch path.Dir(name) {
		case n.Folder:
			found = found || strings.HasSuffix(name, "_test.go") && declared.MatchString(t.Text(name))
			text += t.Text(name)
		case lawFolder:
			text += t.Text(name)
		}
	}
	return found && hasCases(text, n.Case)
}

func hasCases(text, names string) bool {
	for name := range strings.SplitSeq(names, "/") {
		if name != "" && !strings.Contains(text, `"`+name+`"`) {
			return false
		}
	}
	return true
}

var link = regexp.MustCompile(`\]\(([^)\s]+)\)`)

// DeadLinks lists the relative links of a page that lead to no file.
func (t *Tree) DeadLinks(page string) []string {
	var out []string
	for _, m := range link.FindAllStringSubmatch(t.Text(page), -1) {
		target, anchor, _ := strings.Cut(m[1], "#")
		if strings.Contains(target, "://") || strings.HasPrefix(target, "mailto:") {
			continue
		}
		file := page
		if target != "" {
			file = path.Join(path.Dir(page), target)
		}
		if !t.Has(file) || anchor != "" && !t.hasAnchor(file, anchor) {
			out = append(out, m[1])
		}
	}
	return out
}

var notInAnchor = regexp.MustCompile(`[^a-z0-9 _-]`)

func (t *Tree) hasAnchor(file, anchor string) bool {
	for _, m := range heading.FindAllStringSubmatch(t.Text(file), -1) {
		slug := notInAnchor.ReplaceAllString(strings.ToLower(m[1]), "")
		if strings.ReplaceAll(slug, " ", "-") == anchor {
			return true
		}
	}
	return false
}
