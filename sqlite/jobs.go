package sqlite

import "github.com/onevent/onevent"

var jobs = kind[onevent.Job]{
	all: `SELECT id, kind, search, state, rate, again, last, upto, done, skipped, created, ended FROM job ORDER BY id`,
	put: `INSERT INTO job (id, kind, search, state, rate, again, last, upto, done, skipped, created, ended)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, search = excluded.search, state = excluded.state,
			rate = excluded.rate, again = excluded.again, last = excluded.last, upto = excluded.upto,
			done = excluded.done, skipped = excluded.skipped, created = excluded.created, ended = excluded.ended`,
	remove: `DELETE FROM job WHERE id = ?`,

	scan: func(s *stmt) onevent.Job {
		j := onevent.Job{
			ID: onevent.JobID(s.readInt()), Kind: s.readText(), Search: s.readBytes(), State: s.readText(),
			Rate: s.readFloat(), Again: s.readBool(), Last: s.readInt(), Upto: s.readInt(), Done: s.readInt(),
		}
		s.readJSON(&j.Skipped)
		if len(j.Skipped) == 0 {
			j.Skipped = nil
		}
		j.Created, j.Ended = s.readTime(), s.readTime()
		return j
	},
	bind: func(s *stmt, j *onevent.Job) {
		s.int(int64(j.ID))
		s.text(j.Kind)
		s.text(string(j.Search))
		s.text(j.State)
		s.float(j.Rate)
		s.bool(j.Again)
		s.int(j.Last)
		s.int(j.Upto)
		s.int(j.Done)
		s.json(j.Skipped)
		s.time(j.Created)
		s.time(j.Ended)
	},
	identify: func(s *stmt, j *onevent.Job) { s.int(int64(j.ID)) },
}
