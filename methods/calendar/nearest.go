package calendar

import (
	"context"
	"math"
	"net/url"
	"strings"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/rest"
	"github.com/onevent/onevent/wire"
)

// What calendar.event.get.nearest shows when it is not told.
const (
	defaultDays = 60
	maxDays     = 3_660
	defaultURL  = "/company/personal/user/#user_id#/calendar/"
)

// getNearest is calendar.event.get.nearest: what goes on now or begins within
// the days given, in a calendar that the caller names, else in his own.
func (m *methods) getNearest(ctx context.Context, c *rest.Call) (any, error) {
	owner, err := readNearest(c)
	if err != nil {
		return nil, err
	}
	days, most, err := readHowMuch(c)
	if err != nil {
		return nil, err
	}
	end := c.Now.AddDate(0, 0, days)
	list := m.newRows(c, window{c.Now.Unix(), end.Unix()}, "days")
	list.extra = linkTo(c.Param("detailUrl").Text(), owner)
	query := queryOf(c, []onevent.Cond{endsAfter(c.Now), beginsBefore(end)}, calendarOf(owner, c.User, nil))
	if err := m.Store.View(ctx, func(r onevent.Reader) error { return list.read(r, query) }); err != nil {
		return nil, err
	}
	values := list.values()
	return values[:min(most, len(values))], nil
}

// readHowMuch reads how many days are looked at, and how many rows are shown at
// most.
func readHowMuch(c *rest.Call) (days, most int, err error) {
	days, ok := readNumber(c.Param("days"), 0, maxDays)
	if !ok {
		return 0, 0, errInvalid("days")
	}
	if c.Param("days").IsEmpty() {
		days = defaultDays
	}
	most, ok = readNumber(c.Param("maxEventsCount"), 0, math.MaxInt32)
	if !ok {
		return 0, 0, errInvalid("maxEventsCount")
	}
	if most == 0 {
		most = math.MaxInt32
	}
	return days, most, nil
}

// readNearest: a calendar counts when both its type and its owner are named.
func readNearest(c *rest.Call) (onevent.UserID, error) {
	if !c.Has("type") {
		return c.User.ID, nil
	}
	return readShown(c)
}

// linkTo makes `~detailUrl`: the page of a calendar, told the entry and its day.
func linkTo(page string, owner onevent.UserID) func(*shower) wire.Field {
	if page == "" {
		page = defaultURL
	}
	page = strings.NewReplacer("#user_id#", userText(owner), "#USER_ID#", userText(owner)).Replace(page)
	separator := "?"
	if strings.Contains(page, "?") {
		separator = "&"
	}
	return func(s *shower) wire.Field {
		day := s.local(s.entry.From, s.entry.ZoneFrom).Format(siteDate)
		link := page + separator + "EVENT_ID=" + numberText(s.id) + "&EVENT_DATE=" + url.QueryEscape(day)
		return wire.F("~detailUrl", text(link))
	}
}
