package admin

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/catalog"
	"github.com/onevent/onevent/explain"
)

// Limits of a list.
const (
	defaultLimit = 50
	// mostExplained bounds how many events are explained at once.
	mostExplained = 100
)

// query reads the parameters of a request one by one and keeps the first error.
type query struct {
	s      *server
	values url.Values
	err    error
}

// query refuses parameters that are not among those named, or come twice.
func (s *server) query(r *http.Request, names ...string) *query {
	q := &query{s: s}
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		q.err = invalid("the query is not percent-encoded")
		return q
	}
	q.values = values
	for _, name := range slices.Sorted(keysOf(values)) {
		if !slices.Contains(names, name) {
			q.err = invalid("unknown parameter %q: there are %s", name, strings.Join(names, ", "))
			return q
		}
		if len(values[name]) > 1 {
			q.err = invalid("%s comes more than once", name)
			return q
		}
	}
	return q
}

func keysOf(values url.Values) func(func(string) bool) {
	return func(yield func(string) bool) {
		for name := range values {
			if !yield(name) {
				return
			}
		}
	}
}

// text is a parameter; empty when it is absent or an error came before.
func (q *query) text(name string) string {
	if q.err != nil {
		return ""
	}
	return q.values.Get(name)
}

func (q *query) fail(err error) {
	if q.err == nil {
		q.err = err
	}
}

func (q *query) id(name string) int64 {
	text := q.text(name)
	if text == "" {
		return 0
	}
	id, err := parseID(name, text)
	if err != nil {
		q.fail(err)
	}
	return id
}

func (q *query) portal() onevent.PortalID {
	member := q.text("portal")
	if member == "" {
		return 0
	}
	p := q.s.Directory.PortalByMember(member)
	if p == nil {
		q.fail(notFound("no portal has the member_id %q", member))
		return 0
	}
	return p.ID
}

// application is one that was installed at some time where it is looked for.
func (q *query) application(portal onevent.PortalID) onevent.ApplicationID {
	clientID := q.text("client_id")
	if clientID == "" {
		return 0
	}
	a := q.s.Directory.ApplicationByClientID(clientID)
	if a == nil {
		q.fail(notFound("no application has the client_id %q", clientID))
		return 0
	}
	if portal != 0 && !q.s.everInstalled(portal, a.ID) {
		q.fail(notFound("the application %q was never installed on this portal", clientID))
	}
	return a.ID
}

func (s *server) everInstalled(portal onevent.PortalID, app onevent.ApplicationID) bool {
	for _, inst := range s.Directory.Installations(portal) {
		if inst.Application == app {
			return true
		}
	}
	return false
}

func (q *query) handler(portal onevent.PortalID) onevent.HandlerID {
	id := onevent.HandlerID(q.id("handler_id"))
	if id == 0 || q.err != nil {
		return 0
	}
	if h := q.s.Directory.Handler(id); h == nil || portal != 0 && h.Portal != portal {
		q.fail(notFound("there is no handler %d%s", id, here(portal)))
	}
	return id
}

func (q *query) destination(portal onevent.PortalID) onevent.DestinationID {
	id := onevent.DestinationID(q.id("destination_id"))
	if id == 0 || q.err != nil {
		return 0
	}
	if d := q.s.Directory.Destination(id); d == nil || portal != 0 && d.Portal != portal {
		q.fail(notFound("there is no destination %d%s", id, here(portal)))
	}
	return id
}

func here(portal onevent.PortalID) string {
	if portal == 0 {
		return ""
	}
	return " on this portal"
}

func (q *query) code() string {
	text := q.text("event")
	if text == "" {
		return ""
	}
	entry, ok := catalog.Lookup(text)
	if !ok {
		q.fail(invalid("unknown event %q", text))
		return ""
	}
	return entry.Code
}

// object is TYPE:ID; the id may have colons.
func (q *query) object() onevent.Object {
	text := q.text("object")
	if text == "" {
		return onevent.Object{}
	}
	kind, id, _ := strings.Cut(text, ":")
	switch {
	case id == "":
		q.fail(invalid("object must be TYPE:ID, such as crm.activity:999"))
	case !isObjectType(kind):
		q.fail(invalid("unknown object type %q; one is crm.activity", kind))
	}
	return onevent.Object{Type: kind, ID: id}
}

func isObjectType(kind string) bool {
	return kind != "" && (kind == onevent.LifecycleObject ||
		slices.ContainsFunc(catalog.Events(), func(e *catalog.Event) bool { return e.ObjectType == kind }))
}

func (q *query) states() (all []onevent.State) {
	text := q.text("state")
	if text == "" {
		return nil
	}
	for name := range strings.SplitSeq(text, ",") {
		state, ok := stateOf(name)
		if !ok {
			q.fail(invalid("unknown state %q: there are waiting, delivered, failed, cancelled", name))
		}
		all = append(all, state)
	}
	return all
}

func stateOf(name string) (onevent.State, bool) {
	for state := onevent.StateWaiting; state <= onevent.StateCancelled; state++ {
		if state.String() == name {
			return state, true
		}
	}
	return 0, false
}

func (q *query) verdict() onevent.Verdict {
	v := onevent.Verdict(q.text("verdict"))
	if v != "" && !explain.Known(v) {
		q.fail(invalid("unknown verdict %q", string(v)))
	}
	return v
}

// times are from and until.
func (q *query) times() (from, until time.Time) {
	from, until = q.time("from"), q.time("until")
	if q.err == nil && !from.IsZero() && !until.IsZero() && !from.Before(until) {
		q.fail(invalid("from must be before until"))
	}
	return from, until
}

// maxSeconds is the last second of the year 9999.
const maxSeconds = 253402300799

func (q *query) time(name string) time.Time {
	text := q.text(name)
	if text == "" {
		return time.Time{}
	}
	t, err := parseTime(name, text)
	if err != nil {
		q.fail(err)
	}
	return t
}

func parseTime(name, text string) (time.Time, error) {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil && n > 0 && n <= maxSeconds {
		return time.Unix(n, 0).UTC(), nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil || t.Unix() <= 0 {
		return time.Time{}, invalid("%s must be a time such as 2026-03-01T12:00:00Z, or seconds since 1970", name)
	}
	return t, nil
}

func (q *query) oldest() bool {
	switch order := q.text("order"); order {
	case "", "newest":
		return false
	case "oldest":
		return true
	default:
		q.fail(invalid("order must be newest or oldest, not %q", order))
		return false
	}
}

func (q *query) flag(name string) bool {
	switch q.text(name) {
	case "", "0":
		return false
	case "1":
		return true
	}
	q.fail(invalid("%s must be 1 or 0", name))
	return false
}

func (q *query) limit(usual, most int) int {
	text := q.text("limit")
	if text == "" {
		return usual
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > most {
		q.fail(invalid("limit must be 1 to %d", most))
	}
	return n
}

// cursorOf is what the next page is asked for with; empty: there is none.
func cursorOf[T ~int64](next T) string {
	if next == 0 {
		return ""
	}
	return formatID(next)
}
