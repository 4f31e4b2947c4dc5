package calendar

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/rest"
	"github.com/onevent/onevent/wire"
)

// getSections is calendar.section.get: those of a calendar, if it is the
// caller's or he is an administrator.
func (m *methods) getSections(ctx context.Context, c *rest.Call) (any, error) {
	owner, err := m.readCalendar(c)
	if err != nil {
		return nil, err
	}
	shown := []wire.Value{}
	u := m.Directory.User(c.Portal.ID, owner)
	if u == nil || u.ID != c.User.ID && !c.User.Admin {
		return shown, nil
	}
	err = m.Store.View(ctx, func(r onevent.Reader) (err error) {
		shown, err = m.sectionsOf(r, c, owner)
		return err
	})
	return shown, err
}

// sectionsOf begins with the personal one, which has the least id.
func (m *methods) sectionsOf(r onevent.RecordReader, c *rest.Call, owner onevent.UserID) ([]wire.Value, error) {
	personal, err := m.findSection(r, c.Portal.ID, SectionOf(owner))
	if err != nil {
		return nil, err
	}
	shown := []wire.Value{shownSection(c, SectionOf(owner), personal)}
	page, err := r.Query(sectionQuery(c, owner))
	for _, record := range page.Records {
		s, err := sectionOf(record)
		if err != nil {
			return nil, err
		}
		shown = append(shown, shownSection(c, record.ID, s))
	}
	return shown, err
}

// sectionQuery finds the sections that were added to a calendar. All of them fit
// in a page.
func sectionQuery(c *rest.Call, owner onevent.UserID) onevent.Query {
	added := onevent.Cond{Field: onevent.FieldID, Op: onevent.OpGreater, Number: true, Values: []string{numberText(firstAdded)}}
	return onevent.Query{
		Portal: c.Portal.ID, Kind: SectionType, Where: []onevent.Cond{is("OWNER_ID", owner), added}, Limit: maxSections,
	}
}

// readCalendar reads `type` and `ownerId`, who is the caller when not given.
func (m *methods) readCalendar(c *rest.Call) (onevent.UserID, error) {
	if err := needed(c, "type"); err != nil {
		return 0, err
	}
	v := c.Param("ownerId")
	isUser := c.Param("type").Text() == kindUser
	switch {
	case v.IsEmpty() && isUser:
		return c.User.ID, nil
	case v.IsNull():
		return 0, errMissing(c, "ownerId")
	case !isUser:
		return 0, errDenied
	}
	n, ok := v.Int()
	if !ok {
		return 0, errInvalid("ownerId")
	}
	return onevent.UserID(n), nil
}

// addSection is calendar.section.add.
func (m *methods) addSection(ctx context.Context, c *rest.Call) (any, error) {
	owner, err := m.readCalendar(c)
	if err != nil {
		return nil, err
	}
	if strings.TrimSpace(c.Param("name").Text()) == "" && (!c.Has("name") || c.Param("name").IsScalar()) {
		return nil, errMissing(c, "name")
	}
	change, err := readSection(c)
	if err != nil {
		return nil, err
	}
	if m.Directory.User(c.Portal.ID, owner) == nil || owner != c.User.ID && !c.User.Admin {
		return nil, errDenied
	}
	var id int64
	err = m.Store.Update(ctx, func(tx onevent.Tx) error {
		s := newSection(owner, c.User.ID, c.Now.Unix())
		change(s)
		id, err = m.insertSection(tx, c, s)
		return err
	})
	if err != nil {
		return nil, err
	}
	return id, nil
}

func (m *methods) insertSection(tx onevent.Tx, c *rest.Call, s *section) (int64, error) {
	query := sectionQuery(c, s.Owner)
	query.Limit, query.Count = 0, true
	page, err := tx.Query(query)
	if err != nil {
		return 0, err
	}
	if page.Total >= maxSections {
		return 0, errAddingSection
	}
	n, err := tx.NextID(onevent.RecordIDs(c.Portal.ID, SectionType))
	if err != nil {
		return 0, err
	}
	id := firstAdded + n
	if err := putSection(tx, c, id, s); err != nil {
		return 0, err
	}
	return id, m.raise(tx, c, codeSectionAdd, id)
}

