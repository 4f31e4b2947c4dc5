package sqlite

import "github.com/onevent/onevent"

var fileSets = kind[onevent.FileSet]{
	all: `SELECT id, application, version, state, files, bytes, digest, installer, time FROM file_set ORDER BY id`,
	put: `INSERT INTO file_set (id, application, version, state, files, bytes, digest, installer, time)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET application = excluded.application, version = excluded.version,
			state = excluded.state, files = excluded.files, bytes = excluded.bytes, digest = excluded.digest,
			installer = excluded.installer, time = excluded.time`,
	remove: `DELETE FROM file_set WHERE id = ?`,

	scan: func(s *stmt) onevent.FileSet {
		return onevent.FileSet{
			ID:          onevent.FileSetID(s.readInt()),
			Application: onevent.ApplicationID(s.readInt()),
			Version:     s.readInt(),
			State:       s.readText(),
			Files:       s.readInt(),
			Bytes:       s.readInt(),
			Digest:      s.readBytes(),
			Installer:   s.readBool(),
			Time:        s.readTime(),
		}
	},
	bind: func(s *stmt, f *onevent.FileSet) {
		s.int(int64(f.ID))
		s.int(int64(f.Application))
		s.int(f.Version)
		s.text(f.State)
		s.int(f.Files)
		s.int(f.Bytes)
		s.bytes(f.Digest)
		s.bool(f.Installer)
		s.time(f.Time)
	},
	identify: func(s *stmt, f *onevent.FileSet) { s.int(int64(f.ID)) },
}

func (q *session) Files(set onevent.FileSetID) ([]onevent.File, error) {
	s := q.prepare(`SELECT path, bytes, digest FROM file WHERE file_set = ? ORDER BY path`)
	s.int(int64(set))
	var all []onevent.File
	for s.next() {
		all = append(all, readFile(&s, set))
	}
	return all, q.result(s.err)
}

func (q *session) File(set onevent.FileSetID, path string) (f onevent.File, err error) {
	s := q.prepare(`SELECT path, bytes, digest FROM file WHERE file_set = ? AND path = ?`)
	s.int(int64(set))
	s.text(path)
	err = s.one(func() { f = readFile(&s, set) })
	return f, q.result(err)
}

func readFile(s *stmt, set onevent.FileSetID) onevent.File {
	return onevent.File{Set: set, Path: s.readText(), Bytes: s.readInt(), Digest: s.readBytes()}
}

func (q *session) FilePiece(set onevent.FileSetID, path string, n int64) (content []byte, err error) {
	s := q.prepare(`SELECT content FROM file_piece WHERE file_set = ? AND path = ? AND n = ?`)
	s.int(int64(set))
	s.text(path)
	s.int(n)
	err = s.one(func() { content = s.readBytes() })
	return content, q.result(err)
}

// fileBytes is about how much the files of all sets take.
func (q *session) fileBytes() (n int64, err error) {
	s := q.prepare(`SELECT ifnull(sum(bytes), 0) FROM file_set`)
	err = s.one(func() { n = s.readInt() })
	return n, q.result(err)
}

func (t *tx) PutFile(f onevent.File) error {
	s := t.prepare(`INSERT INTO file (file_set, path, bytes, digest) VALUES (?, ?, ?, ?)
		ON CONFLICT (file_set, path) DO UPDATE SET bytes = excluded.bytes, digest = excluded.digest`)
	s.int(int64(f.Set))
	s.text(f.Path)
	s.int(f.Bytes)
	s.bytes(f.Digest)
	return t.result(s.run())
}

func (t *tx) PutFilePiece(set onevent.FileSetID, path string, n int64, content []byte) error {
	if len(content) > onevent.FilePieceBytes {
		return onevent.Errorf(onevent.CodeTooLarge, "a piece of a file takes %d bytes, the limit is %d", len(content), onevent.FilePieceBytes)
	}
	s := t.prepare(`INSERT INTO file_piece (file_set, path, n, content) VALUES (?, ?, ?, ?)
		ON CONFLICT (file_set, path, n) DO UPDATE SET content = excluded.content`)
	s.int(int64(set))
	s.text(path)
	s.int(n)
	s.bytes(content)
	return t.result(s.run())
}

// RemoveFiles leaves the rows of files until their pieces are gone, so that what a
// kill left half removed can still be found by its set.
func (t *tx) RemoveFiles(set onevent.FileSetID, limit int) (int, error) {
	pieces, err := t.removeOf(set, limit, `DELETE FROM file_piece WHERE rowid IN (
		SELECT rowid FROM file_piece WHERE file_set = ? LIMIT ?)`)
	if err != nil || pieces == limit {
		return pieces, err
	}
	files, err := t.removeOf(set, limit-pieces, `DELETE FROM file WHERE (file_set, path) IN (
		SELECT file_set, path FROM file WHERE file_set = ? LIMIT ?)`)
	return pieces + files, err
}

func (t *tx) removeOf(set onevent.FileSetID, limit int, query string) (int, error) {
	s := t.prepare(query)
	s.int(int64(set))
	s.int(int64(limit))
	if err := s.run(); err != nil {
		return 0, t.result(err)
	}
	return t.conn.Changes(), nil
}
