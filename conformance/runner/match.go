package runner

import (
	"fmt"
	"maps"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// comparison collects how an answer differs from what was expected.
type comparison struct {
	vars   variables
	faults []string
}

// shownValue is how much of a value a fault shows.
const shownValue = 300

// fault hides secrets before it shortens, which could leave half of one.
func (c *comparison) fault(path, expected, came string) {
	show := func(text string) string { return shortened(c.vars.redacted(text), shownValue) }
	c.faults = append(c.faults, fmt.Sprintf("%s: expected %s, came %s", path, show(expected), show(came)))
}

// value compares a value and keeps what the pattern asks to keep.
func (c *comparison) value(path string, p *pattern, got node) {
	switch p.kind {
	case "":
		c.placeholder(path, p.whole, got)
	case kindObject:
		c.object(path, p, got)
	case kindList:
		c.list(path, p, got)
	case kindText:
		if got.kind != kindText || !p.text.match(c.vars, got.text) {
			c.fault(path, quoted(p.text.shown(c.vars)), got.String())
		}
	default:
		if got.kind != p.kind || got.text != p.literal {
			c.fault(path, p.literal, got.String())
		}
	}
}

func (c *comparison) placeholder(path string, p part, got node) {
	if p.isVariable() {
		if want := c.vars[p.name]; want.String() != got.String() {
			c.fault(path, want.String(), got.String())
		}
		return
	}
	before := len(c.faults)
	switch first, field, _ := strings.Cut(p.name, " "); {
	case p.pattern != "":
		c.expression(path, p, got)
	case first == "ascending" || first == "descending":
		c.sorted(path, first, field, got)
	case p.name == "time":
		c.time(path, got)
	case !isShape(p.name, got):
		c.fault(path, p.described(), got.String())
	}
	if p.as != "" && len(c.faults) == before {
		c.vars[p.as] = got
	}
}

func (c *comparison) expression(path string, p part, got node) {
	whole := regexp.MustCompile(`^(?:` + p.pattern + `)$`)
	if got.kind == kindList || got.kind == kindObject || !whole.MatchString(got.text) {
		c.fault(path, p.described(), got.String())
	}
}

func (c *comparison) object(path string, p *pattern, got node) {
	if got.kind != kindObject {
		c.fault(path, "an object", got.String())
		return
	}
	known, last := []string{}, -1
	for i := range p.items {
		key := p.keys[i].text(c.vars)
		known = append(known, key)
		at := slices.Index(got.keys, key)
		c.member(path+"."+key, &p.items[i], got, at)
		if p.ordered && at >= 0 && at < last {
			c.fault(path, quoted(key)+" after the key before it", strings.Join(got.keys, ", "))
		}
		last = max(last, at)
	}
	for i, key := range got.keys {
		if !p.open && !slices.Contains(known, key) {
			c.fault(path, "no key "+quoted(key), got.items[i].String())
		}
	}
}

func (c *comparison) member(path string, p *pattern, of node, at int) {
	switch {
	case at < 0 && (p.absent || p.optional):
	case at < 0:
		c.fault(path, "a value", "no such key")
	case p.absent:
		c.fault(path, "no such key", of.items[at].String())
	default:
		c.value(path, p, of.items[at])
	}
}

func (c *comparison) list(path string, p *pattern, got node) {
	want := len(p.items)
	if p.count >= 0 {
		want = p.count
	}
	if got.kind != kindList || len(got.items) < want || len(got.items) > want && !p.open {
		c.fault(path, fmt.Sprintf("a list of %d", want), fmt.Sprintf("%d: %s", len(got.items), got))
		return
	}
	if p.anywhere {
		c.contains(path, p, got)
		return
	}
	for i := range want {
		item := 0
		if p.count < 0 {
			item = i
		}
		c.value(path+"."+strconv.Itoa(i), &p.items[item], got.items[i])
	}
}

// contains wants the items in their order, among others.
func (c *comparison) contains(path string, p *pattern, got node) {
	at := 0
	for i := range p.items {
		found := slices.IndexFunc(got.items[at:], func(item node) bool {
			probe := &comparison{vars: maps.Clone(c.vars)}
			probe.value(path, &p.items[i], item)
			return len(probe.faults) == 0
		})
		if found < 0 {
			c.fault(path, fmt.Sprintf("item %d of those written out", i+1), got.String())
			return
		}
		at += found
		c.value(path, &p.items[i], got.items[at])
		at++
	}
}

// sorted wants a list of objects whose field goes up or down, by number.
func (c *comparison) sorted(path, direction, field string, got node) {
	var last *big.Rat
	for i, item := range got.items {
		v, _ := item.field(field)
		n, ok := new(big.Rat).SetString(v.text)
		if !ok {
			c.fault(path+"."+strconv.Itoa(i), "a number in "+field, item.String())
			return
		}
		if last != nil && (n.Cmp(last) > 0) != (direction == "ascending") {
			c.fault(path+"."+strconv.Itoa(i), field+" "+direction, v.text+" after "+last.RatString())
		}
		last = n
	}
	if got.kind != kindList {
		c.fault(path, "a list", got.String())
	}
}
