package calendar

import (
	"strconv"
	"strings"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/rest"
	"github.com/onevent/onevent/wire"
)

// Forms of dates in the event object; section 2.2.
const (
	siteTime  = "01/02/2006 03:04:05 pm"
	siteDate  = "01/02/2006"
	formatted = "Mon Jan 02 2006 15:04:05"
)

// shown is the event object of section 2.2; rows of calendar.event.get have four
// keys more.
func (m *methods) shown(c *rest.Call, id int64, e *entry, asRow bool) wire.Value {
	s := shower{methods: m, call: c, id: id, entry: e}
	out := s.head()
	out = append(out, s.times()...)
	out = append(out, s.look()...)
	out = append(out, s.meeting()...)
	out = append(out, s.rest()...)
	if asRow {
		out = append(out, s.rowKeys()...)
	}
	return wire.Map(out...)
}

type shower struct {
	*methods
	call  *rest.Call
	id    int64
	entry *entry
}

func text(s string) wire.Value { return wire.String(s) }

func number(n int64) wire.Value { return wire.String(strconv.FormatInt(n, 10)) }

func user(id onevent.UserID) wire.Value { return number(int64(id)) }

func yesNo(b bool) wire.Value {
	if b {
		return text("Y")
	}
	return text("N")
}

func (s *shower) head() []wire.Field {
	e := s.entry
	return []wire.Field{
		wire.F("ID", number(s.id)),
		wire.F("PARENT_ID", number(s.id)),
		wire.F("DELETED", text("N")),
		wire.F("CAL_TYPE", text(kindUser)),
		wire.F("OWNER_ID", user(e.Owner)),
		wire.F("NAME", text(e.Name)),
	}
}

func (s *shower) times() []wire.Field {
	e := s.entry
	from, to := s.local(e.From, e.ZoneFrom), s.local(e.To, e.ZoneTo)
	zoneFrom, zoneTo := e.ZoneFrom, e.ZoneTo
	if e.WholeDay {
		zoneFrom, zoneTo = "", ""
	}
	return []wire.Field{
		wire.F("DATE_FROM", text(s.site(from))),
		wire.F("DATE_TO", text(s.site(to))),
		wire.F("ORIGINAL_DATE_FROM", wire.Null()),
		wire.F("TZ_FROM", text(zoneFrom)),
		wire.F("TZ_TO", text(zoneTo)),
		wire.F("TZ_OFFSET_FROM", number(offset(from))),
		wire.F("TZ_OFFSET_TO", number(offset(to))),
		wire.F("DATE_FROM_TS_UTC", number(e.From)),
		wire.F("DATE_TO_TS_UTC", number(e.To)),
		wire.F("DT_SKIP_TIME", yesNo(e.WholeDay)),
		wire.F("DT_LENGTH", wire.Int(e.End-e.From)),
		wire.F("EVENT_TYPE", wire.Null()),
		wire.F("CREATED_BY", user(e.Creator)),
		wire.F("DATE_CREATE", text(s.stamp(e.Created))),
		wire.F("TIMESTAMP_X", text(s.stamp(e.Changed))),
	}
}

// local is a moment in the zone of the entry; whole days have none.
func (s *shower) local(unix int64, zoneName string) time.Time {
	zone, ok := rest.LoadZone(zoneName)
	if s.entry.WholeDay || !ok {
		zone = time.UTC
	}
	return time.Unix(unix, 0).In(zone)
}

func (s *shower) site(t time.Time) string {
	if s.entry.WholeDay {
		return t.Format(siteDate)
	}
	return t.Format(siteTime)
}

func (s *shower) stamp(unix int64) string {
	return time.Unix(unix, 0).In(s.call.Zone()).Format(siteTime)
}

func offset(t time.Time) int64 {
	_, seconds := t.Zone()
	return int64(seconds)
}

func (s *shower) look() []wire.Field {
	e := s.entry
	return []wire.Field{
		wire.F("DESCRIPTION", text(e.Description)),
		wire.F("PRIVATE_EVENT", flag(e.Private)),
		wire.F("ACCESSIBILITY", text(e.Accessibility)),
		wire.F("IMPORTANCE", text(e.Importance)),
	}
}

func flag(b bool) wire.Value {
	if b {
		return text("1")
	}
	return text("")
}

func (s *shower) meeting() []wire.Field {
	e := s.entry
	return []wire.Field{
		wire.F("IS_MEETING", wire.Bool(e.IsMeeting)),
		wire.F("MEETING_STATUS", text(e.status(s.call.User.ID))),
		wire.F("MEETING_HOST", user(e.Host)),
		wire.F("MEETING", s.meetingOptions()),
		wire.F("LOCATION", text(e.Location)),
		wire.F("REMIND", reminders(e.Remind)),
		wire.F("COLOR", text(e.Color)),
		wire.F("RRULE", text("")),
		wire.F("EXDATE", text("")),
	}
}

// status is how a user stands to a meeting: its host, invited, or neither.
func (e *entry) status(id onevent.UserID) string {
	switch {
	case !e.IsMeeting:
		return ""
	case id == e.Host:
		return "H"
	case strings.Contains(e.AttendeeKeys, attendeeKey(id)):
		return "Q"
	}
	return ""
}

