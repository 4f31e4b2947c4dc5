package runner

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// pattern is what a JSON value must be. It is written as JSON with these
// additions: placeholders, `...` for what else may be there (a list that begins
// with it has its items anywhere, in their order), `ordered` before an object
// whose keys must come in this order, `optional` and `absent` for keys, and
// `N of` in a list whose N items are alike.
type pattern struct {
	kind    kind     // of a literal, list or object; "" for a placeholder
	whole   part     // the placeholder
	text    template // of a text
	literal string   // of a number, bool or null

	items    []pattern
	keys     []template
	ordered  bool
	open     bool // there may be more keys, or items behind those written out
	anywhere bool // there may be more items before those, and between
	count    int  // of a list of alike items; -1: the items are written out
	optional bool
	absent   bool
}

// parsePattern reads the expected body of an answer.
func parsePattern(text string) (*pattern, error) {
	p := &patternParser{all: text, rest: text}
	out := p.value()
	p.space()
	if p.err == nil && p.rest != "" {
		p.fail("something follows the value")
	}
	return &out, p.err
}

type patternParser struct {
	all, rest string
	err       error
}

func (p *patternParser) fail(why string) {
	if p.err == nil {
		p.err = fmt.Errorf("%s, at %.40q", why, p.rest)
		p.rest = ""
	}
}

func (p *patternParser) space() { p.rest = strings.TrimLeft(p.rest, " \t\n") }

// take reports whether the text goes on with a word or sign, and takes it.
func (p *patternParser) take(word string) bool {
	p.space()
	rest, ok := strings.CutPrefix(p.rest, word)
	if ok {
		p.rest = rest
	}
	return ok
}

func (p *patternParser) want(sign string) {
	if !p.take(sign) {
		p.fail("there should be " + sign)
	}
}

func (p *patternParser) value() pattern {
	p.space()
	switch {
	case strings.HasPrefix(p.rest, "{{"):
		return p.placeholder()
	case strings.HasPrefix(p.rest, `"`):
		return pattern{kind: kindText, text: p.quoted()}
	case p.take("{"):
		return p.object(false)
	case p.take("["):
		return p.list()
	case p.take("ordered"):
		p.want("{")
		return p.object(true)
	}
	return p.word()
}

func (p *patternParser) placeholder() pattern {
	whole, rest, err := cutPlaceholder(p.rest)
	if err != nil {
		p.fail(err.Error())
		return pattern{}
	}
	p.rest = rest
	return pattern{whole: whole}
}

// quoted reads a text in quotes: JSON's escapes, and placeholders.
func (p *patternParser) quoted() template {
	var t template
	p.want(`"`)
	for p.err == nil && !strings.HasPrefix(p.rest, `"`) {
		if strings.HasPrefix(p.rest, "{{") {
			t = append(t, p.placeholder().whole)
			continue
		}
		t = append(t, part{literal: p.literal()})
	}
	if p.err == nil {
		p.rest = p.rest[1:]
	}
	return t
}

// literal takes one character of a text, or all up to the next special one.
func (p *patternParser) literal() string {
	end := strings.IndexAny(p.rest, "\"\\\n")
	if open := strings.Index(p.rest, "{{"); open >= 0 && (end < 0 || open < end) {
		end = open
	}
	switch {
	case end < 0 || p.rest[end] == '\n':
		p.fail("a text without its end")
		return ""
	case end > 0:
		out := p.rest[:end]
		p.rest = p.rest[end:]
		return out
	}
	return p.escape()
}

func (p *patternParser) escape() string {
	n := 2
	if strings.HasPrefix(p.rest, `\u`) {
		n = 6
	}
	if len(p.rest) < n {
		p.fail("a broken escape")
		return ""
	}
	out, err := parseNode(`"` + p.rest[:n] + `"`)
	if err != nil || !utf8.ValidString(out.text) {
		p.fail("a broken escape")
		return ""
	}
	p.rest = p.rest[n:]
	return out.text
}

func (p *patternParser) object(ordered bool) pattern {
	out := pattern{kind: kindObject, ordered: ordered}
	for p.err == nil && !p.take("}") {
		if p.between(len(out.items) > 0 || out.open); p.take("...") {
			out.open = true
			continue
		}
		p.space()
		key := p.quoted()
		p.want(":")
		out.keys, out.items = append(out.keys, key), append(out.items, p.member())
	}
	return out
}

// member is what may stand behind a key alone.
func (p *patternParser) member() pattern {
	switch {
	case p.take("absent"):
		return pattern{absent: true}
	case p.take("optional"):
		v := p.value()
		v.optional = true
		return v
	}
	return p.value()
}

func (p *patternParser) between(further bool) {
	if further {
		p.want(",")
	}
}

func (p *patternParser) list() pattern {
	out := pattern{kind: kindList, count: -1}
	for p.err == nil && !p.take("]") {
		if p.between(len(out.items) > 0 || out.open); p.take("...") {
			out.open, out.anywhere = true, out.anywhere || len(out.items) == 0
			continue
		}
		if n, ok := p.counted(); ok {
			out.count = n
		}
		out.items = append(out.items, p.value())
	}
	if out.count >= 0 && (len(out.items) != 1 || out.anywhere) {
		p.fail("`N of` describes all items")
	}
	return out
}

// counted reads the `N of` before the form of all items.
func (p *patternParser) counted() (int, bool) {
	p.space()
	number, rest, ok := strings.Cut(p.rest, " of ")
	n, err := strconv.Atoi(number)
	if !ok || err != nil || n < 0 {
		return 0, false
	}
	p.rest = rest
	return n, true
}

func (p *patternParser) word() pattern {
	end := strings.IndexAny(p.rest, ",]} \t\n")
	if end < 0 {
		end = len(p.rest)
	}
	n, err := parseNode(p.rest[:end])
	if err != nil {
		p.fail("no value")
		return pattern{}
	}
	p.rest = p.rest[end:]
	return pattern{kind: n.kind, literal: n.text}
}

// templates are all templates in the order in which an answer is compared.
func (p *pattern) templates() []template {
	var out []template
	if p.kind == "" && !p.absent {
		out = append(out, template{p.whole})
	}
	if p.kind == kindText {
		out = append(out, p.text)
	}
	out = append(out, p.keys...)
	for i := range p.items {
		out = append(out, p.items[i].templates()...)
	}
	return out
}
