package calendar

import (
	"regexp"
	"slices"
	"strings"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/rest"
	"github.com/onevent/onevent/wire"
)

// change is what a call gives of an entry.
type change struct {
	call              *rest.Call
	name, description wire.Value
	section           int64 // 0: not given
	rule              ruleParam
	span              span
	attendees         []onevent.UserID
}

// readChange reads all parameters that add and update share and checks them, so
// that little is left to check on the row. Order: section 2.1.
func (m *methods) readChange(c *rest.Call) (ch change, err error) {
	ch = change{call: c, span: readSpan(c), attendees: m.readAttendees(c)}
	if ch.section, err = readSectionID(c.Param("section")); err != nil {
		return ch, err
	}
	if ch.name, err = readText(c, "name"); err != nil {
		return ch, err
	}
	if ch.description, err = readText(c, "description"); err != nil {
		return ch, err
	}
	if ch.rule, err = readRule(c.Param("rrule")); err != nil {
		return ch, err
	}
	if v := c.Param("crm_fields"); v.IsScalar() && !v.IsEmpty() {
		return ch, errLinks
	}
	return ch, nil
}

func readSectionID(v wire.Value) (int64, error) {
	if v.IsEmpty() {
		return 0, nil
	}
	id, ok := v.Int()
	if !ok || id <= 0 {
		return 0, errSection
	}
	return id, nil
}

// set changes the entry, within its section's rights.
func (m *methods) set(r onevent.RecordReader, e *entry, ch change) error {
	if err := m.checkMove(r, e.Owner, ch); err != nil {
		return err
	}
	return ch.set(e)
}

// checkMove refuses a section that is none of the owner's.
func (m *methods) checkMove(r onevent.RecordReader, owner onevent.UserID, ch change) error {
	if ch.section == 0 {
		return nil
	}
	return m.checkSection(r, ch.call.Portal.ID, owner, ch.section)
}

func (ch *change) set(e *entry) error {
	was := *e
	if ch.section != 0 {
		e.Section = ch.section
	}
	setName(e, ch.name)
	set(&e.Description, ch.description)
	setLook(ch.call, e)
	setLists(ch.call, e)
	setMeeting(ch.call, e, ch.attendees)
	if ch.rule.given {
		e.Rule = ch.rule.rule
	}
	if err := ch.span.set(e); err != nil {
		return err
	}
	e.settleAttendees()
	if e.recursAs(&was) {
		return nil
	}
	return e.settleTimes()
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