func (s *shower) meetingOptions() wire.Value {
	o := s.entry.Meeting
	return wire.Map(
		wire.F("HOST_NAME", text(s.nameOf(s.entry.Host))),
		wire.F("NOTIFY", wire.Bool(o.Notify)),
		wire.F("REINVITE", wire.Bool(o.Reinvite)),
		wire.F("ALLOW_INVITE", wire.Bool(o.AllowInvite)),
		wire.F("HIDE_GUESTS", wire.Bool(o.HideGuests)),
		wire.F("MEETING_CREATOR", wire.Int(int64(s.entry.Creator))),
		wire.F("LANGUAGE_ID", text(s.call.Portal.Language)),
		wire.F("MAIL_FROM", text("")))
}

func (s *shower) nameOf(id onevent.UserID) string {
	u := s.Directory.User(s.call.Portal.ID, id)
	if u == nil {
		return ""
	}
	return strings.TrimSpace(u.Name + " " + u.LastName)
}

func reminders(list []reminder) wire.Value {
	out := make([]wire.Value, len(list))
	for i, r := range list {
		out[i] = wire.Map(wire.F("type", text(r.Type)), wire.F("count", wire.Int(r.Count)))
	}
	return wire.List(out...)
}

func (s *shower) rest() []wire.Field {
	e := s.entry
	return []wire.Field{
		wire.F("SECTION_ID", number(e.Section)),
		wire.F("SECT_ID", number(e.Section)),
		wire.F("SYNC_STATUS", wire.Null()),
		wire.F("DAV_XML_ID", text(s.davID())),
		wire.F("G_EVENT_ID", text("")),
		wire.F("DAV_EXCH_LABEL", text("")),
		wire.F("CAL_DAV_LABEL", text("")),
		wire.F("VERSION", number(e.Version)),
		wire.F("ATTENDEES_CODES", s.attendees(func(id onevent.UserID) wire.Value { return text("U" + userText(id)) })),
		wire.F("RECURRENCE_ID", wire.Null()),
		wire.F("RELATIONS", wire.Null()),
		wire.F("SECTION_DAV_XML_ID", wire.Null()),
		wire.F("COLLAB_ID", wire.Null()),
		wire.F("DATE_FROM_FORMATTED", text(s.local(e.From, e.ZoneFrom).Format(formatted))),
		wire.F("DATE_TO_FORMATTED", text(s.local(e.To, e.ZoneTo).Format(formatted))),
		wire.F("UF_CRM_CAL_EVENT", texts(e.Links)),
		wire.F("UF_WEBDAV_CAL_EVENT", wire.Bool(false)),
		wire.F("~DESCRIPTION", text(e.Description)),
		wire.F("~RRULE_DESCRIPTION", text("")),
		wire.F("~USER_OFFSET_FROM", s.userOffset(e.From, e.ZoneFrom)),
		wire.F("~USER_OFFSET_TO", s.userOffset(e.To, e.ZoneTo)),
		wire.F("ATTENDEE_LIST", s.attendees(s.attendee)),
		wire.F("attendeesEntityList", s.attendees(entityOf)),
	}
}

func (s *shower) davID() string {
	return strconv.FormatInt(s.entry.Created, 10) + "-" + strconv.FormatInt(s.id, 10) + "@" + s.call.Portal.Domain
}

// userOffset is how far the caller's clock is ahead of the entry's.
func (s *shower) userOffset(unix int64, zoneName string) wire.Value {
	if s.entry.WholeDay {
		return wire.Int(0)
	}
	zone, _ := userZone(s.call)
	return wire.Int(offset(time.Unix(unix, 0).In(zone)) - offset(s.local(unix, zoneName)))
}

func texts(list []string) wire.Value {
	out := make([]wire.Value, len(list))
	for i, t := range list {
		out[i] = text(t)
	}
	return wire.List(out...)
}

func (s *shower) attendees(show func(onevent.UserID) wire.Value) wire.Value {
	out := make([]wire.Value, len(s.entry.Attendees))
	for i, id := range s.entry.Attendees {
		out[i] = show(id)
	}
	return wire.List(out...)
}

func (s *shower) attendee(id onevent.UserID) wire.Value {
	return wire.Map(
		wire.F("id", wire.Int(int64(id))),
		wire.F("entryId", number(s.id)),
		wire.F("status", text(s.entry.status(id))))
}

func entityOf(id onevent.UserID) wire.Value {
	return wire.Map(wire.F("entityId", text("user")), wire.F("id", wire.Int(int64(id))))
}

func (s *shower) rowKeys() []wire.Field {
	e := s.entry
	return []wire.Field{
		wire.F("TEXT_COLOR", text(e.TextColor)),
		wire.F("ACTIVE", text("Y")),
		wire.F("DT_FROM", text(s.site(s.local(e.From, e.ZoneFrom)))),
		wire.F("DT_TO", text(s.site(s.local(e.To, e.ZoneTo)))),
	}
}
