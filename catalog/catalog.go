// Package catalog knows the events that applications can subscribe to and the
// scopes that they can be granted. Its data is events.json; what the fields mean
// is told in docs/protocol/events.md section 10.
package catalog

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
)

//go:embed events.json
var eventsJSON []byte

// globalOrder is how the method events lists what needs no scope, ahead of the
// events of scopes. docs/protocol/events.md section 4.4.
var globalOrder = []string{
	"ONAPPUNINSTALL", "ONAPPINSTALL", "ONAPPUPDATE", "ONAPPPAYMENT", "ONSUBSCRIPTIONRENEW",
	"ONAPPTEST", "ONAPPMETHODCONFIRM", "ONAPPUSERREADY", "ONOFFLINEEVENT", "ONUSERADD",
}

// list is the catalogue in order, with an index of its codes.
type list struct {
	events  []*Event
	byCode  map[string]*Event
	dynamic map[string]*Event // by the code without the type: ONCRMDYNAMICITEMADD_
}

// catalogue is read once, at the first question.
var catalogue = sync.OnceValue(read)

func read() *list {
	var entries []entry
	if err := json.Unmarshal(eventsJSON, &entries); err != nil {
		panic(fmt.Sprintf("catalog: events.json: %v", err))
	}
	l := &list{byCode: map[string]*Event{}, dynamic: map[string]*Event{}}
	for _, e := range entries {
		l.add(e.event())
	}
	slices.SortStableFunc(l.events, func(a, b *Event) int { return rank(a) - rank(b) })
	return l
}

func (l *list) add(e *Event) {
	l.events = append(l.events, e)
	l.byCode[e.Code] = e
	if e.Dynamic {
		l.dynamic[e.prefix()] = e
	}
}

func rank(e *Event) int {
	if i := slices.Index(globalOrder, e.Code); i >= 0 {
		return i
	}
	return len(globalOrder)
}

// Events returns all events of the catalogue, the examples of dynamic ones too:
// first those that need no scope, then scope by scope. The events are shared: only
// read them. docs/protocol/events.md section 4.4.
func Events() []*Event { return slices.Clone(catalogue().events) }

// Available returns the events that a token with these scopes may bind: those that
// need none and those of the scopes, each once and in the order of Events. The
// codes of single smart process types are left out, Lookup knows them.
func Available(scopes []string) []*Event {
	var available []*Event
	for _, e := range catalogue().events {
		if !e.Dynamic && e.AllowedBy(scopes) {
			available = append(available, e)
		}
	}
	return available
}

// Lookup returns the event with this code in any letter case. The code of a
// smart process type, ONCRMDYNAMICITEMADD_147, is known for every type: the event
// returned then has the code and the type that were asked for. It does not
// allocate for the upper-case code of any other event.
func Lookup(code string) (*Event, bool) {
	if e, ok := lookupUpper(code); ok {
		return e, true
	}
	if upper := upperASCII(code); upper != code {
		return lookupUpper(upper)
	}
	return nil, false
}

func lookupUpper(code string) (*Event, bool) {
	if e, ok := catalogue().byCode[code]; ok {
		return e, true
	}
	return lookupDynamic(code)
}
