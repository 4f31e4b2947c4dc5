package sqlite

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/onevent/onevent"
	"zombiezen.com/go/sqlite"
)

// Open opens the store, or makes it when there is none, and brings its tables
// up to date. A second process is refused with CodeConflict.
func Open(ctx context.Context, config Config) (*DB, error) {
	if config.Clock == nil {
		config.Clock = onevent.SystemClock{}
	}
	if config.Logger == nil {
		config.Logger = slog.New(slog.DiscardHandler)
	}
	if ctx.Err() != nil {
		return nil, ended(ctx)
	}
	l, err := acquire(config.Path)
	if err != nil {
		return nil, err
	}
	d, err := open(config, l)
	if err != nil {
		return nil, errors.Join(err, l.release())
	}
	return d, nil
}

func open(config Config, l *lock) (*DB, error) {
	if _, err := os.Stat(config.Path); errors.Is(err, os.ErrNotExist) {
		if err := create(config.Path); err != nil {
			return nil, err
		}
	}
	d := &DB{config: config, lock: l, damaged: make(chan error, 1)}
	w, err := d.openWriter()
	if err != nil {
		return nil, err
	}
	if d.readers, err = openPool(config.Path); err != nil {
		return nil, errors.Join(err, w.conn.Close())
	}
	d.writer = w
	go w.run()
	return d, nil
}

// create makes the whole file under another name first, so that under its own
// it is never half made.
func create(path string) error {
	draft := path + "-new"
	if err := os.Remove(draft); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	f, err := os.OpenFile(draft, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	if err := fill(draft); err != nil {
		return err
	}
	if err := os.Rename(draft, path); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

func fill(path string) error {
	conn, err := sqlite.OpenConn(path, sqlite.OpenReadWrite)
	if err != nil {
		return err
	}
	err = migrate(conn, migrations())
	return errors.Join(err, conn.Close())
}

func syncFolder(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

func (d *DB) openWriter() (*writer, error) {
	conn, err := sqlite.OpenConn(d.config.Path, sqlite.OpenReadWrite|sqlite.OpenWAL)
	if err != nil {
		return nil, err
	}
	w, err := d.prepareWriter(conn)
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return w, nil
}

// settings of the connection that writes. FULL syncs the log before each
// commit is answered; savepoints and sorts stay in memory.
const settings = `
	PRAGMA synchronous = FULL;
	PRAGMA foreign_keys = ON;
	PRAGMA temp_store = MEMORY;
	PRAGMA trusted_schema = OFF;
	PRAGMA cache_size = -65536;
	PRAGMA journal_size_limit = 67108864;
	PRAGMA wal_autocheckpoint = 4000;
`

func (d *DB) prepareWriter(conn *sqlite.Conn) (*writer, error) {
	if err := execScript(conn, settings); err != nil {
		return nil, err
	}
	if err := migrate(conn, migrations()); err != nil {
		return nil, err
	}
	s := &session{conn: conn}
	stats, err := s.Stats()
	if err != nil {
		return nil, err
	}
	counters, err := loadCounters(s)
	if err != nil {
		return nil, err
	}
	w := &writer{
		conn:     conn,
		clock:    d.config.Clock,
		log:      d.config.Logger,
		counters: counters,
		stats:    stats,
		full:     func() error { return nil },
		damaged:  d.noteDamage,
		ended:    make(chan struct{}),
	}
	w.arrived.L = &w.mu
	return w, nil
}

// finish ends the writer's connection after its goroutine.
func (w *writer) finish() error {
	err := errors.Join(
		w.counters.trim(w.conn),
		execScript(w.conn, "PRAGMA wal_checkpoint(TRUNCATE)"))
	return errors.Join(err, w.conn.Close())
}
