package conformance_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/onevent/onevent/conformance/runner"
)

// covered is a statement of coverage.txt with what keeps it.
type covered struct {
	line    int
	key     string
	section string
	proofs  []proof
}

// proof is `case FILE: NAME`, `compatibility: ROW`, `not raised: CODE` or
// `no claim: REASON`.
type proof struct {
	line       int
	kind, text string
}

func readCoverage(t *testing.T) []covered {
	t.Helper()
	var all []covered
	section := ""
	for i, line := range strings.Split(read(t, "coverage.txt"), "\n") {
		switch {
		case strings.HasPrefix(line, "## "):
			section, _, _ = strings.Cut(strings.TrimPrefix(line, "## "), " ")
		case strings.TrimSpace(line) == "" || strings.HasPrefix(line, "#"):
		case strings.HasPrefix(line, "  ") && len(all) > 0:
			kind, text, _ := strings.Cut(strings.TrimSpace(line), ": ")
			last := &all[len(all)-1]
			last.proofs = append(last.proofs, proof{i + 1, kind, text})
		default:
			all = append(all, covered{line: i + 1, key: line, section: section})
		}
	}
	return all
}

// The page and coverage.txt name the same statements in the same order.
func TestCoverageNamesEveryStatementOfThePage(t *testing.T) {
	t.Parallel()
	var want, got []string
	for _, s := range statements(read(t, "../docs/protocol/rest.md")) {
		want = append(want, s.section+": "+s.key())
	}
	for _, c := range readCoverage(t) {
		got = append(got, c.section+": "+c.key)
		if len(c.proofs) == 0 {
			t.Errorf("coverage.txt:%d: nothing keeps %s", c.line, c.key)
		}
	}
	if len(want) < 100 {
		t.Errorf("only %d statements were found: the check reads the page wrongly", len(want))
	}
	for _, key := range want {
		if !slices.Contains(got, key) {
			t.Errorf("coverage.txt lacks, in section %s", key)
		}
	}
	for _, key := range got {
		if !slices.Contains(want, key) {
			t.Errorf("the page has not, in section %s", key)
		}
	}
	if !t.Failed() && !slices.Equal(got, want) {
		t.Error("coverage.txt has the statements in another order than the page, or twice")
	}
}

func TestCoverageNamesWhatExists(t *testing.T) {
	t.Parallel()
	known := existing(t)
	for _, c := range readCoverage(t) {
		for _, p := range c.proofs {
			if fault := known.fault(c, p); fault != "" {
				t.Errorf("coverage.txt:%d: %s", p.line, fault)
			}
		}
	}
}

// A case about the page that no statement names asks for what the page does not.
func TestEveryCaseOfThePageKeepsAStatement(t *testing.T) {
	t.Parallel()
	var named []string
	for _, c := range readCoverage(t) {
		for _, p := range c.proofs {
			named = append(named, p.kind+": "+p.text)
		}
	}
	for file, cases := range existing(t).cases {
		for _, c := range cases {
			own := "case " + file + ": " + c.Name
			keeps := func(name string) bool {
				start, many := strings.CutSuffix(name, "*")
				return name == own || many && strings.HasPrefix(own, start)
			}
			if strings.HasPrefix(c.Page, "rest.md ") && !slices.ContainsFunc(named, keeps) {
				t.Errorf("%s: coverage.txt does not name %s", c.At(), own)
			}
		}
	}
}

// existingProofs are the things that coverage.txt may name.
type existingProofs struct {
	cases         map[string][]*runner.Case // by the name of their file
	compatibility string
	notRaised     string
}

func existing(t *testing.T) existingProofs {
	t.Helper()
	e := existingProofs{cases: map[string][]*runner.Case{}}
	for _, file := range caseFiles(t) {
		name := strings.TrimSuffix(strings.TrimPrefix(file.Name, "cases/"), ".cases")
		e.cases[name] = file.Cases
	}
	e.compatibility, e.notRaised = read(t, "../docs/compatibility.md"), read(t, "not-raised.md")
	return e
}

func (e existingProofs) fault(c covered, p proof) string {
	kind, file, _ := strings.Cut(p.kind, " ")
	switch {
	case kind == "case":
		return e.faultOfCase(c, file, p.text)
	case p.kind == "compatibility" && !strings.Contains(e.compatibility, "\n| "+p.text+" |"):
		return "docs/compatibility.md has no row " + p.text
	case p.kind == "not raised" && !strings.Contains(e.notRaised, "\n| `"+p.text+"` |"):
		return "not-raised.md has no row " + p.text
	case p.kind == "no claim" && len(p.text) < 10:
		return "no claim needs a reason"
	case p.kind != "compatibility" && p.kind != "not raised" && p.kind != "no claim":
		return "no proof is called " + p.kind
	}
	return ""
}

// faultOfCase takes a name that ends in * for all cases that begin so. A case
// that keeps a statement cites its section.
func (e existingProofs) faultOfCase(c covered, file, name string) string {
	start, many := strings.CutSuffix(name, "*")
	found := 0
	for _, one := range e.cases[file] {
		if one.Name == name || many && strings.HasPrefix(one.Name, start) {
			found++
			if strings.HasPrefix(one.Page, "rest.md ") && one.Section() != c.section && strings.HasPrefix(file, "rest-"+c.section+"-") {
				return fmt.Sprintf("%s cites %s", one.Name, one.Page)
			}
		}
	}
	if found == 0 {
		return fmt.Sprintf("there is no case %s: %s", file, name)
	}
	return ""
}

// A change of any word of a page must be seen, and every kind of statement.
func TestStatementsAreReadFromAPage(t *testing.T) {
	t.Parallel()
	const page = "# Page\n\nNot in a section.\n\n## 1 First\n\n| a | b |\n|---|---|\n| 1 | one |\n| 2 | two |\nBehind the table.\n\n" +
		"* bullet\n  goes on\n* second\n\nExample:\n```json\n{\"a\":1}\n```\n* third\n\n## 2 Second\n\nText.\n"
	var got []string
	for _, s := range statements(page) {
		got = append(got, s.section+" "+s.text)
	}
	want := []string{"1 | 1 | one |", "1 | 2 | two |", "1 Behind the table.", "1 bullet goes on", "1 second", `1 Example: {"a":1}`, "1 third", "2 Text."}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	long := strings.Repeat("x", 80)
	if a, b := (statement{"1", long + "a"}).key(), (statement{"1", long + "b"}).key(); a == b || a[8:] != b[8:] {
		t.Errorf("a change behind the beginning is not seen: %s, %s", a, b)
	}
}
