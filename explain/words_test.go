package explain_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"testing"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/explain"
)

// verdicts are all that the words of onevent have.
func verdicts(t *testing.T) (all []onevent.Verdict) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../verdict.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		for _, v := range spec.Values {
			if text, ok := v.(*ast.BasicLit); ok {
				word, err := strconv.Unquote(text.Value)
				if err != nil {
					t.Fatal(err)
				}
				all = append(all, onevent.Verdict(word))
			}
		}
		return true
	})
	if len(all) < 15 {
		t.Fatalf("only %d verdicts were found", len(all))
	}
	return all
}

func TestEveryVerdictHasWordsAndSaysWhatToDo(t *testing.T) {
	t.Parallel()
	for _, v := range verdicts(t) {
		if what, do := explain.Meaning(v); what == "" || do == "" || !explain.Known(v) {
			t.Errorf("%s has no words", v)
		}
	}
	if explain.Known("nothing") {
		t.Error("a verdict that there is not is known")
	}
}
