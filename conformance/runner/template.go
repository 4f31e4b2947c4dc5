package runner

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// template is a text with placeholders: {{int}}, {{/regular expression/}},
// {{variable}}, each of the first two also as {{int as variable}}.
type template []part

// part is a literal, or a placeholder when name or pattern is set.
type part struct {
	literal string
	name    string // of a variable, or what stands there, such as int
	pattern string // of a regular expression
	as      string // the variable that takes the value
}

// shapes are the placeholders that stand for a value of some form, with what
// that is inside a text.
var shapes = map[string]string{
	"any":    `(?s:.*)`,
	"int":    `-?[0-9]+`,
	"number": `-?[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?`,
	"text":   `(?s:.*)`,
	"bool":   `true|false`,
	"object": `(?s:\{.*\})`,
	"list":   `(?s:\[.*\])`,
	"iso":    isoPattern,
	"time":   "", // only as a whole value
	"empty":  ``,
}

const isoPattern = `[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}[-+][0-9]{2}:[0-9]{2}`

var (
	placeholder = regexp.MustCompile(`^\{\{(?:/(.*?)/|((?:ascending |descending )[A-Za-z0-9_]+|[a-z][a-z0-9_]*))(?: as ([a-z][a-z0-9_]*))?\}\}`)
	multiple    = regexp.MustCompile(`(?s)\{\{(list|repeat) ([0-9]+) (.*?) end\}\}`)
)

// multiply writes out {{list N TEXT end}}, N times the text with commas between,
// and {{repeat N TEXT end}}, the same without. A # is the number of the copy,
// from 0.
func multiply(text string) (string, error) {
	var failure error
	out := multiple.ReplaceAllStringFunc(text, func(found string) string {
		m := multiple.FindStringSubmatch(found)
		n, err := strconv.Atoi(m[2])
		if err != nil || n > 100_000 {
			failure = fmt.Errorf("%s copies are too many", m[2])
			return ""
		}
		return copies(n, m[3], map[string]string{"list": ",", "repeat": ""}[m[1]])
	})
	return out, failure
}

func copies(n int, text, between string) string {
	parts := make([]string, n)
	for i := range parts {
		parts[i] = strings.ReplaceAll(text, "#", strconv.Itoa(i))
	}
	return strings.Join(parts, between)
}

// parseTemplate reads a text in which {{ begins a placeholder.
func parseTemplate(text string) (template, error) {
	var t template
	for text != "" {
		before, _, found := strings.Cut(text, "{{")
		if before != "" {
			t = append(t, part{literal: before})
		}
		if !found {
			break
		}
		p, rest, err := cutPlaceholder(text[len(before):])
		if err != nil {
			return nil, err
		}
		t, text = append(t, p), rest
	}
	return t, nil
}

// cutPlaceholder takes a placeholder off the front of a text.
func cutPlaceholder(text string) (part, string, error) {
	m := placeholder.FindStringSubmatch(text)
	if m == nil {
		return part{}, "", fmt.Errorf("no placeholder: %.40s", text)
	}
	p := part{name: m[2], pattern: m[1], as: m[3]}
	if p.name == "" {
		if _, err := regexp.Compile(p.pattern); err != nil {
			return part{}, "", err
		}
	}
	if p.as != "" && p.isVariable() {
		return part{}, "", fmt.Errorf("%s is a variable already: only a form can be kept as another", p.name)
	}
	if _, taken := shapes[p.as]; taken {
		return part{}, "", fmt.Errorf("%s is the name of a form, no variable can have it", p.as)
	}
	return p, text[len(m[0]):], nil
}

func (p part) isLiteral() bool { return p.name == "" && p.pattern == "" }

func (p part) isVariable() bool {
	first, _, _ := strings.Cut(p.name, " ")
	_, known := shapes[p.name]
	return p.name != "" && !known && first != "ascending" && first != "descending"
}

// reads and sets name the variables that a template needs and gives.
func (t template) reads() []string {
	var out []string
	for _, p := range t {
		if p.isVariable() {
			out = append(out, p.name)
		}
	}
	return out
}

func (t template) sets() []string {
	var out []string
	for _, p := range t {
		if p.as != "" {
			out = append(out, p.as)
		}
	}
	return out
}

// onlyVariables refuses placeholders that have no one value, as a request
// cannot have them.
func (t template) onlyVariables() error {
	for _, p := range t {
		if !p.isLiteral() && !p.isVariable() {
			return fmt.Errorf("{{%s}} has no value that could be sent", p.name+p.pattern)
		}
	}
	return nil
}

// text puts the variables in.
func (t template) text(vars variables) string {
	var b strings.Builder
	for _, p := range t {
		if p.isVariable() {
			b.WriteString(vars.text(p.name))
		} else {
			b.WriteString(p.literal)
		}
	}
	return b.String()
}

// shown is a template as a report shows it: variables by their values.
func (t template) shown(vars variables) string {
	var b strings.Builder
	for _, p := range t {
		switch {
		case p.isLiteral(), p.isVariable():
			b.WriteString(template{p}.text(vars))
		default:
			b.WriteString("{{" + p.described() + "}}")
		}
	}
	return b.String()
}

func (p part) described() string {
	if p.pattern != "" {
		return "/" + p.pattern + "/"
	}
	return p.name
}

// match compares a text with the template and keeps what it asks to keep.
func (t template) match(vars variables, got string) bool {
	var b strings.Builder
	var kept []string
	for _, p := range t {
		b.WriteString(p.expression(vars))
		if p.as != "" {
			kept = append(kept, p.as)
		}
	}
	m := regexp.MustCompile(`^(?:` + b.String() + `)$`).FindStringSubmatch(got)
	if m == nil {
		return false
	}
	for i, name := range kept {
		vars[name] = node{kind: kindText, text: m[i+1]}
	}
	return true
}

// expression is the part as a regular expression, in a group when it is kept.
func (p part) expression(vars variables) string {
	switch {
	case p.isLiteral():
		return regexp.QuoteMeta(p.literal)
	case p.isVariable():
		return regexp.QuoteMeta(vars.text(p.name))
	}
	inner := p.pattern
	if inner == "" {
		inner = shapes[p.name]
	}
	if p.as != "" {
		return "(" + ungrouped(inner) + ")"
	}
	return "(?:" + inner + ")"
}

var group = regexp.MustCompile(`(^|[^\\])\(([^?]|$)`)

// ungrouped keeps the groups of an expression out of the numbering.
func ungrouped(expression string) string {
	return group.ReplaceAllString(expression, "$1(?:$2")
}

// variables are the values that placeholders name.
type variables map[string]node

func (v variables) text(name string) string {
	n := v[name]
	if n.kind == kindList || n.kind == kindObject {
		return n.String()
	}
	return n.text
}
