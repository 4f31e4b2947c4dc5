package sqlite_test

import (
	"bytes"
	"path/filepath"
	"sync"
	"testing"
	"unsafe"

	"modernc.org/libc"
	lib "modernc.org/sqlite/lib"
)

// recorder writes down, in order, what the engine does to the files of one
// folder. It sits between the engine and its own file layer, as a layer that
// passes everything on.
type recorder struct {
	folder string
	mu     sync.Mutex
	log    []op
}

// op is one thing that was done, when it was complete.
type op struct {
	kind opKind
	file string // its name within the folder
	at   int64  // where a write begins; the size after a truncate
	data []byte
	ack  func(*survivor) // what was acknowledged: it must hold after a restart
}

type opKind int

const (
	opCreate opKind = iota
	opWrite
	opTruncate
	opSync
	opDelete
	opAck
)

func (r *recorder) add(o op) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.log = append(r.log, o)
}

// record begins to record a folder, until the test ends.
func record(t *testing.T, folder string) *recorder {
	layer.once.Do(installLayer)
	r := &recorder{folder: folder}
	layer.mu.Lock()
	layer.recorders[folder] = r
	layer.mu.Unlock()
	t.Cleanup(func() {
		layer.mu.Lock()
		delete(layer.recorders, folder)
		layer.mu.Unlock()
	})
	return r
}

// layer is the state of the recording layer, which the engine calls without a
// receiver.
var layer struct {
	once      sync.Once
	below     *lib.Tsqlite3_vfs // the engine's own layer
	mu        sync.Mutex
	recorders map[string]*recorder
	methods   map[uintptr]uintptr // the engine's table of file methods: ours
	files     map[uintptr]recordedFile
}

// recordedFile is an open file: its recorder, and the methods that do the work.
type recordedFile struct {
	to    *recorder
	name  string
	below *lib.Tsqlite3_io_methods
}

// installLayer registers a copy of the engine's own layer in which opening and
// deleting are replaced, as the default.
func installLayer() {
	layer.recorders = map[string]*recorder{}
	layer.methods = map[uintptr]uintptr{}
	layer.files = map[uintptr]recordedFile{}
	tls := libc.NewTLS()
	lib.Xsqlite3_initialize(tls)
	found := lib.Xsqlite3_vfs_find(tls, 0)
	layer.below = at[lib.Tsqlite3_vfs](found)
	name, err := libc.CString("recorder")
	if err != nil {
		panic(err)
	}
	ours := libc.Xmalloc(tls, libc.Tsize_t(unsafe.Sizeof(lib.Tsqlite3_vfs{})))
	vfs := at[lib.Tsqlite3_vfs](ours)
	*vfs = *layer.below
	vfs.FzName = name
	vfs.FpNext = 0
	vfs.FxOpen = pointer(recordOpen)
	vfs.FxDelete = pointer(recordDelete)
	lib.Xsqlite3_vfs_register(tls, ours, 1)
}

// pointer is a declared function as the engine calls it: a pointer to its code
// pointer.
func pointer[F any](f F) uintptr { return *(*uintptr)(unsafe.Pointer(&struct{ f F }{f})) }

// at is what lies at an address of the engine's own memory.
func at[T any](address uintptr) *T { return *(**T)(unsafe.Pointer(&address)) }

// function is the opposite of pointer.
func function[F any](p uintptr) F { return *(*F)(unsafe.Pointer(&struct{ uintptr }{p})) }

type (
	openFunc     = func(tls *libc.TLS, vfs, name, file uintptr, flags int32, out uintptr) int32
	deleteFunc   = func(tls *libc.TLS, vfs, name uintptr, syncDir int32) int32
	closeFunc    = func(tls *libc.TLS, file uintptr) int32
	writeFunc    = func(tls *libc.TLS, file, data uintptr, n int32, at int64) int32
	truncateFunc = func(tls *libc.TLS, file uintptr, size int64) int32
	syncFunc     = func(tls *libc.TLS, file uintptr, flags int32) int32
)

