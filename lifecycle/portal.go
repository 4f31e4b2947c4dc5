package lifecycle

import (
	"cmp"
	"context"

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
	user, err := m.newUser(ctx, r.Admin)
	if err != nil {
		return nil, nil, err
	}
	m.rows.Lock()
	defer m.rows.Unlock()
	err = m.store(ctx, "another portal has the domain "+portal.Domain, func(tx onevent.Tx) error {
		return m.putPortal(tx, &portal, &user)
	})
	return &portal, &user, err
}

func (m *Manager) newPortal(r PortalRequest) (onevent.Portal, error) {
	p := onevent.Portal{
		MemberID: onevent.RandomText(32, onevent.Hex),
		Language: cmp.Or(r.Language, "en"),
		TimeZone: cmp.Or(r.TimeZone, "UTC"),
		Settings: r.Settings,
		Created:  m.Clock.Now(),
	}
	p.Domain, p.PublicURL = publicAddress(r.Domain, r.PublicURL)
	p.Settings.RefreshToken = cmp.Or(p.Settings.RefreshToken, onevent.RefreshTokenDocumented)
	return p, cmp.Or(
		checkPublicURL(p.Domain, p.PublicURL),
		checkLanguage(p.Language),
		checkTimeZone(p.TimeZone),
		m.checkSettings(&p.Settings),
	)
}

func (m *Manager) putPortal(tx onevent.Tx, portal *onevent.Portal, user *onevent.User) error {
	id, err := tx.NextID("portal")
	if err != nil {
		return err
	}
	portal.ID, user.Portal = onevent.PortalID(id), onevent.PortalID(id)
	if err := m.putDomain(tx, *portal); err != nil {
		return err
	}
	return m.putNewUser(tx, user)
}
