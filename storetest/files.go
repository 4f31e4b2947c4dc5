package storetest

import (
	"bytes"
	"reflect"
	"testing"

	"github.com/onevent/onevent"
)

var fileCases = []testCase{
	{"FilesAndPiecesComeBackAsTheyWerePut", files},
	{"FilesOfSetsAreApart", fileSetsApart},
	{"FilesNeedTheirSet", filesNeedTheirSet},
	{"APieceIsBounded", filePieceBytes},
	{"FilesAreRemovedInSteps", filesRemoved},
}

// fileSets stores sets without files.
func (f *fixture) fileSets(t *testing.T, ids ...onevent.FileSetID) {
	t.Helper()
	f.parents(t)
	f.update(t, func(tx onevent.Tx) error {
		for _, id := range ids {
			if err := tx.FileSets().Put(onevent.FileSet{ID: id, Application: 1, State: onevent.FilesWritten, Time: start}); err != nil {
				return err
			}
		}
		return nil
	})
}

func putFile(tx onevent.Tx, file onevent.File, pieces ...[]byte) error {
	if err := tx.PutFile(file); err != nil {
		return err
	}
	for n, piece := range pieces {
		if err := tx.PutFilePiece(file.Set, file.Path, int64(n), piece); err != nil {
			return err
		}
	}
	return nil
}

func files(t *testing.T, f *fixture) {
	f.fileSets(t, 7)
	whole := bytes.Repeat([]byte{0, 255, 'x', '\n'}, onevent.FilePieceBytes/4)
	first := onevent.File{Set: 7, Path: "B/" + oddText, Bytes: int64(len(whole) + 1), Digest: []byte{0, 255}}
	second := onevent.File{Set: 7, Path: "a", Bytes: 1, Digest: []byte("d")}
	third := onevent.File{Set: 7, Path: "a/b"}
	check := func(r onevent.FileReader) {
		t.Helper()
		all, err := r.Files(7)
		if want := []onevent.File{first, second, third}; err != nil || !reflect.DeepEqual(all, want) {
			t.Errorf("Files gave\n%+v, %v\nwant\n%+v", all, err, want)
		}
		one, err := r.File(7, first.Path)
		if err != nil || !reflect.DeepEqual(one, first) {
			t.Errorf("File gave %+v, %v", one, err)
		}
		for n, want := range [][]byte{whole, {1}} {
			if piece, err := r.FilePiece(7, first.Path, int64(n)); err != nil || !bytes.Equal(piece, want) {
				t.Errorf("piece %d has %d bytes, %v; want %d", n, len(piece), err, len(want))
			}
		}
		_, err = r.FilePiece(7, first.Path, 2)
		wantCode(t, err, onevent.CodeNotFound)
		_, err = r.FilePiece(7, third.Path, 0)
		wantCode(t, err, onevent.CodeNotFound)
		_, err = r.File(7, "A")
		wantCode(t, err, onevent.CodeNotFound)
	}
	f.update(t, func(tx onevent.Tx) error {
		for _, err := range []error{
			putFile(tx, third), putFile(tx, onevent.File{Set: 7, Path: "a", Bytes: 5}, []byte("older")),
			putFile(tx, second, []byte("2")), putFile(tx, first, whole, []byte{1}),
		} {
			if err != nil {
				return err
			}
		}
		check(tx)
		return nil
	})
	f.restart()
	f.view(t, func(r onevent.Reader) error {
		check(r)
		piece, err := r.FilePiece(7, "a", 0)
		equal(t, "the piece that was replaced", string(piece), "2")
		return err
	})
}

func fileSetsApart(t *testing.T, f *fixture) {
	f.fileSets(t, 7, 8)
	f.update(t, func(tx onevent.Tx) error {
		if err := putFile(tx, onevent.File{Set: 7, Path: "a", Bytes: 1}, []byte("7")); err != nil {
			return err
		}
		return putFile(tx, onevent.File{Set: 8, Path: "a", Bytes: 1}, []byte("8"))
	})
	f.update(t, func(tx onevent.Tx) error {
		_, err := tx.RemoveFiles(7, 100)
		return err
	})
	f.view(t, func(r onevent.Reader) error {
		_, err := r.File(7, "a")
		wantCode(t, err, onevent.CodeNotFound)
		piece, err := r.FilePiece(8, "a", 0)
		equal(t, "the other set's piece", string(piece), "8")
		return err
	})
}

func filesNeedTheirSet(t *testing.T, f *fixture) {
	f.fileSets(t, 7)
	f.update(t, func(tx onevent.Tx) error {
		wantCode(t, tx.PutFile(onevent.File{Set: 8, Path: "a"}), onevent.CodeInvalid)
		wantCode(t, tx.PutFilePiece(8, "a", 0, []byte("x")), onevent.CodeInvalid)
		if err := putFile(tx, onevent.File{Set: 7, Path: "a"}); err != nil {
			return err
		}
		wantCode(t, tx.FileSets().Delete(onevent.FileSet{ID: 7}), onevent.CodeInvalid)
		if _, err := tx.RemoveFiles(7, 100); err != nil {
			return err
		}
		return tx.FileSets().Delete(onevent.FileSet{ID: 7})
	})
}

func filePieceBytes(t *testing.T, f *fixture) {
	f.fileSets(t, 7)
	f.update(t, func(tx onevent.Tx) error {
		err := tx.PutFilePiece(7, "a", 0, make([]byte, onevent.FilePieceBytes+1))
		wantCode(t, err, onevent.CodeTooLarge)
		return nil
	})
}

func filesRemoved(t *testing.T, f *fixture) {
	f.fileSets(t, 7)
	f.update(t, func(tx onevent.Tx) error {
		if err := putFile(tx, onevent.File{Set: 7, Path: "a", Bytes: 3}, []byte("a"), []byte("b"), []byte("c")); err != nil {
			return err
		}
		return putFile(tx, onevent.File{Set: 7, Path: "empty"})
	})
	remove := func(limit int) (n int) {
		t.Helper()
		f.update(t, func(tx onevent.Tx) (err error) {
			n, err = tx.RemoveFiles(7, limit)
			return err
		})
		return n
	}
	equal(t, "the first step", remove(2), 2)
	f.view(t, func(r onevent.Reader) error {
		all, err := r.Files(7)
		equal(t, "files while pieces are left", len(all), 2)
		return err
	})
	equal(t, "the second step", remove(2), 2)
	equal(t, "the third step", remove(2), 1)
	equal(t, "a step with nothing to do", remove(2), 0)
	f.view(t, func(r onevent.Reader) error {
		all, err := r.Files(7)
		equal(t, "files that are left", len(all), 0)
		return err
	})
}
