package sqlite

import "github.com/onevent/onevent"

// kind says in SQL and in bindings what one kind of row is.
type kind[T any] struct {
	// all selects every row in the order of identity.
	all string
	// put inserts or replaces by identity alone, so that another uniqueness
	// that the row breaks is an error and removes nothing.
	put string
	// remove deletes by identity.
	remove string

	scan     func(*stmt) T
	bind     func(*stmt, *T)
	identify func(*stmt, *T)
}

// table is one kind of row in one session.
type table[T any] struct {
	session *session
	kind    *kind[T]
}

func rows[T any](s *session, k *kind[T]) onevent.Table[T] { return table[T]{s, k} }

// Each reads every row before f sees the first, so that f may write to the
// same table.
func (t table[T]) Each(f func(T) error) error {
	all, err := t.read()
	if err != nil {
		return err
	}
	for i, rows := range all {
		for _, row := range rows {
			if err := f(row); err != nil {
				return err
			}
		}
		all[i] = nil
	}
	return nil
}

// Rows are read into pieces, from a few to many, so that those of a large table are
// not copied again and again, and go one piece after the other.
const firstRows, mostRows = 16, 4096

func (t table[T]) read() (all [][]T, err error) {
	s := t.session.prepare(t.kind.all)
	var rows []T
	for s.next() {
		if len(rows) == cap(rows) {
			all = append(all, rows)
			rows = make([]T, 0, min(max(2*cap(rows), firstRows), mostRows))
		}
		rows = append(rows, t.kind.scan(&s))
	}
	return append(all, rows), t.session.result(s.err)
}

func (t table[T]) Put(row T) error {
	s := t.session.prepare(t.kind.put)
	t.kind.bind(&s, &row)
	return t.session.result(s.run())
}

func (t table[T]) Delete(row T) error {
	s := t.session.prepare(t.kind.remove)
	t.kind.identify(&s, &row)
	return t.session.result(s.run())
}
