package static

import (
	"context"
	"crypto/sha256"

	"github.com/onevent/onevent"
)

// filesAtOnce bounds the files of a step, whose content is bounded in bytes: others
// wait for the writer meanwhile.
const filesAtOnce = 64

// step is what one transaction writes.
type step struct {
	files  []onevent.File
	pieces []piece
	bytes  int
}

type piece struct {
	path    string
	n       int64
	content []byte
}

// write stores files under a set that nobody sees yet, in short transactions.
func (k *Keeper) write(ctx context.Context, set *onevent.FileSet, files []unpacked) error {
	err := k.Store.Update(ctx, func(tx onevent.Tx) error {
		id, err := tx.NextID("file_set")
		if err != nil {
			return err
		}
		set.ID, set.State, set.Time = onevent.FileSetID(id), onevent.FilesWritten, k.Clock.Now()
		return k.Directory.PutFileSet(tx, *set)
	})
	for _, s := range steps(files) {
		if err != nil {
			return err
		}
		err = k.Store.Update(ctx, func(tx onevent.Tx) error { return s.write(tx, set.ID) })
	}
	return err
}

// steps divides files so that no step has more than a piece's bytes.
func steps(files []unpacked) []step {
	var all []step
	var now step
	add := func(bytes int) {
		if now.bytes+bytes > onevent.FilePieceBytes || len(now.files) == filesAtOnce {
			all, now = append(all, now), step{}
		}
		now.bytes += bytes
	}
	for _, f := range files {
		digest := sha256.Sum256(f.content)
		add(0)
		now.files = append(now.files, onevent.File{Path: f.path, Bytes: int64(len(f.content)), Digest: digest[:]})
		for n, rest := int64(0), f.content; len(rest) > 0; n++ {
			content := rest[:min(len(rest), onevent.FilePieceBytes)]
			add(len(content))
			now.pieces = append(now.pieces, piece{f.path, n, content})
			rest = rest[len(content):]
		}
	}
	return append(all, now)
}

func (s step) write(tx onevent.Tx, set onevent.FileSetID) error {
	for _, f := range s.files {
		f.Set = set
		if err := tx.PutFile(f); err != nil {
			return err
		}
	}
	for _, p := range s.pieces {
		if err := tx.PutFilePiece(set, p.path, p.n, p.content); err != nil {
			return err
		}
	}
	return nil
}

// publish makes a written set the version's, in the place of the one before.
func (k *Keeper) publish(ctx context.Context, set *onevent.FileSet) error {
	stands := *set
	stands.State = onevent.FilesStand
	err := k.Store.Update(ctx, func(tx onevent.Tx) error {
		if err := isWritten(tx, set.ID); err != nil {
			return err
		}
		if err := k.end(tx, set.Application, set.Version); err != nil {
			return err
		}
		stands.Time = k.Clock.Now()
		return k.Directory.PutFileSet(tx, stands)
	})
	if err == nil {
		*set = stands
	}
	return err
}

// isWritten refuses a set that took so long to write that it was given up.
func isWritten(tx onevent.Tx, id onevent.FileSetID) error {
	err := onevent.Errorf(onevent.CodeUnavailable, "the files took too long to be stored: upload them again")
	written := false
	failed := tx.FileSets().Each(func(s onevent.FileSet) error {
		written = written || s.ID == id && s.State == onevent.FilesWritten
		return nil
	})
	if failed != nil {
		return failed
	}
	if !written {
		return err
	}
	return nil
}
