// Package static keeps the files of static applications, which come as an archive,
// and serves them on the portals that have the application.
// docs/protocol/app-lifecycle.md section 1.
package static

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"sync"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/directory"
)

// Keeper keeps the files of versions. All fields must be set.
type Keeper struct {
	Store     onevent.Store
	Directory *directory.Directory
	Clock     onevent.Clock

	// uploading is held by one upload at a time: what it unpacks is in memory.
	uploading sync.Mutex
}

// Replace makes the files of a zip archive those of a version, whole and at once;
// nothing is changed when it fails. CodeInvalid: the archive can't be read, or has
// what it may not have; CodeTooLarge: more than it may; CodeConflict: the application
// is not static.
func (k *Keeper) Replace(ctx context.Context, app *onevent.Application, version *onevent.Version, archive []byte) (*onevent.FileSet, error) {
	if !app.Static {
		return nil, onevent.Errorf(onevent.CodeConflict, "the application is not static: its pages lie on a server of its own")
	}
	k.uploading.Lock()
	defer k.uploading.Unlock()
	files, err := unpack(archive)
	if err != nil {
		return nil, err
	}
	set := setOf(files)
	if now := k.Directory.FileSet(app.ID, version.Ordinal); now != nil && string(now.Digest) == string(set.Digest) {
		return now, nil
	}
	if err := k.forgetAll(ctx); err != nil {
		return nil, err
	}
	set.Application, set.Version = app.ID, version.Ordinal
	if err := k.write(ctx, set, files); err != nil {
		return nil, err
	}
	return set, k.publish(ctx, set)
}

func setOf(files []unpacked) *onevent.FileSet {
	set := &onevent.FileSet{Files: int64(len(files))}
	whole := sha256.New()
	for _, f := range files {
		digest := sha256.Sum256(f.content)
		whole.Write(binary.BigEndian.AppendUint64(nil, uint64(len(f.path))))
		whole.Write([]byte(f.path))
		whole.Write(digest[:])
		set.Bytes += int64(len(f.content))
		set.Installer = set.Installer || f.path == installerPage
	}
	set.Digest = whole.Sum(nil)
	return set
}

// Remove takes the files from a version; one without files stays so.
func (k *Keeper) Remove(ctx context.Context, app onevent.ApplicationID, version int64) error {
	k.uploading.Lock()
	defer k.uploading.Unlock()
	return k.Store.Settle(ctx, func(tx onevent.Tx) error { return k.end(tx, app, version) })
}

// end ends the set that stands, if there is one.
func (k *Keeper) end(tx onevent.Tx, app onevent.ApplicationID, version int64) error {
	now := k.Directory.FileSet(app, version)
	if now == nil {
		return nil
	}
	ended := *now
	ended.State, ended.Time = onevent.FilesEnded, k.Clock.Now()
	return k.Directory.PutFileSet(tx, ended)
}

// List reads the files of a version, which is none where set is nil.
func (k *Keeper) List(ctx context.Context, app onevent.ApplicationID, version int64) (set *onevent.FileSet, files []onevent.File, err error) {
	set = k.Directory.FileSet(app, version)
	if set == nil {
		return nil, nil, nil
	}
	err = k.Store.View(ctx, func(r onevent.Reader) error {
		files, err = r.Files(set.ID)
		return err
	})
	return set, files, err
}
