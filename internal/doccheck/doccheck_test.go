package doccheck_test

import (
	"testing"

	"github.com/onevent/onevent/internal/doccheck"
)

func tree(t *testing.T) *doccheck.Tree {
	t.Helper()
	repo, err := doccheck.Open("../..")
	if err != nil {
		t.Fatal(err)
	}
	return repo
}

// Every section that a comment cites must be there under that number.
func TestCommentsCiteExistingSections(t *testing.T) {
	t.Parallel()
	repo, seen := tree(t), 0
	for _, name := range repo.Files(".go") {
		citations, err := repo.Citations(name)
		if err != nil {
			t.Errorf("%s can't be parsed: %v", name, err)
		}
		seen += len(citations)
		for _, c := range citations {
			for _, fault := range repo.Broken(c) {
				t.Error(fault)
			}
		}
	}
	if seen < 50 {
		t.Errorf("only %d citations were found: the check reads them wrongly", seen)
	}
}

// A promise is kept by a test that exists, or is named as not kept yet.
func TestPagesNameExistingTests(t *testing.T) {
	t.Parallel()
	repo, seen := tree(t), 0
	for _, page := range repo.Files(".md") {
		for _, n := range repo.NamedTests(page) {
			seen++
			if !repo.Exists(n) {
				t.Errorf("%s names %s.%s %s, which does not exist", page, n.Folder, n.Func, n.Case)
			}
		}
	}
	if seen < 20 {
		t.Errorf("only %d named tests were found: the check reads them wrongly", seen)
	}
}

// A link inside the repository leads to a file, and to a heading where it names one.
func TestLinksLeadSomewhere(t *testing.T) {
	t.Parallel()
	repo := tree(t)
	for _, page := range repo.Files(".md") {
		for _, target := range repo.DeadLinks(page) {
			t.Errorf("%s links to %s, which does not exist", page, target)
		}
	}
}
