package directory

import "slices"

// texts keeps one copy of texts that many rows have: event codes, scopes,
// languages, time zones. There are few of each, and millions of rows.
type texts map[string]string

// share returns the copy that is kept of a text.
func (t texts) share(s string) string {
	if kept, ok := t[s]; ok {
		return kept
	}
	t[s] = s
	return s
}

// shareAll leaves the list as it is, since others may read it.
func (t texts) shareAll(list []string) []string {
	list = slices.Clone(list)
	for i, s := range list {
		list[i] = t.share(s)
	}
	return list
}
