package admin_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/client"
	"github.com/onevent/onevent/seal"
)

func (b *bench) events() string { return "/admin/v1/portals/" + b.member + "/events" }

// published reads the answer of a publishing call.
func (b *bench) published(r reply) []client.Published {
	b.t.Helper()
	var body struct{ Events []client.Published }
	if r.status != http.StatusAccepted {
		b.t.Fatalf("got %d %s", r.status, r.body)
	}
	b.must(json.Unmarshal([]byte(r.body), &body))
	return body.Events
}

func (b *bench) event(id string) onevent.Event {
	b.t.Helper()
	n, err := strconv.ParseInt(id, 10, 64)
	b.must(err)
	var e onevent.Event
	b.must(b.store.View(b.ctx, func(r onevent.Reader) error {
		var err error
		e, err = r.Event(onevent.EventID(n))
		return err
	}))
	return e
}

func TestPublishedEventIsStoredWithADeliveryForEachHandler(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.install("ONCRMACTIVITYUPDATE", "ONCRMDEALADD")
	before := b.stats()
	list := b.published(b.do("POST", b.events(), `{"event":"onCrmActivityUpdate","user_id":2,"data":{"FIELDS":{"ID":"999"}}}`))
	if len(list) != 1 || list[0].Deliveries != 1 {
		t.Fatalf("got %+v", list)
	}
	e := b.event(list[0].ID)
	if e.Code != "ONCRMACTIVITYUPDATE" || e.Actor != 2 || e.Object != (onevent.Object{Type: "crm.activity", ID: "999"}) {
		t.Errorf("stored %+v", e)
	}
	if after := b.stats(); after.Events != before.Events+1 || after.Waiting != before.Waiting+1 {
		t.Errorf("stats went from %+v to %+v", before, after)
	}
}

// Keys keep their order and numbers their text on the way into the store.
func TestDataIsKeptAsItWasGiven(t *testing.T) {
	t.Parallel()
	b := open(t)
	const data = `{"Z":1.50,"FIELDS":{"ID":12345678901234567890,"A":null,"B":[]},"A":"ü/\u0001","N":-0}`
	list := b.published(b.do("POST", b.events(), `{"data":`+data+`,"event":"ONCRMDEALADD"}`))
	e := b.event(list[0].ID)
	if got := string(e.Data); got != data {
		t.Errorf("stored %s, want %s", got, data)
	}
	if e.Object.ID != "12345678901234567890" {
		t.Errorf("object %q", e.Object.ID)
	}
}

func TestArrayKeepsItsOrder(t *testing.T) {
	t.Parallel()
	b := open(t)
	var items []string
	for i := range 1000 {
		items = append(items, fmt.Sprintf(`{"event":"ONCRMDEALUPDATE","data":{"FIELDS":{"ID":%d}}}`, i+1))
	}
	list := b.published(b.do("POST", b.events(), "["+strings.Join(items, ",")+"]"))
	if len(list) != 1000 {
		t.Fatalf("%d events", len(list))
	}
	last := int64(0)
	for i, p := range list {
		id, err := strconv.ParseInt(p.ID, 10, 64)
		if err != nil || id <= last {
			t.Fatalf("event %d has id %s after %d", i, p.ID, last)
		}
		last = id
	}
	if got := b.event(list[999].ID).Object.ID; got != "1000" {
		t.Errorf("the last event is about %s", got)
	}
}

func TestOneBadEventKeepsAllFromBeingStored(t *testing.T) {
	t.Parallel()
	b := open(t)
	const good = `{"event":"ONCRMDEALADD","data":{"FIELDS":{"ID":"1"}}}`
	for index := range 3 {
		items := []string{good, good, good}
		items[index] = `{"event":"ONNOTHING"}`
		answer := b.do("POST", b.events(), "["+strings.Join(items, ",")+"]")
		b.wants(answer, http.StatusBadRequest, "invalid", fmt.Sprintf("event %d: ", index))
		if _, _, got := b.problem(answer); got != index {
			t.Errorf("index %d, want %d", got, index)
		}
	}
	if n := b.stats().Events; n != 0 {
		t.Errorf("%d events were stored", n)
	}
}

