package calendar

import (
	"cmp"
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
func (s *shower) shown(asRow bool) wire.Value {
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

// shower shows an entry, or one of its instances.
type shower struct {
	*methods
	call    *rest.Call
	id      int64
	entry   *entry // the instance
	series  *entry // the row
	section *section
}

func text(s string) wire.Value { return wire.String(s) }

func numberText(n int64) string { return strconv.FormatInt(n, 10) }

func number(n int64) wire.Value { return wire.String(numberText(n)) }

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
		wire.F("ORIGINAL_DATE_FROM", shownOriginal(e)),
		wire.F("TZ_FROM", text(zoneFrom)),
		wire.F("TZ_TO", text(zoneTo)),
		wire.F("TZ_OFFSET_FROM", number(offset(from))),
		wire.F("TZ_OFFSET_TO", number(offset(to))),
		wire.F("DATE_FROM_TS_UTC", number(e.From)),
		wire.F("DATE_TO_TS_UTC", number(e.To)),
		wire.F("DT_SKIP_TIME", yesNo(e.WholeDay)),
		wire.F("DT_LENGTH", wire.Int(e.length())),
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

func (s *shower) site(t time.Time) string { return siteOf(t, s.entry.WholeDay) }

func siteOf(t time.Time, wholeDay bool) string {
	if wholeDay {
		return t.Format(siteDate)
	}
	return t.Format(siteTime)
}

func (s *shower) stamp(unix int64) string { return unixTime(unix, s.call.Zone()).Format(siteTime) }

func unixTime(unix int64, zone *time.Location) time.Time { return time.Unix(unix, 0).In(zone) }

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
		wire.F("COLOR", text(cmp.Or(e.Color, s.section.Color))),
		wire.F("RRULE", shownRule(s.series)),
		wire.F("EXDATE", text(shownExcluded(s.series))),
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
		wire.F("RECURRENCE_ID", idOrNull(e.Recurrence)),
		wire.F("RELATIONS", shownRelations(e)),
		wire.F("SECTION_DAV_XML_ID", wire.Null()),
		wire.F("COLLAB_ID", wire.Null()),
		wire.F("DATE_FROM_FORMATTED", text(s.local(e.From, e.ZoneFrom).Format(formatted))),
		wire.F("DATE_TO_FORMATTED", text(s.local(e.To, e.ZoneTo).Format(formatted))),
		wire.F("UF_CRM_CAL_EVENT", texts(e.Links)),
		wire.F("UF_WEBDAV_CAL_EVENT", wire.Bool(false)),
		wire.F("~DESCRIPTION", text(e.Description)),
		wire.F("~RRULE_DESCRIPTION", text(ruleText(s.series))),
		wire.F("~USER_OFFSET_FROM", s.userOffset(e.From, e.ZoneFrom)),
		wire.F("~USER_OFFSET_TO", s.userOffset(e.To, e.ZoneTo)),
		wire.F("ATTENDEE_LIST", s.attendees(s.attendee)),
		wire.F("attendeesEntityList", s.attendees(entityOf)),
	}
}

func (s *shower) davID() string { return davID(s.call, s.id, s.entry) }

func davID(c *rest.Call, id int64, e *entry) string {
	return numberText(e.Created) + "-" + numberText(id) + "@" + c.Portal.Domain
}

func idOrNull(id int64) wire.Value {
	if id == 0 {
		return wire.Null()
	}
	return wire.Int(id)
}

// Forms in which an entry keeps where its series had it.
const (
	originalTime = "2006-01-02T15:04:05"
	originalDate = "2006-01-02"
)

func originalOf(e *entry) string {
	wall := wallOf(e.From, e.zone())
	if e.WholeDay {
		return wall.Format(originalDate)
	}
	return wall.Format(originalTime)
}

func shownOriginal(e *entry) wire.Value {
	if day, err := time.Parse(originalDate, e.Original); err == nil {
		return text(day.Format(siteDate))
	}
	if moment, err := time.Parse(originalTime, e.Original); err == nil {
		return text(moment.Format(siteTime))
	}
	return wire.Null()
}

// shownRelations names the series from which the entry came.
func shownRelations(e *entry) wire.Value {
	switch {
	case e.Recurrence != 0:
		day, _ := time.Parse(originalDate, e.Original[:len(originalDate)])
		return wire.Map(wire.F("COMMENT_XML_ID", text("EVENT_"+numberText(e.Recurrence)+"_"+day.Format(siteDate))))
	case e.Follows != 0:
		return wire.Map(wire.F("ORIGINAL_RECURSION_ID", wire.Int(e.Follows)))
	}
	return wire.Null()
}

// userOffset is how far the entry's clock is ahead of the caller's.
func (s *shower) userOffset(unix int64, zoneName string) wire.Value {
	if s.entry.WholeDay {
		return wire.Int(0)
	}
	zone, _ := userZone(s.call)
	return wire.Int(offset(s.local(unix, zoneName)) - offset(unixTime(unix, zone)))
}

func texts(list []string) wire.Value {
	out := make([]wire.Value, len(list))
	for i, t := range list {
		out[i] = text(t)
	}
	return wire.List(out...)
}

// attendees leaves out the guests that the entry hides from the caller.
func (s *shower) attendees(show func(onevent.UserID) wire.Value) wire.Value {
	all := !s.entry.Meeting.HideGuests || s.entry.mayChange(s.call.User)
	var out []wire.Value
	for _, id := range s.entry.Attendees {
		if all || id == s.entry.Host || id == s.call.User.ID {
			out = append(out, show(id))
		}
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
		wire.F("TEXT_COLOR", text(cmp.Or(e.TextColor, s.section.TextColor))),
		wire.F("ACTIVE", text("Y")),
		wire.F("DT_FROM", text(s.site(s.local(e.From, e.ZoneFrom)))),
		wire.F("DT_TO", text(s.site(s.local(e.To, e.ZoneTo)))),
	}
}
