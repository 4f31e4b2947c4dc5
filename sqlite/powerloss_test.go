package sqlite_test

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/sqlite"
	engine "zombiezen.com/go/sqlite"
)

var cuts = flag.Int("cuts", defaultCuts, "at how many moments the power-loss tests cut the power")

// What was acknowledged is there after a power loss at any moment, whatever the
// disk made of the writes that it had not confirmed; the file is whole, the
// statistics are exact, and no number comes again.
func TestPowerLossKeepsWhatWasAcknowledged(t *testing.T) {
	t.Parallel()
	lost := cutPower(t, func(c sqlite.Config) sqlite.Config { return c.WriteBackAt(4) }, *cuts)
	for _, what := range lost {
		t.Error(what)
	}
}

// The test above can see a loss: without syncs there are some.
func TestPowerLossFindsMissingSync(t *testing.T) {
	t.Parallel()
	lost := cutPower(t, func(c sqlite.Config) sqlite.Config { return c.WriteBackAt(4).Unsynced() }, min(*cuts, 60))
	if len(lost) == 0 {
		t.Error("a store that syncs nothing lost nothing")
	}
	for _, what := range lost {
		t.Log(what)
	}
}

// cutPower records a load, cuts the power at acknowledgements and other
// moments, and says what was lost.
func cutPower(t *testing.T, with func(sqlite.Config) sqlite.Config, cuts int) (lost []string) {
	folder := t.TempDir()
	config := with(sqlite.Config{Path: filepath.Join(folder, "store.db")})
	if err := openStore(t, config).Close(); err != nil {
		t.Fatal(err)
	}
	before := load(t, folder)
	r := record(t, folder)
	for range 2 {
		publishLoad(t, openStore(t, config), r)
	}
	random := rand.New(rand.NewPCG(1, uint64(cuts)))
	acks := r.acks()
	for i := range cuts {
		at := acks[i*len(acks)/cuts] + 1
		if i%2 == 1 {
			at = random.IntN(len(r.log) + 1)
		}
		how := damage(i / 2 % int(damages))
		if what := survive(t, before, r.log[:at], how, random); what != "" {
			lost = append(lost, fmt.Sprintf("power cut after operation %d of %d, damage %d: %s", at, len(r.log), how, what))
		}
	}
	t.Logf("%d operations with %d acknowledgements, %d cuts, %d with a loss", len(r.log), len(acks), cuts, len(lost))
	return lost
}

