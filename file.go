package onevent

import "time"

// FileSet is what one archive brought for a version of a static application. Its
// files take many transactions to write, and nobody sees them meanwhile; one more
// makes them the version's, whole and at once.
//
// Unique while it stands: application, version.
type FileSet struct {
	ID          FileSetID
	Application ApplicationID
	Version     int64  // ordinal
	State       string // FilesWritten, FilesStand or FilesEnded
	Files       int64  // how many
	Bytes       int64  // of their content
	Digest      []byte // SHA-256 of their paths and contents: the same for the same files
	Installer   bool   // one of them is the page of an installer
	Time        time.Time
}

// States of a FileSet; its Time is when the state began.
const (
	FilesWritten = "written" // being written, or left half by a server that was killed
	FilesStand   = "stand"   // the version's
	FilesEnded   = "ended"   // replaced, removed, or never finished: it is removed bit by bit
)

// Stands says whether the files are the version's.
func (s *FileSet) Stands() bool { return s.State == FilesStand }

// File is one file of a set. Its content lies in pieces beside it.
type File struct {
	Set    FileSetID
	Path   string // from the root, with slashes between; unique within the set
	Bytes  int64
	Digest []byte // SHA-256 of the content
}

// FilePieceBytes bounds a piece of a file. All but the last one of a file have
// exactly as many bytes, so that a place in it names its piece; an empty file has
// none.
const FilePieceBytes = 256 << 10

// FileReader reads the files of static applications.
type FileReader interface {
	// Files reads those of a set in the order of their paths, byte by byte; none of
	// a set that is not there.
	Files(set FileSetID) ([]File, error)
	// File reads one; ErrNotFound.
	File(set FileSetID, path string) (File, error)
	// FilePiece reads a piece of a file, from 0 on; ErrNotFound.
	FilePiece(set FileSetID, path string, n int64) ([]byte, error)
}

// FileWriter writes the files of static applications.
type FileWriter interface {
	// PutFile inserts or replaces; CodeInvalid without its set.
	PutFile(File) error
	// PutFilePiece inserts or replaces a piece; CodeInvalid without its set,
	// CodeTooLarge above FilePieceBytes.
	PutFilePiece(set FileSetID, path string, n int64, content []byte) error
	// RemoveFiles removes up to limit pieces and files of a set, files last, and says
	// how many; fewer than limit: nothing is left of them.
	RemoveFiles(set FileSetID, limit int) (int, error)
}
