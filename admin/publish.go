package admin

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"net/http"
	"strconv"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/catalog"
	"github.com/onevent/onevent/publish"
	"github.com/onevent/onevent/wire"
)

// MaxEvents is how many events one request may publish.
const MaxEvents = 1000

// eventLimits bound what the parser makes of a body: 250 keys for each of the
// most events that it may have.
var eventLimits = wire.Limits{Bytes: MaxBody, Keys: 250 * MaxEvents}

// publish raises one event or an array of them in one transaction, and answers
// after its commit. Everything that can be judged before is.
func (s *server) publish(w http.ResponseWriter, r *http.Request) error {
	portal, err := s.portal(r)
	if err != nil {
		return err
	}
	body, err := readBody(w, r)
	if err != nil {
		return err
	}
	events, err := s.parseEvents(portal, body)
	if err != nil {
		return err
	}
	s.traced(w, r, events)
	repeat, err := s.repeatOf(portal, r.Header.Get("Idempotency-Key"), body)
	if err != nil {
		return err
	}
	answer, raised, err := s.raise(r.Context(), portal, events, repeat)
	if err != nil {
		return err
	}
	if c, ok := w.(*call); ok {
		c.events = raised
	}
	writeBody(w, http.StatusAccepted, answer)
	return nil
}

// raise stores the events, or returns what was answered under the same
// Idempotency-Key before. A key that another request took while this one ran
// is looked up once more. What the portal's publishing rate has no room for is
// refused whole.
func (s *server) raise(ctx context.Context, portal *onevent.Portal, events []publish.Raised, repeat *onevent.Answer) (answer []byte, raised int, err error) {
	if refusal := s.Publisher.Admit(portal, len(events)); refusal != nil {
		answer, err = s.answeredBefore(ctx, repeat, refusal)
		return answer, 0, err
	}
	answer, raised, err = s.raiseOnce(ctx, events, repeat)
	if repeat != nil && errors.Is(err, errKeyTaken) {
		answer, raised, err = s.raiseOnce(ctx, events, repeat)
	}
	s.Publisher.Correct(portal, len(events), raised)
	return answer, raised, err
}

// raiseOnce also says how many events are stored by it.
func (s *server) raiseOnce(ctx context.Context, events []publish.Raised, repeat *onevent.Answer) (answer []byte, raised int, err error) {
	err = s.Store.Update(ctx, func(tx onevent.Tx) error {
		var err error
		raised = 0
		if answer, err = given(tx, repeat); answer != nil || err != nil {
			return err
		}
		if answer, err = s.raiseAll(tx, events); err != nil {
			return err
		}
		raised = len(events)
		return keep(tx, repeat, answer)
	})
	if err != nil {
		raised = 0
	}
	return answer, raised, err
}

func (s *server) raiseAll(tx onevent.Tx, events []publish.Raised) ([]byte, error) {
	answer := make([]byte, 0, 16+48*len(events))
	answer = append(answer, `{"events":[`...)
	for i := range events {
		result, err := s.Publisher.Raise(tx, events[i])
		if onevent.CodeOf(err) == onevent.CodeTooLarge {
			return nil, &indexed{i, err}
		}
		if err != nil {
			return nil, err
		}
		if i > 0 {
			answer = append(answer, ',')
		}
		answer = appendResult(answer, result)
	}
	return append(answer, `]}`...), nil
}

func appendResult(dst []byte, r publish.Result) []byte {
	dst = append(dst, `{"id":"`...)
	dst = strconv.AppendInt(dst, int64(r.ID), 10)
	dst = append(dst, `","deliveries":`...)
	dst = strconv.AppendInt(dst, int64(r.Deliveries), 10)
	return append(dst, '}')
}

// parseEvents reads the body into what is to be raised, in its order.
func (s *server) parseEvents(portal *onevent.Portal, body []byte) ([]publish.Raised, error) {
	v, err := wire.ParseJSON(body, eventLimits)
	if err != nil {
		return nil, bodyError(err)
	}
	items := []wire.Value{v}
	if v.IsList() {
		items = v.Items()
	}
	switch {
	case len(items) == 0:
		return nil, invalid("there is no event in the array")
	case len(items) > MaxEvents:
		return nil, &indexed{MaxEvents, onevent.Errorf(onevent.CodeTooLarge, "a request publishes at most %d events", MaxEvents)}
	}
	events := make([]publish.Raised, len(items))
	for i, item := range items {
		if events[i], err = s.parseEvent(portal, item); err != nil {
			return nil, &indexed{i, err}
		}
	}
	return events, nil
}

