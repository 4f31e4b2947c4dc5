package calendar

import (
	"cmp"
	"slices"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/rest"
	"github.com/onevent/onevent/wire"
)

// The bounds of one answer, which has no pages.
const (
	// maxAnswer is in bytes, as the rows are printed.
	maxAnswer = 16 << 20
	// maxInstances counts those of all series, and each series as one more.
	maxInstances = 10_000
)

// rows are the entries and instances of an answer.
type rows struct {
	methods  *methods
	call     *rest.Call
	when     window
	argument string // the parameter that bounds when
	extra    func(*shower) wire.Field
	sections map[int64]*section
	shown    []row
	looked   int    // instances and series
	bytes    int    // as they are printed
	buffer   []byte // for the newest, printed
}

type row struct {
	from, id int64
	value    wire.Value
}

func (m *methods) newRows(c *rest.Call, when window, argument string) *rows {
	return &rows{methods: m, call: c, when: when, argument: argument}
}

// read reads on as long as there are rows. It may run again.
func (l *rows) read(r onevent.Reader, query onevent.Query) error {
	l.sections, l.shown, l.looked, l.bytes = map[int64]*section{}, nil, 0, 0
	for more := true; more; {
		page, err := r.Query(query)
		if err != nil {
			return err
		}
		for _, record := range page.Records {
			if err := l.add(r, record); err != nil {
				return err
			}
		}
		query.Offset += len(page.Records)
		more = page.More
	}
	return nil
}

func (l *rows) add(r onevent.Reader, record onevent.Record) error {
	e, err := entryOf(record)
	if err != nil {
		return err
	}
	section, err := l.section(r, e.Section)
	if err != nil {
		return err
	}
	s := &shower{methods: l.methods, call: l.call, id: record.ID, entry: e, series: e, section: section}
	if e.Rule != nil {
		return l.addSeries(s)
	}
	return l.show(s)
}

func (l *rows) section(r onevent.Reader, id int64) (s *section, err error) {
	if s = l.sections[id]; s == nil {
		s, err = l.methods.sectionOrDefault(r, l.call, id)
		l.sections[id] = s
	}
	return s, err
}

func (l *rows) addSeries(s *shower) error {
	if err := l.look(); err != nil {
		return err
	}
	for start := range s.series.starts(l.when) {
		if err := l.look(); err != nil {
			return err
		}
		s.entry = s.series.at(start)
		if !s.entry.touches(l.when) || s.series.excludes(s.series.dayOf(start)) {
			continue
		}
		if err := l.show(s); err != nil {
			return err
		}
	}
	return nil
}

func (l *rows) look() error {
	if l.looked++; l.looked > maxInstances {
		return errTooMany(l.argument)
	}
	return nil
}

func (l *rows) show(s *shower) error {
	value := s.shown(true)
	if l.extra != nil {
		f := l.extra(s)
		value = value.With(f.Key, f.Value)
	}
	l.buffer = value.AppendJSON(l.buffer[:0])
	if l.bytes += len(l.buffer); l.bytes > maxAnswer {
		return errTooLong(l.argument)
	}
	l.shown = append(l.shown, row{s.entry.From, s.id, value})
	return nil
}

// values are the rows by their begin; those that begin together by their ids.
func (l *rows) values() []wire.Value {
	slices.SortFunc(l.shown, func(a, b row) int { return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.id, b.id)) })
	out := make([]wire.Value, len(l.shown))
	for i, r := range l.shown {
		out[i] = r.value
	}
	return out
}
