package sqlite

import (
	"path/filepath"
	"testing"

	"github.com/onevent/onevent"
)

// Files that take more than the log may are no reason to forget any of it.
func TestFilesDoNotCountAsTheLog(t *testing.T) {
	t.Parallel()
	db, err := Open(t.Context(), Config{Path: filepath.Join(t.TempDir(), "store.db")}.Unsynced())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	const pieces = 40
	err = db.Update(t.Context(), func(tx onevent.Tx) error {
		set := onevent.FileSet{ID: 1, Application: 1, State: onevent.FilesStand, Bytes: pieces * onevent.FilePieceBytes}
		if err := tx.Applications().Put(onevent.Application{ID: 1, ClientID: "a"}); err != nil {
			return err
		}
		if err := tx.FileSets().Put(set); err != nil {
			return err
		}
		for n := range int64(pieces) {
			if err := tx.PutFilePiece(1, "a", n, make([]byte, onevent.FilePieceBytes)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for size, want := range map[int64]bool{1: true, 1 << 20: false} {
		err := db.View(t.Context(), func(r onevent.Reader) error {
			full, err := r.(*reader).uses(size)
			if full != want {
				t.Errorf("with %d bytes allowed, full is %v", size, full)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
}