// updateSection is calendar.section.update.
func (m *methods) updateSection(ctx context.Context, c *rest.Call) (any, error) {
	if _, err := m.readCalendar(c); err != nil {
		return nil, err
	}
	id, ok := c.Param("id").Int()
	if !ok {
		return nil, errSectionID
	}
	change, err := readSection(c)
	if err != nil {
		return nil, err
	}
	err = m.Store.Update(ctx, func(tx onevent.Tx) error {
		s, err := m.changeableSection(tx, c, id)
		if err != nil {
			return err
		}
		change(s)
		s.Changed = c.Now.Unix()
		if err := putSection(tx, c, id, s); err != nil {
			return err
		}
		return m.raise(tx, c, codeSectionUpdate, id)
	})
	if err != nil {
		return nil, err
	}
	return id, nil
}

func (m *methods) changeableSection(tx onevent.RecordReader, c *rest.Call, id int64) (*section, error) {
	s, err := m.findSection(tx, c.Portal.ID, id)
	if errors.Is(err, onevent.ErrNotFound) || err == nil && !s.mine(c.User) {
		return nil, errDenied
	}
	return s, err
}

// deleteSection is calendar.section.delete. The entries in the section go with
// it, each with an event of its own.
func (m *methods) deleteSection(ctx context.Context, c *rest.Call) (any, error) {
	id, ok := c.Param("id").Int()
	if !ok {
		return nil, errSectionID
	}
	return m.remove(ctx, c, removal{
		judge: func(tx onevent.Tx) (*onevent.Cond, error) { return m.judgeDeleteSection(tx, c, id) },
		delete: func(tx onevent.Tx) error {
			if err := m.raise(tx, c, codeSectionDelete, id); err != nil {
				return err
			}
			return tx.DeleteRecord(c.Portal.ID, SectionType, id)
		},
	})
}

func (m *methods) judgeDeleteSection(tx onevent.RecordReader, c *rest.Call, id int64) (*onevent.Cond, error) {
	if _, err := m.changeableSection(tx, c, id); err != nil {
		return nil, err
	}
	if isPersonal(id) {
		return nil, errDeletingSection
	}
	return &onevent.Cond{Field: "SECTION_ID", Op: onevent.OpEqual, Number: true, Values: []string{numberText(id)}}, nil
}

// readSection reads what add and update share.
func readSection(c *rest.Call) (func(*section), error) {
	name, err := readText(c, "name")
	if err != nil {
		return nil, err
	}
	description, err := readText(c, "description")
	if err != nil {
		return nil, err
	}
	given := readAccess(c.Param("access"))
	return func(s *section) {
		if strings.TrimSpace(name.Text()) != "" {
			s.Name = name.Text()
		}
		set(&s.Description, description)
		setMatching(&s.Color, c.Param("color"), validColor.MatchString)
		setMatching(&s.TextColor, c.Param("text_color"), validColor.MatchString)
		setExport(s, c.Param("export"))
		if c.Has("access") {
			s.Access = given
		}
	}, nil
}

// setExport takes the object, or a list with it, as the documentation's examples
// have it.
func setExport(s *section, v wire.Value) {
	if v.IsList() && v.Len() > 0 {
		v = v.Items()[0]
	}
	setBool(&s.Export, keyOf(v, "ALLOW"))
	setMatching(&s.ExportSet, keyOf(v, "SET"), oneOf(exportAll, "3_9", "6_12"))
}

// readAccess keeps whole numbers under the codes of rights.
func readAccess(v wire.Value) []access {
	var out []access
	for _, f := range v.Fields() {
		if level, ok := f.Value.Int(); ok && !slices.ContainsFunc(out, func(a access) bool { return a.Code == f.Key }) {
			out = append(out, access{f.Key, level})
		}
	}
	return out
}
