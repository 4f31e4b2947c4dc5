package rest_test

import (
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/onevent/onevent/rest"
)

// pageRow is a row of docs/protocol/rest.md section 6.
type pageRow struct{ code, text, pick string }

var codeName = regexp.MustCompile("`([^`]+)`")

func pageErrors(t *testing.T) []pageRow {
	t.Helper()
	page, err := os.ReadFile("../docs/protocol/rest.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(page), "\n## 6 ")
	section, _, _ = strings.Cut(section, "\n## 7 ")
	var rows []pageRow
	for line := range strings.Lines(section) {
		cells := strings.Split(line, "|")
		if !strings.HasPrefix(line, "| `") || len(cells) != 7 {
			continue
		}
		for _, code := range codeName.FindAllStringSubmatch(cells[1], -1) {
			rows = append(rows, pageRow{code[1], strings.TrimSpace(cells[2]), strings.TrimSpace(cells[5])})
		}
	}
	return rows
}

// The table and the page name the same codes in the same order, with the same
// statuses and texts.
func TestTheTableOfErrorsIsThatOfThePage(t *testing.T) {
	t.Parallel()
	page, table := pageErrors(t), rest.Errors()
	if len(page) != 36 || len(table) != len(page) {
		t.Fatalf("the page has %d errors, the table %d", len(page), len(table))
	}
	for i, row := range page {
		def := table[i]
		if def.Code != row.code {
			t.Errorf("row %d is %s on the page and %s in the table", i, row.code, def.Code)
			continue
		}
		if def.Text != "" && !strings.HasPrefix(row.text, def.Text) {
			t.Errorf("%s says %q, the page %q", def.Code, def.Text, row.text)
		}
		if got := pickOf(row.pick); got != def.Status {
			t.Errorf("%s has status %d, the page %q", def.Code, def.Status, row.pick)
		}
		if (def.Raised == "") == (def.Why == "") {
			t.Errorf("%s is either raised somewhere or not for a reason", def.Code)
		}
	}
}

var firstNumber = regexp.MustCompile(`\d{3}`)

// pickOf is the status that the page picks; 0: none.
func pickOf(cell string) int {
	n, _ := strconv.Atoi(firstNumber.FindString(cell))
	return n
}
