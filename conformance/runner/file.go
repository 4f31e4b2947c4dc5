package runner

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Parse reads a file of cases. known are the names of variables that a target
// may have; a name that is neither one of them nor kept by a step before is an
// error, as is everything else that the format does not know.
func Parse(name, text string, known []string) (*File, error) {
	p := &fileParser{file: &File{Name: name}, known: known, times: 1}
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	for len(lines) > 0 && p.err == nil {
		lines = p.block(lines)
	}
	p.finish()
	return p.file, p.err
}

type fileParser struct {
	file  *File
	known []string
	line  int // of the first line that is not read yet, from 0

	page   string
	always []header // of every answer of the file
	open   *Case
	times  int  // of the next step
	back   bool // the next step puts things back
	err    error
}

func (p *fileParser) fail(line int, format string, args ...any) {
	if p.err == nil {
		p.err = fmt.Errorf("%s:%d: %s", p.file.Name, line+1, fmt.Sprintf(format, args...))
	}
}

// block reads the lines that belong together and returns the others.
func (p *fileParser) block(lines []string) []string {
	n := 1
	switch line := lines[0]; {
	case isArrow(line, ">"):
		n = arrows(lines, ">")
		p.request(unarrowed(lines[:n]))
	case isArrow(line, "<"):
		n = arrows(lines, "<")
		p.expect(unarrowed(lines[:n]))
	case strings.TrimSpace(line) == "finally":
		p.back = true
	case strings.HasPrefix(line, "times "):
		p.repeat(strings.TrimPrefix(line, "times "))
	case strings.TrimSpace(line) != "" && !strings.HasPrefix(line, "#"):
		p.key(line)
	}
	p.line += n
	return lines[n:]
}

func (p *fileParser) repeat(times string) {
	n, err := strconv.Atoi(times)
	if err != nil || n < 2 || n > 1000 {
		p.fail(p.line, "times is a number from 2 to 1000, not %s", times)
	}
	p.times = n
}

func isArrow(line, arrow string) bool {
	return line == arrow || strings.HasPrefix(line, arrow+" ")
}

func arrows(lines []string, arrow string) int {
	for i, line := range lines {
		if !isArrow(line, arrow) {
			return i
		}
	}
	return len(lines)
}

func unarrowed(lines []string) []string {
	out := make([]string, len(lines))
	for i, line := range lines {
		out[i] = strings.TrimPrefix(line[1:], " ")
	}
	return out
}

func (p *fileParser) key(line string) {
	name, value, ok := strings.Cut(line, ":")
	value = strings.TrimSpace(value)
	switch {
	case !ok || value == "":
		p.fail(p.line, "this is neither a key with its value nor a request nor an answer: %s", line)
	case name == "case":
		p.begin(value)
	case name == "page" && p.open == nil:
		p.page = value
	case p.open == nil:
		p.fail(p.line, "%s stands before the first case", name)
	case len(p.open.Steps) > 0:
		p.fail(p.line, "%s stands behind a request", name)
	default:
		p.about(name, value)
	}
}

func (p *fileParser) begin(name string) {
	p.finish()
	p.open = &Case{Name: name, Line: p.line + 1, Page: p.page, file: p.file.Name}
	for _, c := range p.file.Cases {
		if c.Name == name {
			p.fail(p.line, "a second case %q", name)
		}
	}
	p.file.Cases = append(p.file.Cases, p.open)
}

func (p *fileParser) about(name, value string) {
	c := p.open
	switch name {
	case "page":
		c.Page = value
	case "pending":
		c.Pending = value
	case "account":
		if c.Account = value; value != "reads" && value != "writes" {
			p.fail(p.line, "account: reads or writes, not %s", value)
		}
	case "needs":
		for need := range strings.SplitSeq(value, ",") {
			p.need(strings.TrimSpace(need))
		}
	default:
		p.fail(p.line, "the key %s is unknown", name)
	}
}

const (
	needDev = "dev"
	needOwn = "own server"
)

func (p *fileParser) need(name string) {
	if name != needDev && name != needOwn && !slices.Contains(p.known, name) {
		p.fail(p.line, "nobody can have %q", name)
	}
	p.open.Needs = append(p.open.Needs, name)
}

// finish judges the case that is read whole.
func (p *fileParser) finish() {
	c := p.open
	switch {
	case c == nil && p.err == nil && len(p.file.Cases) == 0 && p.line > 0 && p.page == "":
		p.fail(0, "a file of cases begins with its page")
	case c == nil || p.err != nil:
	case c.Page == "":
		p.fail(c.Line-1, "the case cites no page")
	case len(c.Steps) == 0:
		p.fail(c.Line-1, "the case has no request")
	case p.back || p.times > 1:
		p.fail(c.Line-1, "finally or times without a request behind it")
	default:
		p.answered(c.Steps[len(c.Steps)-1])
		p.names(c)
	}
}

func (p *fileParser) answered(s *Step) {
	if len(s.statuses) == 0 {
		p.fail(s.line-1, "nothing says how this request is answered")
	}
}

// names checks that each variable has a value when it is used, and adds those
// that a target must have to what the case needs.
func (p *fileParser) names(c *Case) {
	kept := []string{"unique"}
	for _, s := range c.Steps {
		for _, t := range s.templates() {
			for _, name := range t.reads() {
				if !slices.Contains(kept, name) {
					p.uses(c, s, name)
				}
			}
			kept = append(kept, t.sets()...)
		}
	}
}

func (p *fileParser) uses(c *Case, s *Step, name string) {
	switch {
	case !slices.Contains(p.known, name):
		p.fail(s.line-1, "nobody knows the variable %s", name)
	case !slices.Contains(c.Needs, name):
		c.Needs = append(c.Needs, name)
	}
}