func openStore(t *testing.T, config sqlite.Config) *sqlite.DB {
	t.Helper()
	db, err := sqlite.Open(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	return db
}

// acks are the places of the acknowledgements in the log.
func (r *recorder) acks() (places []int) {
	for i, o := range r.log {
		if o.kind == opAck {
			places = append(places, i)
		}
	}
	return places
}

// publishLoad publishes, settles and draws numbers from six callers, writes
// down each answer, and closes the store.
func publishLoad(t *testing.T, db *sqlite.DB, r *recorder) {
	var callers sync.WaitGroup
	for i := range 6 {
		callers.Go(func() {
			for n := range 30 {
				publishOne(t, db, r, i, n)
			}
		})
	}
	callers.Wait()
	if err := db.Close(); err != nil {
		t.Error(err)
	}
}

func publishOne(t *testing.T, db *sqlite.DB, r *recorder, caller, n int) {
	e := onevent.Event{Portal: 1, Code: "E", Data: fmt.Appendf(nil, `{"caller":%d,"n":%d,"pad":"%0*d"}`, caller, n, 100*(n%8), 0)}
	var d onevent.Delivery
	var number int64
	err := db.Update(context.Background(), func(tx onevent.Tx) (err error) {
		if err := tx.AddEvent(&e); err != nil {
			return err
		}
		d = onevent.Delivery{Event: e.ID, Portal: 1, Handler: 1, Destination: onevent.DestinationID(caller + 1)}
		if err := tx.AddDelivery(&d); err != nil {
			return err
		}
		number, err = tx.NextID("number")
		return err
	})
	if err != nil {
		t.Error(err)
		return
	}
	want := string(e.Data)
	r.add(op{kind: opAck, ack: func(s *survivor) { s.wantEvent(e.ID, want, d.ID, number) }})
	if n%3 == 0 {
		return
	}
	err = db.Settle(context.Background(), func(tx onevent.Tx) error {
		return tx.Settle(&onevent.Outcome{Delivery: d.ID, State: onevent.StateDelivered, Attempts: 1})
	})
	if err != nil {
		t.Error(err)
		return
	}
	r.add(op{kind: opAck, ack: func(s *survivor) { s.wantDelivered(e.ID) }})
}

// survivor is the store that was opened after the power loss.
type survivor struct {
	onevent.Reader
	newest struct {
		event    onevent.EventID
		delivery onevent.DeliveryID
		number   int64
	}
	lost string // the first thing that is not as it was acknowledged
}

func (s *survivor) lose(format string, args ...any) {
	if s.lost == "" {
		s.lost = fmt.Sprintf(format, args...)
	}
}

func (s *survivor) wantEvent(id onevent.EventID, data string, delivery onevent.DeliveryID, number int64) {
	s.newest.event = max(s.newest.event, id)
	s.newest.delivery = max(s.newest.delivery, delivery)
	s.newest.number = max(s.newest.number, number)
	e, err := s.Event(id)
	if err != nil || string(e.Data) != data {
		s.lose("event %d: %v", id, err)
	}
	ds, err := s.Deliveries(id)
	if err != nil || len(ds) != 1 || ds[0].ID != delivery {
		s.lose("the deliveries of event %d: %v, %v", id, ds, err)
	}
}

func (s *survivor) wantDelivered(id onevent.EventID) {
	ds, err := s.Deliveries(id)
	if err != nil || len(ds) != 1 || ds[0].State != onevent.StateDelivered {
		s.lose("the outcome of event %d: %v, %v", id, ds, err)
	}
}

// survive opens what the disk kept with the driver itself and says what was
// lost.
func survive(t *testing.T, before disk, log []op, how damage, random *rand.Rand) string {
	folder, err := os.MkdirTemp(t.TempDir(), "cut")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(folder)
	afterPowerLoss(before, log, how, random).save(t, folder)
	path := filepath.Join(folder, "store.db")
	db, err := sqlite.Open(t.Context(), sqlite.Config{Path: path})
	if err != nil {
		return fmt.Sprintf("it does not open: %v", err)
	}
	defer db.Close()
	s := &survivor{}
	if err := db.Check(t.Context()); err != nil {
		return err.Error()
	}
	err = db.View(t.Context(), func(r onevent.Reader) error {
		s.Reader = r
		for _, o := range log {
			if o.kind == opAck {
				o.ack(s)
			}
		}
		return nil
	})
	if err != nil {
		s.lose("reading: %v", err)
	}
	s.drawNumbers(db)
	if err := db.Close(); err != nil {
		s.lose("closing: %v", err)
	}
	s.countRows(path)
	return s.lost
}

// drawNumbers proves that no number comes again.
func (s *survivor) drawNumbers(db *sqlite.DB) {
	err := db.Update(context.Background(), func(tx onevent.Tx) error {
		e := onevent.Event{Portal: 1}
		if err := tx.AddEvent(&e); err != nil {
			return err
		}
		d := onevent.Delivery{Event: e.ID}
		if err := tx.AddDelivery(&d); err != nil {
			return err
		}
		number, err := tx.NextID("number")
		if e.ID <= s.newest.event || d.ID <= s.newest.delivery || number <= s.newest.number {
			s.lose("event %d, delivery %d, number %d come again after %v", e.ID, d.ID, number, s.newest)
		}
		return err
	})
	if err != nil {
		s.lose("publishing: %v", err)
	}
}

// countRows compares the statistics with the rows.
func (s *survivor) countRows(path string) {
	conn, err := engine.OpenConn(path, engine.OpenReadOnly)
	if err != nil {
		s.lose("counting: %v", err)
		return
	}
	defer conn.Close()
	stmt := conn.Prep(`SELECT count(*) FROM stats WHERE events = (SELECT count(*) FROM event)
		AND waiting = (SELECT count(*) FROM delivery WHERE state = 0)
		AND delivered = (SELECT count(*) FROM delivery WHERE state = 1)`)
	if _, err := stmt.Step(); err != nil || stmt.ColumnInt(0) != 1 {
		s.lose("the statistics differ from the rows: %v", err)
	}
	if err := stmt.Reset(); err != nil {
		s.lose("counting: %v", err)
	}
}
