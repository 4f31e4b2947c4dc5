package runner

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
)

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
	last := len(p.open.Steps) - 1
	if last < 0 || len(p.open.Steps[last].statuses) > 0 {
		p.fail(p.line, "an answer without a request")
		return
	}
	s := p.open.Steps[last]
	s.statuses = p.statuses(lines[0])
	head, body := p.parts(lines[1:])
	s.answer = head
	if !s.isAdmin() {
		s.answer = slices.Concat(p.always, head)
	}
	p.body(s, len(head)+2, strings.Join(body, "\n"))
}

// statuses reads: 200, or 200 or 201.
func (p *fileParser) statuses(line string) (all []int) {
	for status := range strings.SplitSeq(line, " or ") {
		n, err := strconv.Atoi(status)
		if err != nil || n < 100 || n > 599 {
			p.fail(p.line, "no status: %s", line)
		}
		all = append(all, n)
	}
	return all
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