// A key stands in the form once for each value below it: these 40 kB would be
// 40 MB, once for each handler.
func TestDataThatGrowsInTheFormIsRefused(t *testing.T) {
	t.Parallel()
	b := open(t)
	below := strings.TrimSuffix(strings.Repeat(`1,`, 2000), ",")
	grown := `{"event":"ONCRMDEALADD","data":{"FIELDS":{"ID":"1"},"` + strings.Repeat("k", 20_000) + `":[` + below + `]}}`
	answer := b.do("POST", b.events(), `[{"event":"ONCRMDEALADD","data":{"FIELDS":{"ID":"1"}}},`+grown+`]`)
	b.wants(answer, http.StatusRequestEntityTooLarge, "too_large", "event 1: ")
	if _, _, got := b.problem(answer); got != 1 {
		t.Errorf("index %d, want 1", got)
	}
	if n := b.stats().Events; n != 0 {
		t.Errorf("%d events were stored", n)
	}
}

func TestPublishingRefuses(t *testing.T) {
	t.Parallel()
	b := open(t)
	const data = `"data":{"FIELDS":{"ID":"1"}}`
	many := "[" + strings.Repeat(`{"event":"ONCRMDEALADD",`+data+`},`, 1000) + `{"event":"ONCRMDEALADD",` + data + "}]"
	for _, c := range []struct {
		name, body string
		status     int
		code       string
		words      string
		index      int
	}{
		{"no body", ``, 400, "invalid", "invalid JSON", -1},
		{"no JSON", `{"event":`, 400, "invalid", "invalid JSON", -1},
		{"two values", `{} {}`, 400, "invalid", "invalid JSON", -1},
		{"no object", `"ONCRMDEALADD"`, 400, "invalid", "must be a JSON object", 0},
		{"no event in the array", `[]`, 400, "invalid", "no event", -1},
		{"array in the array", `[[]]`, 400, "invalid", "must be a JSON object", 0},
		{"no code", `{` + data + `}`, 400, "invalid", "event must be the code", 0},
		{"code of another type", `{"event":1,` + data + `}`, 400, "invalid", "event must be the code", 0},
		{"unknown code", `{"event":"ONNOTHING"}`, 400, "invalid", `unknown event "ONNOTHING"`, 0},
		{"unknown key", `{"event":"ONCRMDEALADD",` + data + `,"userid":1}`, 400, "invalid", `unknown key "userid"`, 0},
		{"key in another case", `{"Event":"ONCRMDEALADD",` + data + `}`, 400, "invalid", `unknown key "Event"`, 0},
		{"install event", `{"event":"onAppInstall"}`, 400, "invalid", "ONAPPINSTALL is raised by the platform alone", 0},
		{"uninstall event", `{"event":"ONAPPUNINSTALL"}`, 400, "invalid", "platform alone", 0},
		{"test event", `{"event":"ONAPPTEST"}`, 400, "invalid", "platform alone", 0},
		{"offline event", `{"event":"ONOFFLINEEVENT"}`, 400, "invalid", "platform alone", 0},
		{"renewal", `{"event":"ONSUBSCRIPTIONRENEW"}`, 400, "invalid", "platform alone", 0},
		{"no such user", `{"event":"ONCRMDEALADD","user_id":3,` + data + `}`, 400, "invalid", "no user 3", 0},
		{"negative user", `{"event":"ONCRMDEALADD","user_id":-1,` + data + `}`, 400, "invalid", "no user -1", 0},
		{"user as text", `{"event":"ONCRMDEALADD","user_id":"1",` + data + `}`, 400, "invalid", "user_id must be a whole number", 0},
		{"fraction of a user", `{"event":"ONCRMDEALADD","user_id":1.5,` + data + `}`, 400, "invalid", "user_id must be a whole number", 0},
		{"no data", `{"event":"ONCRMDEALADD"}`, 400, "invalid", "data.FIELDS.ID", 0},
		{"no id in data", `{"event":"ONCRMDEALADD","data":{"ID":1}}`, 400, "invalid", "data.FIELDS.ID", 0},
		{"empty id", `{"event":"ONCRMDEALADD","data":{"FIELDS":{"ID":""}}}`, 400, "invalid", "data.FIELDS.ID", 0},
		{"list for an id", `{"event":"ONCRMDEALADD","data":{"FIELDS":{"ID":[1]}}}`, 400, "invalid", "data.FIELDS.ID", 0},
		{"object does not stand for data", `{"event":"ONCRMDEALADD","object":"1"}`, 400, "invalid", "data.FIELDS.ID", 0},
		{"item without a type", `{"event":"ONCRMDYNAMICITEMADD",` + data + `}`, 400, "invalid", "ENTITY_TYPE_ID", 0},
		{"object that differs", `{"event":"ONCRMDEALADD","object":"2",` + data + `}`, 400, "invalid", "object differs", 0},
		{"object of another type", `{"event":"ONCRMADDRESSREGISTER","object":{}}`, 400, "invalid", "object must be an id", 0},
		{"too many", many, 413, "too_large", "1000 events", 1000},
		{"too deep", `{"event":"ONCRMDEALADD","data":` + strings.Repeat(`[`, 100) + strings.Repeat(`]`, 100) + `}`, 413, "too_large", "depth", -1},
		{"too long", `{"event":"` + strings.Repeat("A", 16<<20) + `"}`, 413, "too_large", "bytes", -1},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := *b
			b.t = t
			answer := b.do("POST", b.events(), c.body)
			b.wants(answer, c.status, c.code, c.words)
			if _, _, index := b.problem(answer); index != c.index {
				t.Errorf("index %d, want %d", index, c.index)
			}
		})
	}
	b.wants(b.do("POST", "/admin/v1/portals/00000000000000000000000000000000/events", `[]`), 404, "not_found", "member_id")
	if n := b.stats().Events; n != 0 {
		t.Errorf("%d events were stored", n)
	}
}

