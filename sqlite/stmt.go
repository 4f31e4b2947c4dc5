package sqlite

import (
	"encoding/json"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/onevent/onevent"
	"zombiezen.com/go/sqlite"
)

// stmt is a prepared statement whose parameters are bound, and whose columns
// are read, one after the other. The first error sticks and comes out at the
// end.
type stmt struct {
	s     *sqlite.Stmt
	param int
	col   int
	err   error
}

func prepare(c *sqlite.Conn, query string) stmt {
	s, err := c.Prepare(query)
	return stmt{s: s, err: err}
}

func (s *stmt) int(v int64) {
	s.param++
	if s.err == nil {
		s.s.BindInt64(s.param, v)
	}
}

func (s *stmt) bool(v bool) {
	s.param++
	if s.err == nil {
		s.s.BindBool(s.param, v)
	}
}

func (s *stmt) text(v string) {
	s.param++
	if s.err == nil {
		s.s.BindText(s.param, v)
	}
}

func (s *stmt) bytes(v []byte) {
	s.param++
	if s.err == nil {
		s.s.BindBytes(s.param, v)
	}
}

func (s *stmt) float(v float64) {
	s.param++
	if s.err == nil {
		s.s.BindFloat(s.param, v)
	}
}

func (s *stmt) null() {
	s.param++
	if s.err == nil {
		s.s.BindNull(s.param)
	}
}

// all binds the arguments of an expression.
func (s *stmt) all(args []any) {
	for _, v := range args {
		switch v := v.(type) {
		case int64:
			s.int(v)
		case float64:
			s.float(v)
		case string:
			s.text(v)
		default:
			s.null()
		}
	}
}

func (s *stmt) time(v time.Time) { s.int(onevent.Milliseconds(v)) }

// list binds strings as a JSON list. JSON can't hold text that is not UTF-8,
// and must not change it.
func (s *stmt) list(v []string) {
	for _, text := range v {
		if !utf8.ValidString(text) {
			s.refuse()
		}
	}
	s.json(v)
}

func (s *stmt) json(v any) {
	b, err := json.Marshal(v)
	if err != nil && s.err == nil {
		s.err = err
	}
	s.text(string(b))
}

func (s *stmt) refuse() {
	if s.err == nil {
		s.err = onevent.Errorf(onevent.CodeInvalid, "text must be valid UTF-8")
	}
}

// run steps once, for statements whose rows nobody reads. One that returns a
// row would else stay open, and no savepoint could begin.
func (s *stmt) run() error {
	if s.err != nil {
		return s.err
	}
	row, err := s.s.Step()
	if row {
		return s.s.Reset()
	}
	return err
}

// next steps to the next row. After the last one it answers false, and so it
// does when an error came; err keeps it.
func (s *stmt) next() bool {
	s.col = 0
	if s.err != nil {
		s.reset()
		return false
	}
	row, err := s.s.Step()
	s.err = err
	return row
}

// reset ends the statement before its last row, so that it holds no snapshot.
func (s *stmt) reset() {
	if s.s == nil {
		return
	}
	if err := s.s.Reset(); s.err == nil {
		s.err = err
	}
}

// drop ends the statement, which is not kept for the next use. What that fails
// with is the error of the last step, which came out there.
func (s *stmt) drop() {
	if s.s != nil {
		s.s.Finalize()
	}
}

// one reads a single row with f; ErrNotFound when there is none.
func (s *stmt) one(f func()) error {
	if !s.next() {
		if s.err != nil {
			return s.err
		}
		return onevent.ErrNotFound
	}
	f()
	s.reset()
	return s.err
}

func (s *stmt) readInt() int64 {
	v := s.s.ColumnInt64(s.col)
	s.col++
	return v
}

func (s *stmt) readBool() bool { return s.readInt() != 0 }

func (s *stmt) readFloat() float64 {
	v := s.s.ColumnFloat(s.col)
	s.col++
	return v
}

func (s *stmt) readText() string {
	v := s.s.ColumnText(s.col)
	s.col++
	return v
}

// readInto reads text into a buffer that may be used again, and returns it.
func (s *stmt) readInto(b []byte) []byte {
	n := s.s.ColumnLen(s.col)
	b = slices.Grow(b[:0], n)[:n]
	s.s.ColumnBytes(s.col, b)
	s.col++
	return b
}

// readBytes gives nil for an empty value.
func (s *stmt) readBytes() []byte {
	var v []byte
	if n := s.s.ColumnLen(s.col); n > 0 {
		v = make([]byte, n)
		s.s.ColumnBytes(s.col, v)
	}
	s.col++
	return v
}

func (s *stmt) readTime() time.Time { return onevent.FromMilliseconds(s.readInt()) }

// readList gives nil for an empty list.
func (s *stmt) readList() []string {
	var v []string
	s.readJSON(&v)
	if len(v) == 0 {
		return nil
	}
	return v
}

func (s *stmt) readJSON(v any) {
	text := s.readBytes()
	if len(text) == 0 || s.err != nil {
		return
	}
	if err := json.Unmarshal(text, v); err != nil {
		s.err = onevent.Errorf(onevent.CodeDamaged, "the store is damaged: a column does not hold JSON: %w", err)
	}
}
