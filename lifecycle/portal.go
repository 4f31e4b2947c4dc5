package lifecycle

import (
	"cmp"
	"context"
	"strings"

	"github.com/onevent/onevent"
)

// PortalRequest describes a portal to be founded.
type PortalRequest struct {
	Domain    string // host of PublicURL, without port; unique
	PublicURL string // scheme, host and port
	Language  string // two letters; empty: en
	TimeZone  string // IANA name; empty: UTC
	Settings  onevent.PortalSettings
	Admin     UserRequest
}

// CreatePortal founds a portal with its first user, who is an active
// administrator and has the id 1. member_id is drawn.
// docs/protocol/oauth.md section 6.
func (m *Manager) CreatePortal(ctx context.Context, r PortalRequest) (*onevent.Portal, *onevent.User, error) {
	portal, err := m.newPortal(r)
	if err != nil {
		return nil, nil, err
	}
	r.Admin.Admin = true
	if r.Admin.Name == "" {
		r.Admin.Name = "Administrator"
	}
	user, err := m.newUser(r.Admin)
	if err != nil {
		return nil, nil, err
	}
	err = m.store(ctx, "another portal has the domain "+portal.Domain, func(tx onevent.Tx) error {
		return m.putPortal(tx, &portal, &user)
	})
	return &portal, &user, err
}

func (m *Manager) newPortal(r PortalRequest) (onevent.Portal, error) {
	p := onevent.Portal{
		MemberID:  onevent.RandomText(32, onevent.Hex),
		Domain:    strings.ToLower(r.Domain),
		PublicURL: strings.ToLower(strings.TrimSuffix(r.PublicURL, "/")),
		Language:  cmp.Or(r.Language, "en"),
		TimeZone:  cmp.Or(r.TimeZone, "UTC"),
		Settings:  r.Settings,
		Created:   m.Clock.Now(),
	}
	p.Settings.RefreshToken = cmp.Or(p.Settings.RefreshToken, onevent.RefreshTokenDocumented)
	return p, firstError(
		checkPublicURL(p.Domain, p.PublicURL),
		checkLanguage(p.Language),
		checkTimeZone(p.TimeZone),
		checkSettings(p.Settings),
	)
}

func (m *Manager) putPortal(tx onevent.Tx, portal *onevent.Portal, user *onevent.User) error {
	id, err := tx.NextID("portal")
	if err != nil {
		return err
	}
	portal.ID, user.Portal = onevent.PortalID(id), onevent.PortalID(id)
	if err := m.Directory.PutPortal(tx, *portal); err != nil {
		return err
	}
	return m.putNewUser(tx, user)
}

// MovePortal gives a portal another public URL, whose host becomes its domain.
func (m *Manager) MovePortal(ctx context.Context, portal onevent.PortalID, domain, publicURL string) error {
	defer m.lock(portal)()
	now := m.Directory.Portal(portal)
	if now == nil {
		return notFound("no such portal")
	}
	row := *now
	row.Domain, row.PublicURL = strings.ToLower(domain), strings.ToLower(strings.TrimSuffix(publicURL, "/"))
	if err := checkPublicURL(row.Domain, row.PublicURL); err != nil {
		return err
	}
	return m.store(ctx, "another portal has the domain "+row.Domain, func(tx onevent.Tx) error {
		return m.Directory.PutPortal(tx, row)
	})
}

// PortalChange is what changes of a portal; nil leaves it as it is.
type PortalChange struct {
	RefreshToken  *string // onevent.RefreshTokenDocumented or RefreshTokenAlways
	NoAccessCheck *bool
	Language      *string // two letters; installations that stand keep theirs
	TimeZone      *string // IANA name
}

// ChangePortal gives a portal other settings, another language or time zone.
// Attempts made from then on obey events.refresh_token, events raised from then
// on events.no_access_check.
func (m *Manager) ChangePortal(ctx context.Context, portal onevent.PortalID, change PortalChange) (*onevent.Portal, error) {
	defer m.lock(portal)()
	now := m.Directory.Portal(portal)
	if now == nil {
		return nil, notFound("no such portal")
	}
	row := *now
	if err := change.apply(&row); err != nil {
		return nil, err
	}
	err := m.Store.Update(ctx, func(tx onevent.Tx) error { return m.Directory.PutPortal(tx, row) })
	return &row, err
}

func (c PortalChange) apply(row *onevent.Portal) error {
	row.Settings.RefreshToken = cmp.Or(row.Settings.RefreshToken, onevent.RefreshTokenDocumented)
	set(&row.Settings.RefreshToken, c.RefreshToken)
	set(&row.Settings.NoAccessCheck, c.NoAccessCheck)
	set(&row.Language, c.Language)
	set(&row.TimeZone, c.TimeZone)
	if row.TimeZone == "" {
		return invalid("time_zone must be an IANA name, such as Europe/Berlin")
	}
	return firstError(checkSettings(row.Settings), checkLanguage(row.Language), checkTimeZone(row.TimeZone))
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
