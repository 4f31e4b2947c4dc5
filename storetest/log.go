package storetest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/onevent/onevent"
)

var logCases = []testCase{
	{"AnAttemptComesBackWithItsPhasesAndItsAnswer", attemptDetail},
	{"ADeliveryIsReadByItsIdentity", oneDelivery},
	{"ReplaysAreFoundByWhatTheyRepeat", replays},
	{"SearchesFindAllThatMatchesAndNothingElse", searches},
	{"SearchesSeeWhatTheTransactionItselfDid", searchInTx},
	{"ASearchWithoutBoundsIsRefused", searchLimits},
}

func attemptDetail(t *testing.T, f *fixture) {
	_, ds := f.add(t, 1, 2, 3)
	full := attempt(1, 503)
	full.Phases = onevent.Phases{
		Queue: time.Microsecond, Lookup: 2 * time.Millisecond, Connect: 300 * time.Microsecond,
		TLS: 4 * time.Second, Answer: 20 * time.Second, Body: 127 * time.Microsecond,
	}
	full.Answer = "<html>\x00\xff \u2603"
	success := attempt(1, 200)
	success.Phases.Answer, success.Answer = 431*time.Microsecond, "OK"
	bare := attempt(1, 0)
	for i, a := range []onevent.Attempt{full, success, bare} {
		state := onevent.StateWaiting
		if a.Status == 200 {
			state = onevent.StateDelivered
		}
		f.settle(t, onevent.Outcome{Delivery: ds[i].ID, State: state, Attempt: a, Attempts: 1})
	}
	f.restart()
	for i, want := range []onevent.Attempt{full, success, bare} {
		equal(t, "Last", f.delivery(t, ds[i]).Last, want)
		f.view(t, func(r onevent.Reader) error {
			got, err := r.Attempts(ds[i].ID)
			if err != nil || !reflect.DeepEqual(got, []onevent.Attempt{want}) {
				t.Errorf("Attempts = %+v, %v, want %+v", got, err, want)
			}
			return nil
		})
	}
}

func oneDelivery(t *testing.T, f *fixture) {
	_, ds := f.add(t, 1, 2)
	f.settle(t, onevent.Outcome{Delivery: ds[1].ID, State: onevent.StateFailed, Verdict: "x", Attempt: attempt(1, 404), Attempts: 1})
	want := ds[1]
	want.State, want.Verdict, want.Attempts, want.Last, want.Settled = onevent.StateFailed, "x", 1, attempt(1, 404), start
	f.view(t, func(r onevent.Reader) error {
		got, err := r.Delivery(ds[1].ID)
		if err != nil {
			return err
		}
		equal(t, "Delivery", got, want)
		_, err = r.Delivery(ds[1].ID + 1000)
		wantCode(t, err, onevent.CodeNotFound)
		return nil
	})
}

func replays(t *testing.T, f *fixture) {
	e, ds := f.add(t, 1, 2)
	f.add(t, 1)
	again := func(of onevent.DeliveryID) onevent.DeliveryID {
		d := ds[0]
		d.ReplayOf = of
		f.update(t, func(tx onevent.Tx) error { return tx.AddDelivery(&d) })
		equal(t, "the replay read", f.delivery(t, d), d)
		return d.ID
	}
	first, second := again(ds[0].ID), again(ds[0].ID)
	again(ds[1].ID)
	again(onevent.ReplayOfEvent)
	f.view(t, func(r onevent.Reader) error {
		got, err := r.ReplaysOf(ds[0].ID)
		if err != nil || !slices.Equal(got, []onevent.DeliveryID{first, second}) {
			t.Errorf("ReplaysOf = %v, %v, want %v and %v", got, err, first, second)
		}
		for _, of := range []onevent.DeliveryID{first, 0, onevent.ReplayOfEvent} {
			if got, err := r.ReplaysOf(of); err != nil || len(got) > 0 {
				t.Errorf("ReplaysOf(%d) = %v, %v, want none", of, got, err)
			}
		}
		all, err := r.Deliveries(e.ID)
		equal(t, "deliveries of the event", len(all), 6)
		return err
	})
}

// journal is what was written, as a search has to find it.
type journal struct {
	events     []onevent.Event
	deliveries []onevent.Delivery
	apps       map[onevent.HandlerID]onevent.ApplicationID
	// ghosts are events that stayed a while without the deliveries that they had:
	// whether a search takes them for unserved is left open.
	ghosts map[onevent.EventID]bool
}

