package doccheck

import (
	"fmt"
	"go/parser"
	"go/token"
	"regexp"
	"strings"
)

// Citation is a comment's reference to a page of docs/.
type Citation struct {
	At       string // file and line of the comment
	Page     string
	Sections []string
	Title    string // a heading, where the comment names one
}

var (
	cited      = regexp.MustCompile(`docs/[A-Za-z0-9_./-]+\.md`)
	afterPage  = regexp.MustCompile(`^,? sections? ([0-9]+(?:\.[0-9]+)*(?:(?:, | and | to )[0-9]+(?:\.[0-9]+)*)*)`)
	afterTitle = regexp.MustCompile(`^, "([^"]+)"`)
	numbers    = regexp.MustCompile(`[0-9]+(?:\.[0-9]+)*`)
)

// Citations finds what the comments of a Go file cite.
func (t *Tree) Citations(name string) ([]Citation, error) {
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, name, t.Text(name), parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	var out []Citation
	for _, group := range file.Comments {
		at := fmt.Sprintf("%s:%d", name, set.Position(group.Pos()).Line)
		out = append(out, citationsIn(at, strings.Join(strings.Fields(group.Text()), " "))...)
	}
	return out, nil
}

func citationsIn(at, text string) []Citation {
	var out []Citation
	for _, span := range cited.FindAllStringIndex(text, -1) {
		c := Citation{At: at, Page: text[span[0]:span[1]]}
		rest := text[span[1]:]
		if m := afterPage.FindStringSubmatch(rest); m != nil {
			c.Sections = numbers.FindAllString(m[1], -1)
		}
		if m := afterTitle.FindStringSubmatch(rest); m != nil {
			c.Title = m[1]
		}
		out = append(out, c)
	}
	return out
}

// Broken says what a citation names that is not there; empty when all is.
func (t *Tree) Broken(c Citation) []string {
	page, ok := t.Page(c.Page)
	if !ok {
		return []string{fmt.Sprintf("%s cites %s, which does not exist", c.At, c.Page)}
	}
	var out []string
	for _, n := range c.Sections {
		if !page.Section(n) {
			out = append(out, fmt.Sprintf("%s cites section %s of %s, which has none", c.At, n, c.Page))
		}
	}
	if c.Title != "" && !page.Title(c.Title) {
		out = append(out, fmt.Sprintf("%s cites %q of %s, which has no such heading", c.At, c.Title, c.Page))
	}
	return out
}
