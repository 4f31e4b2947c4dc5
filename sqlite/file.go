package sqlite

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/onevent/onevent"
	"zombiezen.com/go/sqlite"
)

// prepareFile leaves a file at path that is a store of ours, of a version that
// this program knows. One that is not is refused and left as it is.
func prepareFile(path string) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return makeFile(path)
	case err != nil:
		return onevent.Errorf(onevent.CodeUnavailable, "the store cannot be read: %w", err)
	case !info.Mode().IsRegular():
		return refuse(path, "it is not a file")
	}
	return inspect(path)
}

func refuse(path, format string, args ...any) error {
	return onevent.Errorf(onevent.CodeInvalid, "%s is not used as the store: %w", path, fmt.Errorf(format, args...))
}

// damagedFile is refuse for a file that was a store.
func damagedFile(path, format string, args ...any) error {
	return onevent.Errorf(onevent.CodeDamaged, "the store %s is damaged: %w", path, fmt.Errorf(format, args...))
}

// The layout of a database's first bytes: https://www.sqlite.org/fileformat.html
const (
	headerSize = 100
	magic      = "SQLite format 3\x00"
)

// header is what the first bytes of a database tell.
type header struct {
	pageSize    int64
	pages       int64
	version     int64
	application int64
}

func readHeader(path string) (header, error) {
	f, err := os.Open(path)
	if err != nil {
		return header{}, onevent.Errorf(onevent.CodeUnavailable, "the store cannot be read: %w", err)
	}
	defer f.Close()
	var b [headerSize]byte
	if _, err := io.ReadFull(f, b[:]); err != nil {
		return header{}, refuse(path, "it is too short to be one")
	}
	if string(b[:len(magic)]) != magic {
		return header{}, refuse(path, "it is no database")
	}
	h := header{
		pageSize:    int64(binary.BigEndian.Uint16(b[16:])),
		pages:       int64(binary.BigEndian.Uint32(b[28:])),
		version:     int64(binary.BigEndian.Uint32(b[60:])),
		application: int64(binary.BigEndian.Uint32(b[68:])),
	}
	if h.pageSize == 1 {
		h.pageSize = 65536
	}
	return h, nil
}

// inspect looks at the bytes first and then through the engine, which it lets
// neither write nor lock.
func inspect(path string) error {
	h, err := readHeader(path)
	if err != nil {
		return err
	}
	if h.application != applicationID {
		return refuse(path, "it is a database of another program")
	}
	if known := int64(len(migrations())); h.version > known {
		return tooNew(path, h.version)
	}
	if hasLog(path) {
		return inspectLog(path)
	}
	if err := wholeSize(path, h); err != nil {
		return err
	}
	return inspectTables(path, int(h.version))
}

// inspectLog asks for the version of a file whose newest pages are in its log;
// by itself it need not be whole. A connection that only reads writes nothing
// back; the index that it needs of the log goes again, if it made it.
func inspectLog(path string) error {
	index := path + "-shm"
	_, indexErr := os.Stat(index)
	version, err := versionWithLog(path)
	if err == nil && version <= int64(len(migrations())) {
		return nil
	}
	if err == nil {
		err = tooNew(path, version)
	}
	if errors.Is(indexErr, os.ErrNotExist) {
		return errors.Join(translate(err), removeIfThere(index))
	}
	return translate(err)
}

func versionWithLog(path string) (int64, error) {
	conn, err := openConn(path, sqlite.OpenReadOnly)
	if err != nil {
		return 0, err
	}
	version, err := pragma(conn, "user_version")
	return version, errors.Join(err, conn.Close())
}

func removeIfThere(name string) error {
	if err := os.Remove(name); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

func tooNew(path string, version int64) error {
	return refuse(path, "a newer version of this program wrote it (its tables are of version %d, this one knows %d)",
		version, len(migrations()))
}

func hasLog(path string) bool {
	info, err := os.Stat(path + "-wal")
	return err == nil && info.Size() > 0
}

func wholeSize(path string, h header) error {
	info, err := os.Stat(path)
	if err != nil {
		return onevent.Errorf(onevent.CodeUnavailable, "the store cannot be read: %w", err)
	}
	if want := h.pages * h.pageSize; info.Size() < want {
		return damagedFile(path, "it has %d bytes instead of %d", info.Size(), want)
	}
	return nil
}

// inspectTables compares the names in the schema with those of that version.
func inspectTables(path string, version int) error {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	// A path of Windows begins with its drive.
	absolute = "/" + strings.TrimPrefix(filepath.ToSlash(absolute), "/")
	location := url.URL{Scheme: "file", Path: absolute, RawQuery: "mode=ro&immutable=1"}
	there, err := tables(location.String(), 0)
	if err != nil {
		return damagedFile(path, "its tables cannot be read: %w", err)
	}
	wanted, err := tables(":memory:", version)
	if err != nil {
		return err
	}
	for name := range wanted {
		if !there[name] {
			return damagedFile(path, "it has no %s", name)
		}
	}
	return nil
}

// tables names all tables and indexes, after the first so many migrations.
func tables(location string, version int) (map[string]bool, error) {
	flags := sqlite.OpenReadOnly | sqlite.OpenURI
	if version > 0 {
		flags = sqlite.OpenReadWrite | sqlite.OpenMemory
	}
	conn, err := openConn(location, flags)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	if err := migrate(conn, migrations()[:version]); err != nil {
		return nil, err
	}
	s := prepare(conn, `SELECT name FROM sqlite_schema`)
	names := map[string]bool{}
	for s.next() {
		names[s.readText()] = true
	}
	return names, s.err
}

// makeFile makes the whole file under another name first, so that under its
// own it is never half made.
func makeFile(path string) error {
	if hasLog(path) {
		return refuse(path, "it is not there, but its log %s-wal is", path)
	}
	draft := path + "-new"
	if err := errors.Join(removeDraft(draft), fill(draft)); err != nil {
		return onevent.Errorf(onevent.CodeUnavailable, "the store cannot be made: %w", errors.Join(err, removeDraft(draft)))
	}
	if err := os.Rename(draft, path); err != nil {
		return onevent.Errorf(onevent.CodeUnavailable, "the store cannot be made: %w", err)
	}
	return syncFolder(filepath.Dir(path))
}

func removeDraft(draft string) error {
	for _, name := range []string{draft, draft + "-wal", draft + "-shm", draft + "-journal"} {
		if err := removeIfThere(name); err != nil {
			return err
		}
	}
	return nil
}

// fill makes the tables. The file is synced here and not by the engine, which
// needs no journal for a file that nobody uses yet.
func fill(draft string) error {
	f, err := os.OpenFile(draft, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	err = fillTables(draft)
	return errors.Join(err, f.Sync(), f.Close())
}

func fillTables(draft string) error {
	conn, err := openConn(draft, sqlite.OpenReadWrite)
	if err != nil {
		return err
	}
	err = migrate(conn, migrations())
	if err == nil {
		err = execScript(conn, "PRAGMA journal_mode = WAL")
	}
	return errors.Join(err, conn.Close())
}
