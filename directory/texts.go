package directory

import "slices"

// texts keeps one copy of texts that many rows have: event codes, scopes,
// languages, time zones, public URLs by which handlers were bound. There are few of
// each beside millions of rows.
type texts struct {
	ids map[string]textID
	all []string
}

// textID stands for a text; 0 for the empty one.
type textID uint32

func newTexts() texts { return texts{ids: map[string]textID{"": 0}, all: []string{""}} }

func (t *texts) id(s string) textID {
	id, ok := t.ids[s]
	if !ok {
		id = textID(len(t.all))
		t.ids[s] = id
		t.all = append(t.all, s)
	}
	return id
}

func (t *texts) of(id textID) string { return t.all[id] }

// share returns the copy that is kept of a text.
func (t *texts) share(s string) string { return t.of(t.id(s)) }

// shareAll leaves the list as it is, since others may read it.
func (t *texts) shareAll(list []string) []string {
	list = slices.Clone(list)
	for i, s := range list {
		list[i] = t.share(s)
	}
	return list
}