func bodyError(err error) error {
	var limit *wire.LimitError
	if errors.As(err, &limit) {
		return onevent.Errorf(onevent.CodeTooLarge, "the body exceeds the limit of %d %s", limit.Value, limit.Limit)
	}
	return onevent.Errorf(onevent.CodeInvalid, "%w", err)
}

// parseEvent judges one event: a code that may be published, an actor of the
// portal, data that names the object.
func (s *server) parseEvent(portal *onevent.Portal, v wire.Value) (publish.Raised, error) {
	r := publish.Raised{Portal: portal}
	f, err := eventFields(v)
	if err != nil {
		return r, err
	}
	if r.Event, err = publishable(f.event); err != nil {
		return r, err
	}
	if r.Actor, err = s.actor(portal, f.user); err != nil {
		return r, err
	}
	r.Data = f.data
	r.Object, err = objectOf(r.Event, f)
	return r, err
}

// fields are the keys of an event; a key that is absent is null.
type fields struct{ event, user, data, object wire.Value }

func eventFields(v wire.Value) (fields, error) {
	var f fields
	if !v.IsMap() {
		return f, invalid("an event must be a JSON object")
	}
	for _, field := range v.Fields() {
		switch field.Key {
		case "event":
			f.event = field.Value
		case "user_id":
			f.user = field.Value
		case "data":
			f.data = field.Value
		case "object":
			f.object = field.Value
		default:
			return f, invalid("unknown key %q", field.Key)
		}
	}
	return f, nil
}

func publishable(code wire.Value) (*catalog.Event, error) {
	if code.Kind() != wire.KindString || code.Text() == "" {
		return nil, invalid("event must be the code of an event, such as ONCRMACTIVITYUPDATE")
	}
	event, ok := catalog.Lookup(code.Text())
	switch {
	case !ok:
		return nil, invalid("unknown event %q", code.Text())
	case event.Global():
		return nil, invalid("%s is raised by the platform alone", event.Code)
	}
	return event, nil
}

func (s *server) actor(portal *onevent.Portal, v wire.Value) (onevent.UserID, error) {
	if v.IsNull() {
		return 0, nil
	}
	id, ok := v.Int()
	if !ok || v.Kind() != wire.KindNumber {
		return 0, invalid("user_id must be a whole number")
	}
	if id != 0 && s.Directory.User(portal.ID, onevent.UserID(id)) == nil {
		return 0, invalid("the portal has no user %d", id)
	}
	return onevent.UserID(id), nil
}

// objectOf is what the data names, or what the request does where the data of
// the code names nothing. An object of a code without a type of object has the
// code itself for its type.
func objectOf(event *catalog.Event, f fields) (onevent.Object, error) {
	if !f.object.IsNull() && f.object.Kind() != wire.KindString && f.object.Kind() != wire.KindNumber {
		return onevent.Object{}, invalid("object must be an id")
	}
	given := f.object.Text()
	if event.ObjectType == "" {
		return onevent.Object{Type: objectType(event, given), ID: given}, nil
	}
	id, ok := event.ObjectID(f.data)
	switch {
	case !ok:
		return onevent.Object{}, invalid("the data of %s must have a value at %s", event.Code, idPath(event))
	case given != "" && given != id:
		return onevent.Object{}, invalid("object differs from what data has at %s", idPath(event))
	}
	return onevent.Object{Type: event.ObjectType, ID: id}, nil
}

func objectType(event *catalog.Event, id string) string {
	if id == "" {
		return ""
	}
	return cmp.Or(event.ObjectType, event.Code)
}

func idPath(event *catalog.Event) string {
	if event.ObjectType == "crm.dynamicitem" {
		return event.IDPath + " and data.FIELDS.ENTITY_TYPE_ID"
	}
	return event.IDPath
}

// repeatOf is under what the answer is kept, without it yet; nil for a request
// without a key.
func (s *server) repeatOf(portal *onevent.Portal, key string, body []byte) (*onevent.Answer, error) {
	if key == "" {
		return nil, nil
	}
	if len(key) > maxKey {
		return nil, invalid("Idempotency-Key must have at most %d characters", maxKey)
	}
	digest := sha256.Sum256(body)
	now := s.Clock.Now()
	return &onevent.Answer{Portal: portal.ID, Key: key, Digest: digest[:], Time: now, Expires: now.Add(keyLife)}, nil
}
