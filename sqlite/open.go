package sqlite

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/onevent/onevent"
	"zombiezen.com/go/sqlite"
)

// Open opens the store, or makes it when there is none, and brings its tables
// up to date. It returns CodeConflict when another process has it open,
// CodeInvalid for a file that is no store or that a newer version of this
// program wrote, and ErrDamaged; such a file is left as it is.
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
	if err := prepareFile(config.Path); err != nil {
		return nil, errors.Join(err, l.discard())
	}
	d, err := open(config, l)
	if err != nil {
		return nil, errors.Join(translate(err), l.release())
	}
	return d, nil
}

func open(config Config, l *lock) (*DB, error) {
	d := &DB{config: config, lock: l, damaged: make(chan error, 1)}
	conn, err := openConn(config.Path, sqlite.OpenReadWrite)
	if err != nil {
		return nil, err
	}
	conn.SetBusyTimeout(busyTimeout)
	if err := upgrade(conn, &config); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	if d.writer, err = d.newWriter(conn); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	if d.readers, err = openPool(config.Path, config.Clock); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	if d.backer, err = d.newBacker(); err != nil {
		return nil, errors.Join(err, d.readers.close(), conn.Close())
	}
	if d.indexer, err = d.newIndexer(); err != nil {
		return nil, errors.Join(err, d.backer.close(), d.readers.close(), conn.Close())
	}
	go d.writer.run()
	return d, nil
}

// busyTimeout is how long the writer waits for another program, a backup tool
// say, that has the file locked.
const busyTimeout = 5 * time.Second

// settings of the connection that writes. FULL syncs the log before each
// commit is answered; savepoints and sorts stay in memory.
func (c *Config) settings() string {
	return fmt.Sprintf(`
		PRAGMA journal_mode = WAL;
		PRAGMA synchronous = %s;
		PRAGMA temp_store = MEMORY;
		PRAGMA trusted_schema = OFF;
		PRAGMA cache_size = -16384;
		PRAGMA journal_size_limit = 67108864;
		PRAGMA wal_autocheckpoint = 0`,
		c.synchronous())
}

func (c *Config) synchronous() string {
	if c.unsynced {
		return "OFF"
	}
	return "FULL"
}

// upgrade takes the migrations that are missing, and writes the new version
// back at once, so that an older program finds it in the file.
func upgrade(conn *sqlite.Conn, config *Config) error {
	version, err := pragma(conn, "user_version")
	if err != nil {
		return err
	}
	if err := execScript(conn, config.settings()); err != nil {
		return err
	}
	if version < int64(len(migrations())) {
		if err := migrate(conn, migrations()); err != nil {
			return err
		}
		if err := execScript(conn, "PRAGMA wal_checkpoint(TRUNCATE)"); err != nil {
			return err
		}
	}
	return execScript(conn, "PRAGMA foreign_keys = ON")
}

func (d *DB) newWriter(conn *sqlite.Conn) (*writer, error) {
	s := &session{conn: conn}
	stats, err := s.Stats()
	if errors.Is(err, onevent.ErrNotFound) {
		err = damagedFile(d.config.Path, "its statistics are gone")
	}
	if err != nil {
		return nil, err
	}
	counters, err := loadCounters(s)
	if err != nil {
		return nil, err
	}
	w := &writer{
		conn:      conn,
		clock:     d.config.Clock,
		log:       d.config.Logger,
		counters:  counters,
		cancelled: cancelled{},
		stats:     stats,
		full:      d.belowReserve,
		noted:     d.note,
		served:    d.wasServed,
		ended:     make(chan struct{}),
	}
	w.arrived.L = &w.mu
	return w, nil
}

// wasServed is called by the writer after each group.
func (d *DB) wasServed(closures int) {
	d.keepLogShort(closures)
	d.indexer.keepUp(d.writer.counters.event.drawn, d.writer.counters.delivery.drawn)
}

// belowReserve refuses when the disk is too full for more than outcomes.
func (d *DB) belowReserve() error {
	if d.config.Reserve <= 0 {
		return nil
	}
	free, err := d.free()
	if err != nil {
		return err
	}
	if free < d.config.Reserve {
		return onevent.ErrStorageFull
	}
	return nil
}
