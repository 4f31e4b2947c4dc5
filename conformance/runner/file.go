package runner

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// File is one topic: cases that a person wrote and reads.
type File struct {
	Name  string
	Cases []*Case
}

// Case is one promise: requests and what they are answered, in order.
type Case struct {
	Name    string
	Line    int
	Page    string   // such as "rest.md 8": a page of docs/protocol and its section
	Needs   []string // names of variables, "dev" or "own server"
	Account string   // "reads" or "writes" when it may run on a real account
	Pending string   // why it may fail
	Steps   []*Step

	file string
}

// At is the place of the case, as file:line.
func (c *Case) At() string { return c.file + ":" + strconv.Itoa(c.Line) }

// Step is one request and the answer to it.
type Step struct {
	line   int
	method string
	target template
	header []header
	body   template
	times  int  // how often the request is sent; each answer is compared
	always bool // runs even when a step before it failed: it puts things back

	statuses []int
	answer   []header
	json     *pattern
	text     template
	hasText  bool
}

type header struct {
	name   string
	value  template
	absent bool
}

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
				switch {
				case slices.Contains(kept, name):
				case !slices.Contains(p.known, name):
					p.fail(s.line-1, "nobody knows the variable %s", name)
				case !slices.Contains(c.Needs, name):
					c.Needs = append(c.Needs, name)
				}
			}
			kept = append(kept, t.sets()...)
		}
	}
}

// isAdmin is true for requests to onevent's management API, by which a case
// makes what it needs: what a file promises of all answers is not about them.
func (s *Step) isAdmin() bool {
	return len(s.target) > 0 && strings.HasPrefix(s.target[0].literal, "/admin/")
}

func (s *Step) templates() []template {
	out := []template{s.target}
	for _, h := range s.header {
		out = append(out, h.value)
	}
	out = append(out, s.body)
	for _, h := range s.answer {
		out = append(out, h.value)
	}
	if s.json != nil {
		out = append(out, s.json.templates()...)
	}
	return append(out, s.text)
}

// request reads: METHOD TARGET, headers, an empty line, the body.
func (p *fileParser) request(lines []string) {
	method, target, ok := strings.Cut(lines[0], " ")
	switch {
	case p.open == nil:
		p.fail(p.line, "a request before the first case")
		return
	case !ok || method == "" || method != strings.ToUpper(method):
		p.fail(p.line, "a request begins with method and target, not: %s", lines[0])
		return
	case len(p.open.Steps) > 0:
		p.answered(p.open.Steps[len(p.open.Steps)-1])
	}
	s := &Step{line: p.line + 1, method: method, target: p.sent(0, target), times: p.times, always: p.back}
	head, body := p.parts(lines[1:])
	s.header = head
	s.body = p.sent(1+len(head), strings.Join(body, lineEnd(head)))
	for _, h := range head {
		if err := h.value.onlyVariables(); err != nil {
			p.fail(p.line, "%s: %v", h.name, err)
		}
	}
	p.back, p.times = false, 1
	p.open.Steps = append(p.open.Steps, s)
}

// sent reads a text of a request, in which variables may stand.
func (p *fileParser) sent(offset int, text string) template {
	t := p.template(offset, text)
	if err := t.onlyVariables(); err != nil {
		p.fail(p.line+offset, "%v", err)
	}
	return t
}

func (p *fileParser) template(offset int, text string) template {
	text, err := multiply(text)
	if err != nil {
		p.fail(p.line+offset, "%v", err)
	}
	t, err := parseTemplate(text)
	if err != nil {
		p.fail(p.line+offset, "%v", err)
	}
	return t
}

// lineEnd is what stands between the lines of a body: a form may be written in
// several lines, and the parts of multipart are divided by CRLF.
func lineEnd(head []header) string {
	for _, h := range head {
		if !strings.EqualFold(h.name, "Content-Type") || len(h.value) == 0 {
			continue
		}
		switch kind, _, _ := strings.Cut(h.value[0].literal, ";"); kind {
		case "application/x-www-form-urlencoded":
			return ""
		case "multipart/form-data":
			return "\r\n"
		}
	}
	return "\n"
}

// parts divides headers from body.
func (p *fileParser) parts(lines []string) (head []header, body []string) {
	for i, line := range lines {
		if line == "" {
			return head, lines[i+1:]
		}
		name, value, ok := strings.Cut(line, ":")
		if !ok {
			p.fail(p.line+i+1, "this is no header: %s", line)
			return head, nil
		}
		value = strings.TrimSpace(value)
		head = append(head, header{name: http.CanonicalHeaderKey(name), value: p.template(i+1, value), absent: value == "absent"})
	}
	return head, nil
}

// expect reads: STATUS, headers, an empty line, the body. Before the first case
// it is headers alone, of every answer of the file.
func (p *fileParser) expect(lines []string) {
	if p.open == nil {
		p.always, _ = p.parts(lines)
		return
	}
	var s *Step
	if n := len(p.open.Steps); n > 0 {
		s = p.open.Steps[n-1]
	}
	if s == nil || len(s.statuses) > 0 {
		p.fail(p.line, "an answer without a request")
		return
	}
	for status := range strings.SplitSeq(lines[0], " or ") {
		n, err := strconv.Atoi(status)
		if err != nil || n < 100 || n > 599 {
			p.fail(p.line, "no status: %s", lines[0])
		}
		s.statuses = append(s.statuses, n)
	}
	head, body := p.parts(lines[1:])
	s.answer = head
	if !s.isAdmin() {
		s.answer = slices.Concat(p.always, head)
	}
	p.body(s, len(head)+2, strings.Join(body, "\n"))
}

// body reads what begins with a brace as JSON, all else as text.
func (p *fileParser) body(s *Step, offset int, text string) {
	text, err := multiply(text)
	if err == nil && isJSON(text) {
		s.json, err = parsePattern(text)
	} else if err == nil && text != "" {
		s.hasText = true
		s.text, err = parseTemplate(text)
	}
	if err != nil {
		p.fail(p.line+offset, "%v", err)
	}
}

func isJSON(text string) bool {
	text = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(text), "ordered"))
	return strings.HasPrefix(text, "[") || strings.HasPrefix(text, "{") && !strings.HasPrefix(text, "{{")
}

// Section is the cited section without its page; "" when all of it is meant.
func (c *Case) Section() string {
	_, section, _ := strings.Cut(c.Page, " ")
	return section
}

// Compare orders cases as their files have them.
func Compare(a, b *Case) int {
	return cmp.Or(cmp.Compare(a.file, b.file), cmp.Compare(a.Line, b.Line))
}
