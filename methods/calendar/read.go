package calendar

import (
	"regexp"
	"slices"
	"strings"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/rest"
	"github.com/onevent/onevent/wire"
)

// change sets what a call gives on an entry.
type change func(*entry) error

// readChange reads all parameters that add and update share and checks them, so
// that nothing is left to check on the row but its dates. Order: section 2.1.
func (m *methods) readChange(c *rest.Call) (change, error) {
	name, err := readText(c, "name")
	if err != nil {
		return nil, err
	}
	description, err := readText(c, "description")
	if err != nil {
		return nil, err
	}
	if !c.Param("rrule").IsEmpty() {
		return nil, errInvalid("rrule")
	}
	if v := c.Param("crm_fields"); v.IsScalar() && !v.IsEmpty() {
		return nil, errLinks
	}
	span, attendees := readSpan(c), m.readAttendees(c)
	return func(e *entry) error {
		setName(e, name)
		set(&e.Description, description)
		setLook(c, e)
		setLists(c, e)
		setMeeting(c, e, attendees)
		if err := span.set(e); err != nil {
			return err
		}
		e.settle()
		return nil
	}, nil
}

// readText is null for what was not given.
func readText(c *rest.Call, name string) (wire.Value, error) {
	v := c.Param(name)
	if v.Kind() != wire.KindString && !v.IsNull() {
		return v, errInvalid(name)
	}
	return v, nil
}

func setName(e *entry, name wire.Value) {
	set(&e.Name, name)
	if strings.TrimSpace(e.Name) == "" {
		e.Name = unnamed
	}
}

func set(field *string, v wire.Value) {
	if v.IsScalar() {
		*field = v.Text()
	}
}

var validColor = regexp.MustCompile(`^#[0-9a-fA-F]{6}$`)

// setLook passes over values that are not among those of section 2.1.
func setLook(c *rest.Call, e *entry) {
	set(&e.Location, c.Param("location"))
	setMatching(&e.Color, c.Param("color"), validColor.MatchString)
	setMatching(&e.TextColor, c.Param("text_color"), validColor.MatchString)
	setMatching(&e.Accessibility, c.Param("accessibility"), oneOf("busy", "absent", "quest", "free"))
	setMatching(&e.Importance, c.Param("importance"), oneOf("high", "normal", "low"))
	setBool(&e.Private, c.Param("private_event"))
}

func setMatching(field *string, v wire.Value, ok func(string) bool) {
	if ok(v.Text()) {
		*field = v.Text()
	}
}

func oneOf(values ...string) func(string) bool {
	return func(text string) bool { return slices.Contains(values, text) }
}

func setBool(field *bool, v wire.Value) {
	if !v.IsNull() {
		*field = v.Truthy()
	}
}

func setLists(c *rest.Call, e *entry) {
	if v := c.Param("remind"); !v.IsNull() {
		e.Remind = readReminders(v)
	}
	if v := c.Param("crm_fields"); !v.IsNull() {
		e.Links = readTexts(v)
	}
}

var isUnit = oneOf("min", "hour", "day")

func readReminders(v wire.Value) []reminder {
	var out []reminder
	for _, item := range v.Values() {
		unit, _ := item.Fold("type")
		raw, _ := item.Fold("count")
		if n, ok := raw.Int(); ok && n >= 0 && isUnit(unit.Text()) {
			out = append(out, reminder{Type: unit.Text(), Count: n})
		}
	}
	return out
}

func readTexts(v wire.Value) []string {
	var out []string
	for _, item := range v.Values() {
		if item.Text() != "" {
			out = append(out, item.Text())
		}
	}
	return out
}

// readAttendees keeps active users of the portal, each once; nil when none were
// given.
func (m *methods) readAttendees(c *rest.Call) []onevent.UserID {
	v := c.Param("attendees")
	if v.IsNull() {
		return nil
	}
	ids := []onevent.UserID{}
	seen := map[onevent.UserID]bool{}
	for _, item := range v.Values() {
		n, _ := item.Int()
		id := onevent.UserID(n)
		if u := m.Directory.User(c.Portal.ID, id); u != nil && u.Active && !seen[id] {
			ids = append(ids, id)
			seen[id] = true
		}
	}
	return ids
}

// setMeeting: a meeting that is set anew without attendees has only its host.
func setMeeting(c *rest.Call, e *entry, attendees []onevent.UserID) {
	given := c.Param("is_meeting")
	setBool(&e.IsMeeting, given)
	if attendees != nil || !given.IsNull() {
		e.Attendees = slices.Clone(attendees) // the closure may run again
	}
	options := c.Param("meeting")
	for name, field := range map[string]*bool{
		"notify": &e.Meeting.Notify, "reinvite": &e.Meeting.Reinvite,
		"allow_invite": &e.Meeting.AllowInvite, "hide_guests": &e.Meeting.HideGuests,
	} {
		v, _ := options.Fold(name)
		setBool(field, v)
	}
}
