package sqlite

import (
	"time"

	"github.com/onevent/onevent"
)

func (q *session) TokenFamily(portal onevent.PortalID, id int64) (onevent.TokenFamily, error) {
	s := q.prepare(`SELECT installation, user, generation, time FROM token_family WHERE portal = ? AND id = ?`)
	s.int(int64(portal))
	s.int(id)
	f := onevent.TokenFamily{Portal: portal, ID: id}
	err := s.one(func() {
		f.Installation = onevent.InstallationID(s.readInt())
		f.User = onevent.UserID(s.readInt())
		f.Generation = s.readInt()
		f.Time = s.readTime()
	})
	if err != nil {
		return onevent.TokenFamily{}, q.result(err)
	}
	return f, nil
}

func (t *tx) PutTokenFamily(f onevent.TokenFamily) error {
	s := t.prepare(`INSERT INTO token_family (portal, id, installation, user, generation, time)
		VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (portal, id) DO UPDATE SET installation = excluded.installation,
			user = excluded.user, generation = excluded.generation, time = excluded.time`)
	s.int(int64(f.Portal))
	s.int(f.ID)
	s.int(int64(f.Installation))
	s.int(int64(f.User))
	s.int(f.Generation)
	s.time(f.Time)
	return t.result(s.run())
}

func (t *tx) RemoveTokenFamilies(before time.Time, limit int) (int, error) {
	s := t.prepare(`DELETE FROM token_family WHERE (portal, id) IN (
		SELECT portal, id FROM token_family WHERE time < ? ORDER BY time LIMIT ?)`)
	s.time(before)
	s.int(int64(limit))
	if err := s.run(); err != nil {
		return 0, t.result(err)
	}
	return t.conn.Changes(), nil
}

func (q *session) Answer(portal onevent.PortalID, key string) (onevent.Answer, error) {
	s := q.prepare(`SELECT digest, body, time, expires FROM answer WHERE portal = ? AND key = ?`)
	s.int(int64(portal))
	s.text(key)
	a := onevent.Answer{Portal: portal, Key: key}
	err := s.one(func() {
		a.Digest = s.readBytes()
		a.Body = s.readBytes()
		a.Time = s.readTime()
		a.Expires = s.readTime()
	})
	if err != nil {
		return onevent.Answer{}, q.result(err)
	}
	return a, nil
}

// PutAnswer removes two expired answers for each that it keeps, so that they
// don't pile up.
func (t *tx) PutAnswer(a onevent.Answer) error {
	s := t.prepare(`INSERT INTO answer (portal, key, digest, body, time, expires) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (portal, key) DO UPDATE SET digest = excluded.digest, body = excluded.body,
			time = excluded.time, expires = excluded.expires
		WHERE answer.expires <= excluded.time`)
	s.int(int64(a.Portal))
	s.text(a.Key)
	s.bytes(a.Digest)
	s.bytes(a.Body)
	s.time(a.Time)
	s.time(a.Expires)
	changed, err := t.changed(&s)
	if err != nil {
		return err
	}
	if !changed {
		return onevent.ErrConflict
	}
	return t.removeExpired(&a)
}

func (t *tx) removeExpired(now *onevent.Answer) error {
	s := t.prepare(`DELETE FROM answer WHERE rowid IN (
		SELECT rowid FROM answer WHERE expires <= ? ORDER BY expires LIMIT 2)`)
	s.time(now.Time)
	return t.result(s.run())
}
