package catalog

import (
	"strings"

	"github.com/onevent/onevent/wire"
)

// BasicScope is the scope of events and methods that need none.
const BasicScope = "basic"

// Tokens says what the auth block has when a user is known.
// docs/protocol/events.md section 3.2.
type Tokens uint8

// The kinds of Tokens.
const (
	TokensNone    Tokens = iota // the block of an outgoing webhook
	TokensAccess                // an access token
	TokensRefresh               // an access token and a refresh token
)

// Event is one entry of the catalogue. It is shared: only read it.
type Event struct {
	Code     string   // upper case, as on the wire
	Name     string   // as the documentation spells it
	Scope    string   // BasicScope when it needs none
	Scopes   []string // each of them gives access; Scope is the first
	Title    string
	Trigger  string // what makes it happen
	Category string

	IDPath     string // where the id of the object is, "data.FIELDS.ID"; "" without an object
	ObjectType string // "crm.activity"; one for add, update and delete; "" without an object

	Tokens         Tokens
	Audience       string // any-subscriber, own-app, own-bot, subscribed-user
	Status         string // current, outdated, mentioned-only, undocumented
	Delivery       string // how it comes, when not to a handler
	OfflineAllowed bool   // false: event.bind refuses it with event_type=offline
	Dynamic        bool   // the code names a single smart process type
	EntityTypeID   string // that type
	Note           string

	DataExample wire.Value // data as the documentation shows it
	DataWire    string     // the same, encoded
	Doc         string     // page inside bitrix24/b24restdocs, or ""

	path []string // IDPath below data
}

// Global reports whether the event needs no scope.
func (e *Event) Global() bool { return e.Scope == BasicScope }

// AllowedBy reports whether a token with these scopes may bind the event.
func (e *Event) AllowedBy(scopes []string) bool {
	for _, scope := range e.Scopes {
		if Grants(scopes, scope) {
			return true
		}
	}
	return false
}

// AudienceOwnApp is the audience of events that concern the application alone to
// which they are told.
const AudienceOwnApp = "own-app"

// noID are the texts that stand for "no value" where an id is expected.
// docs/protocol/events.md sections 2.6 and 10.
var noID = map[string]bool{"": true, "0": true, "undefined": true}

// ObjectID returns the id of the object that data is about. The id of an item of
// a smart process is "ENTITY_TYPE_ID:ID"; that of a comment in the new task card,
// whose ID is 0, is its MESSAGE_ID. docs/protocol/events.md section 10.
func (e *Event) ObjectID(data wire.Value) (id string, ok bool) {
	if e.ObjectType == "" {
		return "", false
	}
	id = textAt(data, e.path)
	switch {
	case e.ObjectType == dynamicItem:
		return e.itemID(data, id)
	case e.ObjectType == taskComment && noID[id]:
		id = commentMessage(data)
	}
	return id, !noID[id]
}

const (
	dynamicItem = "crm.dynamicitem"
	taskComment = "task.comment"
)

// itemID names an item by its type too, for ids are counted a type.
func (e *Event) itemID(data wire.Value, id string) (string, bool) {
	entityType := textAt(data, []string{"FIELDS", "ENTITY_TYPE_ID"})
	if noID[entityType] {
		entityType = e.EntityTypeID
	}
	if noID[id] || noID[entityType] {
		return "", false
	}
	return entityType + ":" + id, true
}

func commentMessage(data wire.Value) string {
	for _, side := range []string{"FIELDS_AFTER", "FIELDS_BEFORE"} {
		if id := textAt(data, []string{side, "MESSAGE_ID"}); !noID[id] {
			return id
		}
	}
	return ""
}

func textAt(data wire.Value, path []string) string {
	v, _ := data.Path(path...)
	return v.Text()
}

// entry is an event as events.json has it.
type entry struct {
	Event       string     `json:"event"`
	Name        string     `json:"name"`
	Scope       string     `json:"scope"`
	Scopes      []string   `json:"scopes"`
	Title       string     `json:"title"`
	Trigger     string     `json:"trigger"`
	Category    string     `json:"category"`
	IDPath      string     `json:"id_path"`
	ObjectType  string     `json:"object_type"`
	Tokens      string     `json:"tokens"`
	Audience    string     `json:"audience"`
	Status      string     `json:"status"`
	Delivery    string     `json:"delivery"`
	Offline     *bool      `json:"offline"`
	Dynamic     bool       `json:"dynamic"`
	Note        string     `json:"note"`
	DataExample wire.Value `json:"data_example"`
	DataWire    string     `json:"data_wire"`
	Doc         string     `json:"doc"`
}

var tokensByName = map[string]Tokens{
	"none": TokensNone, "access": TokensAccess, "access+refresh": TokensRefresh,
}

func (in entry) event() *Event {
	e := &Event{
		Code: in.Event, Name: in.Name, Scope: in.Scope, Scopes: in.Scopes,
		Title: in.Title, Trigger: in.Trigger, Category: in.Category,
		IDPath: in.IDPath, ObjectType: in.ObjectType, path: belowData(in.IDPath),
		Tokens: tokensByName[in.Tokens], Audience: in.Audience, Status: in.Status,
		Delivery: in.Delivery, Dynamic: in.Dynamic, Note: in.Note,
		DataExample: in.DataExample, DataWire: in.DataWire, Doc: in.Doc,
	}
	// Only a false is a refusal: what is unknown may be bound.
	e.OfflineAllowed = in.Offline == nil || *in.Offline
	if len(e.Scopes) == 0 {
		e.Scopes = []string{in.Scope}
	}
	if e.Dynamic {
		e.EntityTypeID = strings.TrimPrefix(e.Code, e.prefix())
	}
	return e
}

// belowData turns "data.FIELDS.ID" into the keys below data; "data" alone is the
// id itself.
func belowData(path string) []string {
	below, ok := strings.CutPrefix(path, "data.")
	if !ok {
		return nil
	}
	return strings.Split(below, ".")
}
