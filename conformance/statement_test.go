package conformance_test

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strings"
)

// statement is a row of a table, a bullet or a paragraph of a page.
type statement struct{ section, text string }

// key is how coverage.txt names a statement: a hash of all of it, so that a
// change is seen, and its beginning, so that a person recognises it.
func (s statement) key() string {
	sum := sha256.Sum256([]byte(s.text))
	beginning := []rune(s.text)
	return hex.EncodeToString(sum[:4]) + " " + strings.TrimSpace(string(beginning[:min(60, len(beginning))]))
}

var numbered = regexp.MustCompile(`^## ([0-9]+) `)

// statements reads the numbered sections of a page.
func statements(page string) []statement {
	r := &pageReader{}
	lines := strings.Split(page, "\n")
	for i, line := range lines {
		next := ""
		if i+1 < len(lines) {
			next = lines[i+1]
		}
		r.line(line, next)
	}
	r.end()
	return r.all
}

type pageReader struct {
	section string
	open    []string // lines of the statement that is being read
	fenced  bool
	all     []statement
}

func (r *pageReader) end() {
	if text := strings.Join(strings.Fields(strings.Join(r.open, " ")), " "); text != "" && r.section != "" {
		r.all = append(r.all, statement{r.section, text})
	}
	r.open = nil
}

// line reads one; an example in a fence belongs to the text before it.
func (r *pageReader) line(line, next string) {
	switch {
	case strings.HasPrefix(line, "```"):
		r.fenced = !r.fenced
	case r.fenced:
		r.open = append(r.open, line)
	case strings.HasPrefix(line, "#"):
		r.end()
		if m := numbered.FindStringSubmatch(line); m != nil {
			r.section = m[1]
		}
	case strings.TrimSpace(line) == "":
		r.end()
	case strings.HasPrefix(line, "|---") || strings.HasPrefix(next, "|---"):
		r.end()
	case strings.HasPrefix(line, "|"):
		r.end()
		r.open = []string{line}
		r.end()
	case strings.HasPrefix(line, "* "):
		r.end()
		r.open = []string{strings.TrimPrefix(line, "* ")}
	default:
		r.open = append(r.open, line)
	}
}
