package publish_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/publish"
)

// looper is a portal on which an application changes objects with its tokens.
type looper struct {
	*bed
	by   onevent.InstallationID
	told []onevent.OperatorEvent
}

func openLooper(t *testing.T) *looper {
	t.Helper()
	b := &looper{bed: open(t)}
	b.by = b.Installation(b.App).ID
	b.Publisher.Tell = func(e onevent.OperatorEvent) { b.told = append(b.told, e) }
	return b
}

// change changes an object so many times at once.
func (b *looper) change(by onevent.InstallationID, id string, times int) {
	b.T.Helper()
	b.Update(func(tx onevent.Tx) error { return b.changeIn(tx, by, id, times) })
}

func (b *looper) changeIn(tx onevent.Tx, by onevent.InstallationID, id string, times int) error {
	r := b.raised(id)
	r.By = by
	for range times {
		if _, err := b.Publisher.Raise(tx, r); err != nil {
			return err
		}
	}
	return nil
}

func (b *looper) wantTold(want int) {
	b.T.Helper()
	if len(b.told) != want {
		b.T.Errorf("at %v told %d times, want %d", b.Clock.Now(), len(b.told), want)
	}
}

func TestALoopIsToldOnceAnHour(t *testing.T) {
	b := openLooper(t)
	b.change(b.by, "999", 60)
	b.wantTold(0)
	b.change(b.by, "999", 1)
	b.wantTold(1)
	want := onevent.OperatorEvent{
		Type: onevent.OperatorLooping, Time: b.Clock.Now(), Portal: b.ID, Installation: b.by,
		Object: onevent.Object{Type: object, ID: "999"}, Count: 61,
	}
	if b.told[0] != want {
		t.Errorf("told %+v, want %+v", b.told[0], want)
	}
	for range 59 { // the hour's other minutes
		b.Clock.Advance(time.Minute)
		b.change(b.by, "999", 61)
	}
	b.wantTold(1)
	b.change(b.by, "1000", 61)
	b.wantTold(2)
	b.Clock.Advance(time.Minute)
	b.change(b.by, "999", 61)
	b.wantTold(3)
}

func TestSixtyChangesAMinuteAreNoLoop(t *testing.T) {
	b := openLooper(t)
	for range 240 {
		b.change(b.by, "999", 1)
		b.Clock.Advance(time.Second)
	}
	b.wantTold(0)
}

func TestAChangeCountsForTheApplicationWhoseTokenMadeItAndOnlyWhenStored(t *testing.T) {
	b := openLooper(t)
	failed := errors.New("the transaction failed")
	for range 2 {
		err := b.Store.Update(t.Context(), func(tx onevent.Tx) error { return errors.Join(b.changeIn(tx, b.by, "999", 60), failed) })
		if !errors.Is(err, failed) {
			t.Fatal(err)
		}
	}
	b.change(b.by, "999", 40)
	b.change(0, "999", 100) // by webhook, or by the product
	b.change(b.by+1, "999", 40)
	b.change(b.by, "998", 40)
	b.wantTold(0)
	b.change(b.by, "999", 21)
	b.wantTold(1)
}

func TestEventsWithoutAnObjectAreNoLoop(t *testing.T) {
	b := openLooper(t)
	r := b.raisedOf("ONCRMDEALADD", b.raised("1").Data)
	r.By, r.Data = b.by, publish.Raised{}.Data
	b.Update(func(tx onevent.Tx) error {
		for range 100 {
			if _, err := b.Publisher.Raise(tx, r); err != nil {
				return err
			}
		}
		return nil
	})
	b.wantTold(0)
}

func TestOnlyTheObjectsThatWereChangedLastAreRemembered(t *testing.T) {
	b := openLooper(t)
	others := func(from, n int) {
		b.Update(func(tx onevent.Tx) error {
			for i := range n {
				if err := b.changeIn(tx, b.by, fmt.Sprint("other", from+i), 1); err != nil {
					return err
				}
			}
			return nil
		})
	}
	b.change(b.by, "kept", 30)
	b.change(b.by, "forgotten", 30)
	others(0, 4_999)
	b.change(b.by, "kept", 30)
	others(4_999, 5_001)
	b.change(b.by, "forgotten", 31)
	b.wantTold(0)
	b.change(b.by, "kept", 1)
	b.wantTold(1)
}
