package calendar

import (
	"encoding/json"
	"errors"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/publish"
	"github.com/onevent/onevent/rest"
	"github.com/onevent/onevent/wire"
)

// section is a row: one of the calendars of a user.
type section struct {
	Owner       onevent.UserID `json:"OWNER_ID"`
	Creator     onevent.UserID `json:"CREATED_BY"`
	Name        string         `json:"NAME"`
	Description string         `json:"DESCRIPTION"`
	Color       string         `json:"COLOR"`
	TextColor   string         `json:"TEXT_COLOR"`
	Export      bool           `json:"EXPORT"`
	ExportSet   string         `json:"EXPORT_SET"`
	Access      []access       `json:"ACCESS"`
	Created     int64          `json:"DATE_CREATE"` // unix seconds
	Changed     int64          `json:"TIMESTAMP_X"` // the same
}

// access is shown as it was given; it gives nobody a right.
type access struct {
	Code  string `json:"code"`
	Level int64  `json:"level"`
}

const (
	color        = "#E6A469"
	textColor    = "#000000"
	personalName = "My calendar"
	exportAll    = "all"
)

// firstAdded is below the ids of all sections but the personal ones, whose ids
// are those of their users.
const firstAdded = 1_000_000_000

// The bounds of the sections of one calendar, which are listed all at once.
const (
	maxSections = 1_000
	maxSection  = 16 << 10 // bytes of one as JSON
)

// SectionOf is the personal section of a user, which every user has from the
// start and keeps: it has a row only once it was changed.
func SectionOf(user onevent.UserID) int64 { return int64(user) }

func isPersonal(id int64) bool { return id < firstAdded }

func newSection(owner, creator onevent.UserID, now int64) *section {
	return &section{
		Owner: owner, Creator: creator, Name: personalName, Color: color, TextColor: textColor,
		Export: true, ExportSet: exportAll, Created: now, Changed: now,
	}
}

// findSection returns ErrNotFound for sections that are not there, and for
// personal ones without a user.
func (m *methods) findSection(r onevent.RecordReader, portal onevent.PortalID, id int64) (*section, error) {
	record, err := r.Record(portal, SectionType, id)
	if err == nil {
		return sectionOf(record)
	}
	if u := m.Directory.User(portal, onevent.UserID(id)); errors.Is(err, onevent.ErrNotFound) && isPersonal(id) && u != nil {
		return newSection(u.ID, u.ID, u.CreatedAt.Unix()), nil
	}
	return nil, err
}

func sectionOf(record onevent.Record) (*section, error) {
	var s section
	return &s, json.Unmarshal(record.Fields, &s)
}

func putSection(tx onevent.Tx, c *rest.Call, id int64, s *section) error {
	fields, err := json.Marshal(s)
	if err != nil {
		return err
	}
	if len(fields) > maxSection {
		return onevent.Errorf(onevent.CodeTooLarge, "the section takes %d bytes, the limit is %d", len(fields), maxSection)
	}
	return tx.PutRecord(onevent.Record{Portal: c.Portal.ID, Kind: SectionType, ID: id, Fields: fields})
}

// mine says whether the user may see and change the section.
func (s *section) mine(user *onevent.User) bool { return user.Admin || s.Owner == user.ID }

// SectionGuard tells who may read a section.
func SectionGuard() publish.Guard {
	return publish.Rows{Kind: SectionType, Readable: func(user *onevent.User, r onevent.Record) (bool, error) {
		s, err := sectionOf(r)
		return err == nil && s.mine(user), err
	}}
}

// checkSection says whether entries of the owner may lie in a section.
func (m *methods) checkSection(r onevent.RecordReader, portal onevent.PortalID, owner onevent.UserID, id int64) error {
	s, err := m.findSection(r, portal, id)
	if errors.Is(err, onevent.ErrNotFound) || err == nil && s.Owner != owner {
		return errSection
	}
	return err
}

// shownSection is the row of docs/protocol/methods-activities-calendar-users.md
// section 2.3.
func shownSection(c *rest.Call, id int64, s *section) wire.Value {
	return wire.Map(
		wire.F("ID", number(id)),
		wire.F("NAME", text(s.Name)),
		wire.F("GAPI_CALENDAR_ID", wire.Null()),
		wire.F("DESCRIPTION", text(s.Description)),
		wire.F("COLOR", text(s.Color)),
		wire.F("TEXT_COLOR", text(s.TextColor)),
		wire.F("EXPORT", wire.Map(wire.F("ALLOW", wire.Bool(s.Export)), wire.F("SET", text(s.ExportSet)))),
		wire.F("CAL_TYPE", text(kindUser)),
		wire.F("OWNER_ID", user(s.Owner)),
		wire.F("CREATED_BY", user(s.Creator)),
		wire.F("DATE_CREATE", text(sectionStamp(c, s.Created))),
		wire.F("TIMESTAMP_X", text(sectionStamp(c, s.Changed))),
		wire.F("CAL_DAV_CON", wire.Null()),
		wire.F("SYNC_TOKEN", wire.Null()),
		wire.F("PAGE_TOKEN", wire.Null()),
		wire.F("EXTERNAL_TYPE", text("local")),
		wire.F("ACCESS", shownAccess(s)),
		wire.F("IS_COLLAB", wire.Bool(false)),
		wire.F("PERM", shownRights(s.mine(c.User))))
}

func sectionStamp(c *rest.Call, unix int64) string {
	return unixTime(unix, c.Zone()).Format("2006-01-02 15:04:05")
}

// ownerLevel is that of the owner in the documentation's example.
const ownerLevel = 19

func shownAccess(s *section) wire.Value {
	v := wire.Map()
	for _, a := range s.Access {
		v = v.With(a.Code, wire.Int(a.Level))
	}
	return v.With("U"+userText(s.Owner), wire.Int(ownerLevel))
}

func shownRights(may bool) wire.Value {
	names := []string{"view_time", "view_title", "view_full", "add", "edit", "edit_section", "access"}
	fields := make([]wire.Field, len(names))
	for i, name := range names {
		fields[i] = wire.F(name, wire.Bool(may))
	}
	return wire.Map(fields...)
}
