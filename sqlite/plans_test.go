package sqlite_test

import (
	"errors"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"unsafe"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/sqlite"
	"modernc.org/libc"
	lib "modernc.org/sqlite/lib"
)

// A connection that is opened is noted here by the engine.
var opened struct {
	sync.Mutex
	connections []uintptr
}

func noteConnection(_ *libc.TLS, db, _, _ uintptr) int32 {
	opened.Lock()
	defer opened.Unlock()
	opened.connections = append(opened.connections, db)
	return lib.SQLITE_OK
}

var noteConnections = sync.OnceFunc(func() {
	tls := libc.NewTLS()
	defer tls.Close()
	lib.Xsqlite3_auto_extension(tls, *(*uintptr)(unsafe.Pointer(&struct {
		f func(*libc.TLS, uintptr, uintptr, uintptr) int32
	}{noteConnection})))
})

// preparedAgain lists the statements, but for pragmas, that the connections which
// were opened since first prepared more than once, with how often they ran.
func preparedAgain(first int) map[string]int {
	tls := libc.NewTLS()
	defer tls.Close()
	opened.Lock()
	defer opened.Unlock()
	found := map[string]int{}
	for _, db := range opened.connections[first:] {
		for s := lib.Xsqlite3_next_stmt(tls, db, 0); s != 0; s = lib.Xsqlite3_next_stmt(tls, db, s) {
			text := libc.GoString(lib.Xsqlite3_sql(tls, s))
			again := lib.Xsqlite3_stmt_status(tls, s, lib.SQLITE_STMTSTATUS_REPREPARE, 0)
			if again > 0 && !strings.HasPrefix(text, "PRAGMA") {
				found[text] += int(again)
			}
		}
	}
	return found
}

// Preparing a statement takes longer than running most of them.
func TestStatementsAreNotPreparedForEachRun(t *testing.T) {
	noteConnections()
	opened.Lock()
	first := len(opened.connections)
	opened.Unlock()
	db := open(t, sqlite.Config{Path: filepath.Join(t.TempDir(), "store.db")}.Unsynced())
	for range 20 {
		event := onevent.Event{Portal: 1, Code: "ONX", Data: []byte("x"), Object: onevent.Object{Type: "x", ID: "1"}}
		delivery := onevent.Delivery{Portal: 1, Handler: 1, Destination: 1}
		err := errors.Join(
			db.Update(t.Context(), func(tx onevent.Tx) error {
				if err := tx.AddEvent(&event); err != nil {
					return err
				}
				delivery.Event = event.ID
				return tx.AddDelivery(&delivery)
			}),
			db.View(t.Context(), func(r onevent.Reader) error {
				_, waiting := r.Waiting(1, 0, 10)
				_, one := r.WaitingDelivery(delivery.ID)
				_, all := r.Deliveries(event.ID)
				return errors.Join(waiting, one, all)
			}),
			db.Update(t.Context(), func(tx onevent.Tx) error {
				return tx.Settle(&onevent.Outcome{Delivery: delivery.ID, State: onevent.StateDelivered})
			}),
		)
		if err != nil {
			t.Fatal(err)
		}
	}
	for text, n := range preparedAgain(first) {
		t.Errorf("prepared %d more times: %s", n, text)
	}
}