func TestPublishingAccepts(t *testing.T) {
	t.Parallel()
	b := open(t)
	for _, c := range []struct {
		name, body string
		object     onevent.Object
	}{
		{"no user", `{"event":"ONCRMDEALADD","user_id":0,"data":{"FIELDS":{"ID":5}}}`, onevent.Object{Type: "crm.deal", ID: "5"}},
		{"null user", `{"event":"ONCRMDEALADD","user_id":null,"data":{"FIELDS":{"ID":5}}}`, onevent.Object{Type: "crm.deal", ID: "5"}},
		{"the same object again", `{"event":"ONCRMDEALADD","object":5,"data":{"FIELDS":{"ID":"5"}}}`, onevent.Object{Type: "crm.deal", ID: "5"}},
		{"an item with its type", `{"event":"ONCRMDYNAMICITEMADD","data":{"FIELDS":{"ID":"24","ENTITY_TYPE_ID":"1220"}}}`, onevent.Object{Type: "crm.dynamicitem", ID: "1220:24"}},
		{"a type's own code", `{"event":"onCrmDynamicItemUpdate_1220","data":{"FIELDS":{"ID":"24"}}}`, onevent.Object{Type: "crm.dynamicitem", ID: "1220:24"}},
		{"a code without an object", `{"event":"ONCRMADDRESSREGISTER"}`, onevent.Object{}},
		{"an object for such a code", `{"event":"ONCRMADDRESSREGISTER","object":"7"}`, onevent.Object{Type: "ONCRMADDRESSREGISTER", ID: "7"}},
		{"data that is a scalar", `{"event":"ONIMCONNECTORLINEDELETE","data":107}`, onevent.Object{Type: "imconnector.line", ID: "107"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := *b
			b.t = t
			list := b.published(b.do("POST", b.events(), c.body))
			if got := b.event(list[0].ID).Object; got != c.object {
				t.Errorf("object %+v, want %+v", got, c.object)
			}
		})
	}
}

func TestSameKeyAndBodyGetTheSameAnswer(t *testing.T) {
	t.Parallel()
	b := open(t)
	const body = `{"event":"ONCRMDEALADD","data":{"FIELDS":{"ID":5}}}`
	post := func(key, body string) reply { return b.do("POST", b.events(), body, "Idempotency-Key", key) }
	first := post("k", body)
	if again := post("k", body); again.status != http.StatusAccepted || again.body != first.body {
		t.Errorf("a repeat was answered %d %s instead of %s", again.status, again.body, first.body)
	}
	if b.stats().Events != 1 {
		t.Errorf("%d events were stored", b.stats().Events)
	}
	b.wants(post("k", body+" "), http.StatusConflict, "conflict", "another body")
	if other := post("l", body); other.body == first.body {
		t.Error("another key got the same answer")
	}
	b.wants(post(strings.Repeat("k", 256), body), http.StatusBadRequest, "invalid", "255")
	if longest := post(strings.Repeat("k", 255), body); longest.status != http.StatusAccepted {
		t.Errorf("a key of 255 characters is answered %d", longest.status)
	}
}