// recorderOf gives the recorder of a path's folder, and the name in it.
func recorderOf(path uintptr) (*recorder, string) {
	if path == 0 {
		return nil, ""
	}
	folder, name := filepath.Split(libc.GoString(path))
	layer.mu.Lock()
	defer layer.mu.Unlock()
	return layer.recorders[filepath.Clean(folder)], name
}

func recordOpen(tls *libc.TLS, vfs, path, file uintptr, flags int32, out uintptr) int32 {
	to, name := recorderOf(path)
	existed := to != nil && exists(tls, vfs, path)
	code := function[openFunc](layer.below.FxOpen)(tls, vfs, path, file, flags, out)
	if to == nil || code != lib.SQLITE_OK {
		return code
	}
	if !existed {
		to.add(op{kind: opCreate, file: name})
	}
	methods := &at[lib.Tsqlite3_file](file).FpMethods
	layer.mu.Lock()
	defer layer.mu.Unlock()
	layer.files[file] = recordedFile{to: to, name: name, below: at[lib.Tsqlite3_io_methods](*methods)}
	*methods = recordingMethods(tls, *methods)
	return code
}

func exists(tls *libc.TLS, vfs, path uintptr) bool {
	type accessFunc = func(tls *libc.TLS, vfs, path uintptr, flags int32, out uintptr) int32
	out := libc.Xmalloc(tls, 8)
	defer libc.Xfree(tls, out)
	function[accessFunc](layer.below.FxAccess)(tls, vfs, path, lib.SQLITE_ACCESS_EXISTS, out)
	return *at[int32](out) != 0
}

// recordingMethods is a copy of a table of methods with those that change a
// file replaced.
func recordingMethods(tls *libc.TLS, below uintptr) uintptr {
	if ours := layer.methods[below]; ours != 0 {
		return ours
	}
	ours := libc.Xmalloc(tls, libc.Tsize_t(unsafe.Sizeof(lib.Tsqlite3_io_methods{})))
	m := at[lib.Tsqlite3_io_methods](ours)
	*m = *at[lib.Tsqlite3_io_methods](below)
	m.FxClose = pointer(recordClose)
	m.FxWrite = pointer(recordWrite)
	m.FxTruncate = pointer(recordTruncate)
	m.FxSync = pointer(recordSync)
	layer.methods[below] = ours
	return ours
}

func openFile(file uintptr) recordedFile {
	layer.mu.Lock()
	defer layer.mu.Unlock()
	return layer.files[file]
}

func recordWrite(tls *libc.TLS, file, data uintptr, n int32, offset int64) int32 {
	f := openFile(file)
	code := function[writeFunc](f.below.FxWrite)(tls, file, data, n, offset)
	if code == lib.SQLITE_OK {
		f.to.add(op{kind: opWrite, file: f.name, at: offset, data: bytes.Clone(unsafe.Slice(at[byte](data), n))})
	}
	return code
}

func recordTruncate(tls *libc.TLS, file uintptr, size int64) int32 {
	f := openFile(file)
	code := function[truncateFunc](f.below.FxTruncate)(tls, file, size)
	if code == lib.SQLITE_OK {
		f.to.add(op{kind: opTruncate, file: f.name, at: size})
	}
	return code
}

func recordSync(tls *libc.TLS, file uintptr, flags int32) int32 {
	f := openFile(file)
	code := function[syncFunc](f.below.FxSync)(tls, file, flags)
	if code == lib.SQLITE_OK {
		f.to.add(op{kind: opSync, file: f.name})
	}
	return code
}

func recordDelete(tls *libc.TLS, vfs, path uintptr, syncDir int32) int32 {
	to, name := recorderOf(path)
	code := function[deleteFunc](layer.below.FxDelete)(tls, vfs, path, syncDir)
	if to != nil && code == lib.SQLITE_OK {
		to.add(op{kind: opDelete, file: name})
	}
	return code
}

func recordClose(tls *libc.TLS, file uintptr) int32 {
	layer.mu.Lock()
	f := layer.files[file]
	delete(layer.files, file)
	layer.mu.Unlock()
	return function[closeFunc](f.below.FxClose)(tls, file)
}
