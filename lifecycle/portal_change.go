package lifecycle

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/onevent/onevent"
)

// PortalChange is what changes of a portal; nil leaves it as it is.
type PortalChange struct {
	// Domain and PublicURL move the portal. Both must be given: a public URL and
	// its host.
	Domain, PublicURL *string

	Language *string // two letters; installations that stand keep theirs
	TimeZone *string // IANA name

	// The fields of onevent.PortalSettings.
	RefreshToken   *string
	NoAccessCheck  *bool
	RateBurst      *int
	RatePerSecond  *float64
	OperatingLimit *int
	EventRate      *float64
	EventBurst     *int
	RevokeReused   *bool
	ConfirmMethods *[]string
}

// maxFormer is how many former domains a portal remembers.
const maxFormer = 16

// MovePortal gives a portal another public URL, whose host becomes its domain.
// The portal remembers the domain that it had, and forgets the oldest of more
// than 16. docs/protocol/rest.md section 2.
func (m *Manager) MovePortal(ctx context.Context, portal onevent.PortalID, domain, publicURL string) error {
	_, err := m.ChangePortal(ctx, portal, PortalChange{Domain: &domain, PublicURL: &publicURL})
	return err
}

// ChangePortal changes a portal: all that is asked for, or nothing. Attempts
// made from then on obey events.refresh_token and tell the new public URL,
// events raised from then on obey events.no_access_check, calls the limits.
func (m *Manager) ChangePortal(ctx context.Context, portal onevent.PortalID, change PortalChange) (*onevent.Portal, error) {
	m.rows.Lock()
	defer m.rows.Unlock()
	now := m.Directory.Portal(portal)
	if now == nil {
		return nil, notFound("no such portal")
	}
	row := *now
	if err := m.apply(change, &row); err != nil {
		return nil, err
	}
	err := m.store(ctx, "another portal has the domain "+row.Domain, func(tx onevent.Tx) error { return m.putDomain(tx, row) })
	return &row, err
}

func (m *Manager) apply(c PortalChange, row *onevent.Portal) error {
	if err := c.move(row); err != nil {
		return err
	}
	set(&row.Language, c.Language)
	set(&row.TimeZone, c.TimeZone)
	if row.TimeZone == "" {
		return invalid("time_zone must be an IANA name, such as Europe/Berlin")
	}
	s := &row.Settings
	s.RefreshToken = cmp.Or(s.RefreshToken, onevent.RefreshTokenDocumented)
	set(&s.RefreshToken, c.RefreshToken)
	set(&s.NoAccessCheck, c.NoAccessCheck)
	set(&s.RateBurst, c.RateBurst)
	set(&s.RatePerSecond, c.RatePerSecond)
	set(&s.OperatingLimit, c.OperatingLimit)
	set(&s.EventRate, c.EventRate)
	set(&s.EventBurst, c.EventBurst)
	set(&s.RevokeReused, c.RevokeReused)
	set(&s.ConfirmMethods, c.ConfirmMethods)
	return cmp.Or(checkLanguage(row.Language), checkTimeZone(row.TimeZone), m.checkSettings(s))
}

func (c PortalChange) move(row *onevent.Portal) error {
	if c.Domain == nil && c.PublicURL == nil {
		return nil
	}
	if c.Domain == nil || c.PublicURL == nil {
		return invalid("domain and public_url move a portal together: give both")
	}
	before := row.Domain
	row.Domain, row.PublicURL = publicAddress(*c.Domain, *c.PublicURL)
	if before != row.Domain {
		row.Formerly = append(without(row.Formerly, row.Domain), before)
		row.Formerly = row.Formerly[max(0, len(row.Formerly)-maxFormer):]
	}
	return checkPublicURL(row.Domain, row.PublicURL)
}

func publicAddress(domain, publicURL string) (string, string) {
	return strings.ToLower(domain), strings.ToLower(strings.TrimSuffix(publicURL, "/"))
}

func without(domains []string, domain string) []string {
	return slices.DeleteFunc(slices.Clone(domains), func(d string) bool { return d == domain })
}

// putDomain writes a portal. Another that had its domain before forgets it.
func (m *Manager) putDomain(tx onevent.Tx, row onevent.Portal) error {
	if had := m.Directory.PortalByFormerDomain(row.Domain); had != nil && had.ID != row.ID {
		other := *had
		other.Formerly = without(other.Formerly, row.Domain)
		if err := m.Directory.PutPortal(tx, other); err != nil {
			return err
		}
	}
	return m.Directory.PutPortal(tx, row)
}
