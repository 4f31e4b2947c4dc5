package sqlite

import (
	"sync"
	"unsafe"

	"modernc.org/libc"
	lib "modernc.org/sqlite/lib"
	"zombiezen.com/go/sqlite"
)

// openConn opens a connection to a file. Its statements keep the plan that they were
// prepared with. Without that the engine looks at the values that are bound to some
// statements and, for better plans, prepares them again for each run, which takes
// longer than most of ours take to run.
func openConn(path string, flags sqlite.OpenFlags) (*sqlite.Conn, error) {
	if err := keepPlans(); err != nil {
		return nil, err
	}
	return sqlite.OpenConn(path, flags)
}

// keepPlans has the engine call keepPlansOf for each connection that is opened from
// now on: the library has no call of its own for that option.
var keepPlans = sync.OnceValue(func() error {
	tls := libc.NewTLS()
	defer tls.Close()
	// A function is a pointer to where its code is told, in memory that is never moved.
	function := *(*uintptr)(unsafe.Pointer(&struct {
		f func(*libc.TLS, uintptr, uintptr, uintptr) int32
	}{keepPlansOf}))
	return sqlite.ResultCode(lib.Xsqlite3_auto_extension(tls, function)).ToError()
})

func keepPlansOf(tls *libc.TLS, db, _, _ uintptr) int32 {
	values := libc.NewVaList(int32(1), uintptr(0))
	if values == 0 {
		return lib.SQLITE_NOMEM
	}
	defer libc.Xfree(tls, values)
	return lib.Xsqlite3_db_config(tls, db, lib.SQLITE_DBCONFIG_ENABLE_QPSG, values)
}
