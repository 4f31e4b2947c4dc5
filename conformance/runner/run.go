// Package runner reads conformance cases and runs them against a server that
// speaks the REST protocol: onevent, or a real account. conformance/README.md
// describes the format.
package runner

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// Outcome is what became of a case.
type Outcome struct {
	// Skipped says why the case was not run.
	Skipped string
	// Faults are the differences between what was expected and what came, each
	// with its place, and without secrets. None: the case passed.
	Faults []string
}

// Run runs one case.
func Run(ctx context.Context, t *Target, c *Case) Outcome {
	if why := t.lacks(c); why != "" {
		return Outcome{Skipped: why}
	}
	if slices.Contains(c.Needs, needOwn) {
		t = t.Fresh()
	}
	r := &running{target: t, c: c, vars: t.variables()}
	for _, s := range c.Steps {
		for range s.times {
			if len(r.faults) == 0 || s.always {
				r.step(ctx, s)
			}
		}
	}
	return Outcome{Faults: r.faults}
}

// running is a case at work.
type running struct {
	target *Target
	c      *Case
	vars   variables
	faults []string
}

func (r *running) step(ctx context.Context, s *Step) {
	if s.always && !r.has(s) {
		return
	}
	req, err := r.request(ctx, s)
	if err != nil {
		r.report(s, nil, []string{err.Error()})
		return
	}
	got, err := r.send(req)
	if err != nil {
		r.report(s, nil, []string{"no answer: " + err.Error()})
		return
	}
	if faults := r.compare(s, got); len(faults) > 0 {
		r.report(s, got, faults)
	}
}

// has says whether what a step that puts things back names was ever made.
func (r *running) has(s *Step) bool {
	for _, t := range s.templates() {
		for _, name := range t.reads() {
			if _, ok := r.vars[name]; !ok && !slices.Contains(t.sets(), name) {
				return false
			}
		}
	}
	return true
}

func (r *running) request(ctx context.Context, s *Step) (*http.Request, error) {
	u, err := exactly(r.target.address(s.target.text(r.vars)))
	if err != nil {
		return nil, err
	}
	if err := r.target.allows(u); err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, s.method, u.String(), strings.NewReader(s.body.text(r.vars)))
	if err != nil {
		return nil, err
	}
	req.URL = u
	for _, h := range s.header {
		if value := h.value.text(r.vars); h.name == "Host" {
			req.Host = value
		} else {
			req.Header.Add(h.name, value)
		}
	}
	return req, nil
}

// exactly keeps path and query byte for byte as they are written.
func exactly(address string) (*url.URL, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	_, rest, _ := strings.Cut(address, "://")
	_, rest, _ = strings.Cut(rest, "/")
	path, _, _ := strings.Cut("/"+rest, "?")
	u.RawPath = path
	if u.EscapedPath() != path {
		return nil, fmt.Errorf("the path %s can't be sent as it is", path)
	}
	return u, nil
}

// answered is an answer with its body.
type answered struct {
	status int
	header http.Header
	body   string
}

// maxAnswer is more than any case expects.
const maxAnswer = 64 << 20

func (r *running) send(req *http.Request) (*answered, error) {
	res, err := r.target.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	return &answered{res.StatusCode, res.Header, string(body)}, err
}

func (r *running) compare(s *Step, got *answered) []string {
	c := &comparison{vars: r.vars}
	if !slices.Contains(s.statuses, got.status) {
		c.fault("status", strings.Trim(fmt.Sprint(s.statuses), "[]"), fmt.Sprint(got.status))
	}
	for _, h := range s.answer {
		c.header(h, got.header.Values(h.name))
	}
	switch {
	case s.json != nil:
		c.json(s.json, got.body)
	case s.hasText && !s.text.match(c.vars, got.body):
		c.fault("body", s.text.shown(c.vars), got.body)
	}
	return c.faults
}

func (c *comparison) header(h header, got []string) {
	came := strings.Join(got, ", ")
	switch {
	case h.absent && len(got) > 0:
		c.fault(h.name, "no such header", came)
	case h.absent:
	case len(got) == 0:
		c.fault(h.name, h.value.shown(c.vars), "no such header")
	case !h.value.match(c.vars, came):
		c.fault(h.name, h.value.shown(c.vars), came)
	}
}

func (c *comparison) json(p *pattern, body string) {
	got, err := parseNode(body)
	if err != nil {
		c.fault("body", "JSON", err.Error())
		return
	}
	c.value("body", p, got)
}

// shownBody is how much of a body a report shows.
const shownBody = 2000

func (r *running) report(s *Step, got *answered, faults []string) {
	text := fmt.Sprintf("%s:%d: %s\n  %s\n  sent %s %s", r.c.file, s.line, r.c.Name,
		strings.Join(faults, "\n  "), s.method, s.target.text(r.vars))
	if body := s.body.text(r.vars); body != "" {
		text += "\n  " + shortened(r.vars.redacted(body), shownBody)
	}
	if got != nil {
		text += fmt.Sprintf("\n  came %d %s", got.status, shortened(r.vars.redacted(got.body), shownBody))
	}
	r.faults = append(r.faults, r.vars.redacted(text))
}

func shortened(text string, most int) string {
	if len(text) > most {
		return text[:most] + "..."
	}
	return text
}
