package sqlite

import (
	"encoding/binary"
	"time"

	"github.com/onevent/onevent"
)

// The detail of an attempt is one blob: six numbers of microseconds as variable
// lengths, then the answer's first bytes. Most are 0, so that it takes little more
// room than the delivery holds free for it.
func appendDetail(b []byte, a *onevent.Attempt) []byte {
	if a.Phases == (onevent.Phases{}) && a.Answer == "" {
		return b
	}
	for _, d := range []time.Duration{
		a.Phases.Queue, a.Phases.Lookup, a.Phases.Connect, a.Phases.TLS, a.Phases.Answer, a.Phases.Body,
	} {
		b = binary.AppendUvarint(b, uint64(max(d, 0).Microseconds()))
	}
	return append(b, a.Answer...)
}

func readDetail(s *stmt, a *onevent.Attempt) {
	b := s.readBytes()
	if len(b) == 0 || s.err != nil {
		return
	}
	for _, d := range []*time.Duration{
		&a.Phases.Queue, &a.Phases.Lookup, &a.Phases.Connect, &a.Phases.TLS, &a.Phases.Answer, &a.Phases.Body,
	} {
		v, n := binary.Uvarint(b)
		if n <= 0 {
			s.err = onevent.Errorf(onevent.CodeDamaged, "the store is damaged: an attempt's detail can't be read")
			return
		}
		*d, b = time.Duration(v)*time.Microsecond, b[n:]
	}
	a.Answer = string(b)
}
