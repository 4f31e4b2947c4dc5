package calendar

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/methods/calendar/recurrence"
)

// entry is a row. The names under which it is kept are those that queries use.
type entry struct {
	Owner         onevent.UserID   `json:"OWNER_ID"`
	Section       int64            `json:"SECTION_ID"`
	Creator       onevent.UserID   `json:"CREATED_BY"`
	Host          onevent.UserID   `json:"MEETING_HOST"`
	Name          string           `json:"NAME"`
	Description   string           `json:"DESCRIPTION"`
	Location      string           `json:"LOCATION"`
	Color         string           `json:"COLOR"`      // empty: the section's
	TextColor     string           `json:"TEXT_COLOR"` // the same
	From          int64            `json:"FROM_TS"`    // unix seconds; of a whole day: its midnight in UTC
	To            int64            `json:"TO_TS"`      // the same; of whole days: the last, which is included
	End           int64            `json:"END_TS"`     // where To ends; of a series: the last instance at the latest
	WholeDay      bool             `json:"SKIP_TIME"`
	ZoneFrom      string           `json:"TZ_FROM"`
	ZoneTo        string           `json:"TZ_TO"`
	Accessibility string           `json:"ACCESSIBILITY"`
	Importance    string           `json:"IMPORTANCE"`
	Private       bool             `json:"PRIVATE_EVENT"`
	IsMeeting     bool             `json:"IS_MEETING"`
	Attendees     []onevent.UserID `json:"ATTENDEES"`
	AttendeeKeys  string           `json:"ATTENDEE_KEYS"` // Attendees as one text, so that a query finds one of them
	Meeting       meetingOptions   `json:"MEETING"`
	Remind        []reminder       `json:"REMIND"`
	Links         []string         `json:"UF_CRM_CAL_EVENT"`
	Created       int64            `json:"DATE_CREATE"` // unix seconds
	Changed       int64            `json:"TIMESTAMP_X"` // the same
	Version       int64            `json:"VERSION"`

	Rule     *recurrence.Rule `json:"RRULE,omitempty"`    // nil: it does not recur
	LastDay  string           `json:"LAST_DAY,omitempty"` // no instance lies after it; empty: the series has no end
	Excluded []string         `json:"EXDATE,omitempty"`   // days without an instance, ascending

	// An instance that was changed by itself names its series, and the begin that
	// it had there by the clock of its zone.
	Recurrence int64  `json:"RECURRENCE_ID,omitempty"`
	Original   string `json:"ORIGINAL_DATE_FROM,omitempty"`
	// Follows is the series of which this one was the rest.
	Follows int64 `json:"ORIGINAL_RECURSION_ID,omitempty"`
}

type meetingOptions struct {
	Notify      bool `json:"NOTIFY"`
	Reinvite    bool `json:"REINVITE"`
	AllowInvite bool `json:"ALLOW_INVITE"`
	HideGuests  bool `json:"HIDE_GUESTS"`
}

type reminder struct {
	Type  string `json:"type"`
	Count int64  `json:"count"`
}

const (
	kindUser = "user" // the one type of calendar: a person's own
	unnamed  = "New event"
)

// settleTimes puts right what follows from the times and the rule.
func (e *entry) settleTimes() error {
	if e.Rule != nil {
		return e.settleSeries()
	}
	e.LastDay, e.Excluded = "", nil
	e.End = e.From + e.length()
	return nil
}

// recursAs says that the entry is a series whose times are those of another:
// looking for its last instance again would find the same.
func (e *entry) recursAs(o *entry) bool {
	return e.Rule != nil && e.Rule == o.Rule && o.End != 0 &&
		e.From == o.From && e.To == o.To && e.WholeDay == o.WholeDay && e.ZoneFrom == o.ZoneFrom
}

// settleAttendees: a meeting has its host among them.
func (e *entry) settleAttendees() {
	if !e.IsMeeting {
		e.Attendees = nil
	} else if !slices.Contains(e.Attendees, e.Host) {
		e.Attendees = slices.Insert(e.Attendees, 0, e.Host)
	}
	var keys strings.Builder
	for _, id := range e.Attendees {
		keys.WriteString(attendeeKey(id))
	}
	e.AttendeeKeys = keys.String()
}

func attendeeKey(id onevent.UserID) string { return "|" + userText(id) + "|" }

func userText(id onevent.UserID) string { return strconv.FormatInt(int64(id), 10) }

func (e *entry) fields() ([]byte, error) { return json.Marshal(e) }

func entryOf(record onevent.Record) (*entry, error) {
	var e entry
	return &e, json.Unmarshal(record.Fields, &e)
}

// mayChange says whether the calendar is the user's own, or the entry his.
func (e *entry) mayChange(user *onevent.User) bool {
	return user.Admin || e.Owner == user.ID || e.Creator == user.ID
}

func (e *entry) mayRead(user *onevent.User) bool {
	return e.mayChange(user) || slices.Contains(e.Attendees, user.ID)
}

// readable is mayRead for a query: an entry that a user who is no administrator
// may read fulfils one of the conditions.
func readable(user onevent.UserID) []onevent.Cond {
	return []onevent.Cond{is("OWNER_ID", user), is("CREATED_BY", user), attends(user)}
}

func is(field string, user onevent.UserID) onevent.Cond {
	return onevent.Cond{Field: field, Op: onevent.OpEqual, Number: true, Values: []string{userText(user)}}
}

func attends(user onevent.UserID) onevent.Cond {
	return onevent.Cond{Field: "ATTENDEE_KEYS", Op: onevent.OpContains, Values: []string{attendeeKey(user)}}
}
