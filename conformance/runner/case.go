package runner

import (
	"cmp"
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

// Section is the cited section without its page; "" when all of it is meant.
func (c *Case) Section() string {
	_, section, _ := strings.Cut(c.Page, " ")
	return section
}

// Compare orders cases as their files have them.
func Compare(a, b *Case) int {
	return cmp.Or(cmp.Compare(a.file, b.file), cmp.Compare(a.Line, b.Line))
}

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