func (j *journal) event(id onevent.EventID) *onevent.Event {
	i, _ := slices.BinarySearchFunc(j.events, id, func(e onevent.Event, id onevent.EventID) int { return int(e.ID - id) })
	return &j.events[i]
}

func (j *journal) matches(s *onevent.DeliverySearch, d *onevent.Delivery) bool {
	e := j.event(d.Event)
	return (s.Portal == 0 || s.Portal == d.Portal) && (s.Handler == 0 || s.Handler == d.Handler) &&
		(s.Destination == 0 || s.Destination == d.Destination) &&
		(s.Application == 0 || s.Application == j.apps[d.Handler]) &&
		(len(s.States) == 0 || slices.Contains(s.States, d.State)) && (s.Verdict == "" || s.Verdict == d.Verdict) &&
		isOf(e, s.Code, s.Object, s.From, s.Until)
}

func isOf(e *onevent.Event, code string, object onevent.Object, from, until time.Time) bool {
	return (code == "" || code == e.Code) && (object.IsZero() || object == e.Object) &&
		(from.IsZero() || !e.Time.Before(from)) && (until.IsZero() || e.Time.Before(until))
}

func (j *journal) search(s onevent.DeliverySearch) (found []onevent.DeliveryID) {
	for i := range j.deliveries {
		if d := &j.deliveries[i]; j.matches(&s, d) {
			found = append(found, d.ID)
		}
	}
	if !s.Oldest {
		slices.Reverse(found)
	}
	return found
}

func (j *journal) searchEvents(s onevent.EventSearch) (found []onevent.EventID) {
	served := map[onevent.EventID]bool{}
	for i := range j.deliveries {
		served[j.deliveries[i].Event] = true
	}
	for i := range j.events {
		e := &j.events[i]
		if (s.Portal == 0 || s.Portal == e.Portal) && (!s.Unserved || !served[e.ID]) &&
			isOf(e, s.Code, s.Object, s.From, s.Until) {
			found = append(found, e.ID)
		}
	}
	if !s.Oldest {
		slices.Reverse(found)
	}
	return found
}

// The values that events and deliveries, and searches for them, are made of.
const (
	logPortals  = 3
	logHandlers = 6 // of each portal
	logObjects  = 7
)

var logCodes = []string{"ONCRMACTIVITYADD", "ONCRMACTIVITYUPDATE", "ONCALENDARENTRYUPDATE"}

