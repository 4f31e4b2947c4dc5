package runner

import (
	"net/url"
	"slices"
	"strings"
)

// secretWords mark the variables whose values no report shows.
var secretWords = []string{"token", "secret", "webhook", "code"}

// shortest is the length below which a value is no secret: to hide it would
// hide half of the report.
const shortest = 6

// redacted puts the names of secret variables in the place of their values,
// the longest first, for one may contain another.
func (v variables) redacted(text string) string {
	type secret struct{ name, value string }
	var all []secret
	for name, n := range v {
		if value := n.text; isSecret(name) && len(value) >= shortest {
			all = append(all, secret{name, value}, secret{name, url.QueryEscape(value)})
		}
	}
	slices.SortFunc(all, func(a, b secret) int { return len(b.value) - len(a.value) })
	for _, s := range all {
		text = strings.ReplaceAll(text, s.value, "<"+s.name+">")
	}
	return text
}

func isSecret(name string) bool {
	return slices.ContainsFunc(secretWords, func(word string) bool { return strings.Contains(name, word) })
}