func TestKeyIsForgottenAfterADay(t *testing.T) {
	t.Parallel()
	b := open(t)
	post := func(id int) reply {
		return b.do("POST", b.events(), fmt.Sprintf(`{"event":"ONCRMDEALADD","data":{"FIELDS":{"ID":%d}}}`, id), "Idempotency-Key", "k")
	}
	b.published(post(1))
	b.clock.Advance(24*time.Hour - time.Millisecond)
	b.wants(post(2), http.StatusConflict, "conflict", "another body")
	b.clock.Advance(time.Millisecond)
	b.published(post(2))
	b.wants(post(1), http.StatusConflict, "conflict", "another body")
}

func TestKeyBelongsToOnePortal(t *testing.T) {
	t.Parallel()
	b := open(t)
	other, _, err := b.CreatePortal(b.ctx, client.NewPortal{Domain: "other.example.test", PublicURL: "https://other.example.test"})
	b.must(err)
	deal := client.Event{Event: "ONCRMDEALADD", Data: json.RawMessage(`{"FIELDS":{"ID":5}}`)}
	first, err := b.Publish(b.ctx, b.member, "k", deal)
	b.must(err)
	second, err := b.Publish(b.ctx, other, "k", deal)
	b.must(err)
	if first[0].ID == second[0].ID {
		t.Error("two portals share a key")
	}
}

// What failed is not kept under its key: it can be corrected and sent again.
func TestRefusedRequestUsesNoKey(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.wants(b.do("POST", b.events(), `{"event":"ONNOTHING"}`, "Idempotency-Key", "k"), http.StatusBadRequest, "invalid", "")
	b.published(b.do("POST", b.events(), `{"event":"ONCRMDEALADD","data":{"FIELDS":{"ID":5}}}`, "Idempotency-Key", "k"))
}

func TestConcurrentRequestsWithOneKeyStoreOnce(t *testing.T) {
	t.Parallel()
	b := open(t)
	const n = 16
	answers := make(chan string, n)
	var wg sync.WaitGroup
	for range n {
		wg.Go(func() {
			r := b.do("POST", b.events(), `{"event":"ONCRMDEALADD","data":{"FIELDS":{"ID":5}}}`, "Idempotency-Key", "k")
			answers <- fmt.Sprint(r.status, r.body)
		})
	}
	wg.Wait()
	first := <-answers
	for range n - 1 {
		if got := <-answers; got != first {
			t.Errorf("%s and %s", first, got)
		}
	}
	if b.stats().Events != 1 {
		t.Errorf("%d events were stored", b.stats().Events)
	}
}

// failing is a store whose writes fail.
type failing struct {
	onevent.Store
	err error
}

func (f failing) Update(context.Context, func(onevent.Tx) error) error { return f.err }

func TestWhatCanNotBeStoredIsAnsweredSo(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		err    error
		status int
		code   string
		words  string
	}{
		{"full disk", fmt.Errorf("commit: %w", onevent.ErrStorageFull), 503, "storage_full", "disk is full"},
		{"closed", onevent.ErrClosed, 503, "unavailable", "closed"},
		{"unknown", errors.New("secret detail"), 500, "internal", "its log tells why"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := open(t)
			ring, err := seal.NewRing(seal.NewKey())
			b.must(err)
			id := b.register(onevent.KindLocal, false, client.Version{})
			b.serve(failing{b.store, c.err}, ring)
			b.wants(b.do("POST", b.events(), `{"event":"ONCRMDEALADD","data":{"FIELDS":{"ID":5}}}`), c.status, c.code, c.words)
			b.wants(b.do("PUT", "/admin/v1/portals/"+b.member+"/installations/"+id, `{"version":"1.0.0"}`), c.status, c.code, c.words)
			if logged := strings.Contains(b.log.String(), "secret detail"); logged != (c.status == 500) {
				t.Errorf("logged: %s", b.log)
			}
		})
	}
}
