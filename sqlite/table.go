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
	s := t.session.prepare(t.kind.all)
	var all []T
	for s.next() {
		all = append(all, t.kind.scan(&s))
	}
	if err := t.session.result(s.err); err != nil {
		return err
	}
	for _, row := range all {
		if err := f(row); err != nil {
			return err
		}
	}
	return nil
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