func (j *journal) prepare(t *testing.T, f *fixture) {
	j.apps = map[onevent.HandlerID]onevent.ApplicationID{}
	f.update(t, func(tx onevent.Tx) error {
		for app := onevent.ApplicationID(1); app <= 2; app++ {
			if err := tx.Applications().Put(onevent.Application{ID: app, ClientID: fmt.Sprint("app", app)}); err != nil {
				return err
			}
		}
		for p := onevent.PortalID(1); p <= logPortals; p++ {
			row := onevent.Portal{ID: p, MemberID: fmt.Sprint("m", p), Domain: fmt.Sprint("d", p)}
			if err := tx.Portals().Put(row); err != nil {
				return err
			}
			for n := range logHandlers {
				if err := j.addHandler(tx, p, n); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// addHandler gives the handlers of even numbers to application 1.
func (j *journal) addHandler(tx onevent.Tx, p onevent.PortalID, n int) error {
	id := logHandler(p, n)
	app := onevent.ApplicationID(n%2 + 1)
	inst := onevent.InstallationID(int64(p)*10 + int64(app))
	j.apps[id] = app
	if err := tx.Installations().Put(onevent.Installation{ID: inst, Portal: p, Application: app}); err != nil {
		return err
	}
	dest := onevent.Destination{ID: logDestination(p, n), Portal: p, Owner: onevent.Owner{Installation: inst}, URL: fmt.Sprint("https://h.example/", n%4)}
	if err := tx.Destinations().Put(dest); err != nil {
		return err
	}
	return tx.Handlers().Put(onevent.Handler{
		ID: id, Portal: p, Owner: dest.Owner, Event: logCodes[n%len(logCodes)],
		URL: dest.URL, User: onevent.UserID(n), Destination: dest.ID,
	})
}

func logHandler(p onevent.PortalID, n int) onevent.HandlerID {
	return onevent.HandlerID(int64(p)*100 + int64(n))
}

// logDestination is one of two that each installation has.
func logDestination(p onevent.PortalID, n int) onevent.DestinationID {
	return onevent.DestinationID(int64(p)*10 + int64(n%4))
}

// add raises an event with up to four deliveries, and perhaps one more delivery
// of an earlier event.
func (j *journal) add(tx onevent.Tx, r *rand.Rand) error {
	e := onevent.Event{
		Portal: onevent.PortalID(1 + r.IntN(logPortals)), Code: logCodes[r.IntN(len(logCodes))],
		Time: start.Add(time.Duration(len(j.events))*time.Second + time.Duration(r.IntN(5000))*time.Millisecond),
	}
	if r.IntN(5) > 0 {
		e.Object = onevent.Object{Type: "crm.activity", ID: fmt.Sprint(r.IntN(logObjects))}
	}
	if err := tx.AddEvent(&e); err != nil {
		return err
	}
	j.events = append(j.events, e)
	for range r.IntN(5) {
		if err := j.deliver(tx, &e, r); err != nil {
			return err
		}
	}
	if r.IntN(4) == 0 {
		return j.deliver(tx, &j.events[r.IntN(len(j.events))], r)
	}
	return nil
}

func (j *journal) deliver(tx onevent.Tx, e *onevent.Event, r *rand.Rand) error {
	n := r.IntN(logHandlers)
	d := onevent.Delivery{
		Event: e.ID, Portal: e.Portal, Handler: logHandler(e.Portal, n), Destination: logDestination(e.Portal, n),
		Deadline: start.Add(time.Hour),
	}
	if err := tx.AddDelivery(&d); err != nil {
		return err
	}
	j.deliveries = append(j.deliveries, d)
	return nil
}

// settleSome settles about two thirds of what waits.
func (j *journal) settleSome(tx onevent.Tx, r *rand.Rand, now time.Time) error {
	for i := range j.deliveries {
		d := &j.deliveries[i]
		if d.State != onevent.StateWaiting || r.IntN(3) == 0 {
			continue
		}
		d.State, d.Settled = onevent.State(1+r.IntN(3)), now
		if d.State != onevent.StateDelivered {
			d.Verdict = onevent.Verdict([]string{"x", "y"}[r.IntN(2)])
		}
		if err := tx.Settle(&onevent.Outcome{Delivery: d.ID, State: d.State, Verdict: d.Verdict}); err != nil {
			return err
		}
	}
	return nil
}

// randomSearch asks for up to four things.
func randomSearch(r *rand.Rand) onevent.DeliverySearch {
	s := onevent.DeliverySearch{Oldest: r.IntN(2) == 0, Limit: 1 + r.IntN(60)}
	portal := onevent.PortalID(1 + r.IntN(logPortals))
	for range r.IntN(5) {
		switch r.IntN(8) {
		case 0:
			s.Portal = portal
		case 1:
			s.Application = onevent.ApplicationID(1 + r.IntN(3))
		case 2:
			s.Handler = logHandler(portal, r.IntN(logHandlers+1))
		case 3:
			s.Destination = logDestination(portal, r.IntN(logHandlers))
		case 4:
			s.Code = logCodes[r.IntN(len(logCodes))]
		case 5:
			s.Object = onevent.Object{Type: "crm.activity", ID: fmt.Sprint(r.IntN(logObjects + 1))}
		case 6:
			s.States = [][]onevent.State{
				{onevent.StateWaiting}, {onevent.StateDelivered}, {onevent.StateFailed},
				{onevent.StateFailed, onevent.StateCancelled}, {onevent.StateWaiting, onevent.StateFailed},
			}[r.IntN(5)]
		case 7:
			s.Verdict = "x"
		}
	}
	s.From, s.Until = randomTimes(r)
	return s
}

func randomTimes(r *rand.Rand) (from, until time.Time) {
	if r.IntN(3) == 0 {
		from = start.Add(time.Duration(r.IntN(400)) * time.Second)
	}
	if r.IntN(3) == 0 {
		until = start.Add(time.Duration(r.IntN(600)) * time.Second)
	}
	return from, until
}

func searches(t *testing.T, f *fixture) {
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 0))
	j := &journal{}
	j.prepare(t, f)
	for round := range 4 {
		for range 60 {
			f.update(t, func(tx onevent.Tx) error { return j.add(tx, r) })
		}
		f.update(t, func(tx onevent.Tx) error { return j.settleSome(tx, r, start) })
		if round == 2 {
			f.restart()
		}
		f.view(t, func(rd onevent.Reader) error {
			for range 40 {
				j.check(t, rd, randomSearch(r))
				j.checkEvents(t, rd, randomEventSearch(r))
			}
			return nil
		})
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

// check pages through all that a search finds.
func (j *journal) check(t *testing.T, rd onevent.LogReader, s onevent.DeliverySearch) {
	t.Helper()
	var got []onevent.DeliveryID
	for asked := s; ; {
		page, err := rd.SearchDeliveries(asked)
		if err != nil || len(page.Rows) > s.Limit {
			t.Fatalf("SearchDeliveries(%+v) = %d rows, %v", asked, len(page.Rows), err)
		}
		for _, row := range page.Rows {
			got = append(got, row.Delivery.ID)
			j.compare(t, &row)
		}
		if page.Next == 0 {
			break
		}
		if asked.After = page.Next; len(got) > len(j.deliveries) {
			t.Fatalf("SearchDeliveries(%+v) has no end", s)
		}
	}
	if want := j.search(s); !slices.Equal(got, want) {
		t.Errorf("SearchDeliveries(%+v) finds %v, want %v", s, got, want)
	}
}

func (j *journal) compare(t *testing.T, row *onevent.Logged) {
	t.Helper()
	i, _ := slices.BinarySearchFunc(j.deliveries, row.Delivery.ID, func(d onevent.Delivery, id onevent.DeliveryID) int { return int(d.ID - id) })
	equal(t, "the delivery found", row.Delivery, j.deliveries[i])
	if want := *j.event(row.Delivery.Event); !reflect.DeepEqual(*row.Event, want) {
		t.Errorf("the event found = %+v, want %+v", *row.Event, want)
	}
}

func (j *journal) checkEvents(t *testing.T, rd onevent.LogReader, s onevent.EventSearch) {
	t.Helper()
	var got []onevent.EventID
	for asked := s; ; {
		page, err := rd.SearchEvents(asked)
		if err != nil || len(page.Rows) > s.Limit {
			t.Fatalf("SearchEvents(%+v) = %d rows, %v", asked, len(page.Rows), err)
		}
		for _, e := range page.Rows {
			got = append(got, e.ID)
		}
		if page.Next == 0 {
			break
		}
		if asked.After = page.Next; len(got) > len(j.events) {
			t.Fatalf("SearchEvents(%+v) has no end", s)
		}
	}
	want := j.searchEvents(s)
	if s.Unserved {
		isGhost := func(id onevent.EventID) bool { return j.ghosts[id] }
		got, want = slices.DeleteFunc(got, isGhost), slices.DeleteFunc(want, isGhost)
	}
	if !slices.Equal(got, want) {
		t.Errorf("SearchEvents(%+v) finds %v, want %v", s, got, want)
	}
}

func randomEventSearch(r *rand.Rand) onevent.EventSearch {
	s := onevent.EventSearch{Oldest: r.IntN(2) == 0, Limit: 1 + r.IntN(60), Unserved: r.IntN(4) == 0}
	if r.IntN(2) == 0 {
		s.Portal = onevent.PortalID(1 + r.IntN(logPortals))
	}
	if r.IntN(2) == 0 {
		s.Code = logCodes[r.IntN(len(logCodes))]
	}
	if r.IntN(2) == 0 {
		s.Object = onevent.Object{Type: "crm.activity", ID: fmt.Sprint(r.IntN(logObjects + 1))}
	}
	s.From, s.Until = randomTimes(r)
	return s
}

func searchInTx(t *testing.T, f *fixture) {
	r := rand.New(rand.NewPCG(1, 2))
	j := &journal{}
	j.prepare(t, f)
	f.update(t, func(tx onevent.Tx) error {
		j.events, j.deliveries = nil, nil
		for range 30 {
			if err := j.add(tx, r); err != nil {
				return err
			}
		}
		j.check(t, tx, onevent.DeliverySearch{Portal: 1, Limit: 10})
		j.checkEvents(t, tx, onevent.EventSearch{Portal: 1, Unserved: true, Limit: 10})
		return nil
	})
}

func searchLimits(t *testing.T, f *fixture) {
	err := f.store.View(context.Background(), func(r onevent.Reader) error {
		for _, limit := range []int{-1, 0, onevent.MaxSearch + 1} {
			_, err := r.SearchDeliveries(onevent.DeliverySearch{Limit: limit})
			wantCode(t, err, onevent.CodeInvalid)
			_, err = r.SearchEvents(onevent.EventSearch{Limit: limit})
			wantCode(t, err, onevent.CodeInvalid)
		}
		_, err := r.SearchDeliveries(onevent.DeliverySearch{Limit: onevent.MaxSearch})
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
