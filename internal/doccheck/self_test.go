package doccheck_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/onevent/onevent/internal/doccheck"
)

func write(t *testing.T, files map[string]string) *doccheck.Tree {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		full := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(full, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	repo, err := doccheck.Open(root)
	if err != nil {
		t.Fatal(err)
	}
	return repo
}

const page = "# Page\n\n## 2. Second\n\n### 2.1 Below\n\n## 3 Third\n\n## A title\n"

// The checks themselves must see what is wrong.
func TestBrokenCitationsAreSeen(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		comment string
		faults  int
	}{
		"section":                {"docs/p.md section 2.", 0},
		"section below":          {"docs/p.md section 2.1", 0},
		"two sections":           {"docs/p.md sections 2 and 3.", 0},
		"section over two lines": {"docs/p.md\n// section 3", 0},
		"heading":                {`docs/p.md, "A title".`, 0},
		"page alone":             {"docs/p.md", 0},
		"no such section":        {"docs/p.md section 4.", 1},
		"one of two":             {"docs/p.md sections 2 and 9.", 1},
		"no such page":           {"docs/q.md section 2.", 1},
		"no such heading":        {`docs/p.md, "Another".`, 1},
		"broken over two lines":  {"docs/p.md\n// section 7", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			repo := write(t, map[string]string{"docs/p.md": page, "x/x.go": "// Package x; " + test.comment + "\npackage x\n"})
			citations, err := repo.Citations("x/x.go")
			if err != nil || len(citations) != 1 {
				t.Fatal(citations, err)
			}
			if faults := repo.Broken(citations[0]); len(faults) != test.faults {
				t.Errorf("faults: %q", faults)
			}
		})
	}
}

func TestMissingTestsAreSeen(t *testing.T) {
	t.Parallel()
	repo := write(t, map[string]string{
		"x/x_test.go":    "package x\n\nfunc TestThere(t *testing.T) { t.Run(\"a case\", nil) }\n",
		"x/x.go":         "package x\n\nfunc TestNot() {}\n",
		"storetest/u.go": "package storetest\n\nvar topics = []string{\"Update\", \"Law\"}\n",
		"p.md": "`x.TestThere` `x.TestThere/a case` `x.TestThere/Update/Law` `x.TestThere/no case` `x.TestThere/Update/None` " +
			"`x.TestGone` `y.TestThere` `x.TestNot`",
	})
	var missing []string
	for _, n := range repo.NamedTests("p.md") {
		if !repo.Exists(n) {
			missing = append(missing, n.Folder+"."+n.Func+n.Case)
		}
	}
	if want := []string{"x.TestThereno case", "x.TestThereUpdate/None", "x.TestGone", "y.TestThere", "x.TestNot"}; !slices.Equal(missing, want) {
		t.Errorf("missing: %q, want %q", missing, want)
	}
}

func TestDeadLinksAreSeen(t *testing.T) {
	t.Parallel()
	repo := write(t, map[string]string{
		"docs/p.md": page,
		"README.md": "[a](docs/p.md) [b](docs/p.md#a-title) [c](https://example.com/x) [d](#here) [e](docs/q.md) [f](docs/p.md#nothing)\n## Here\n",
	})
	if dead, want := repo.DeadLinks("README.md"), []string{"docs/q.md", "docs/p.md#nothing"}; !slices.Equal(dead, want) {
		t.Errorf("dead: %q, want %q", dead, want)
	}
}
