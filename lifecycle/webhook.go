package lifecycle

import (
	"context"
	"crypto/sha256"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/catalog"
)

// CreateIncomingWebhook lets programs act as an active user of a portal within
// a scope. The code is returned this once and kept as a digest.
// docs/protocol/oauth.md sections 6 and 8.
func (m *Manager) CreateIncomingWebhook(ctx context.Context, portal onevent.PortalID, user onevent.UserID, scope string) (*onevent.IncomingWebhook, onevent.Secret, error) {
	codes, err := catalog.ParseScope(scope)
	if err != nil {
		return nil, "", err
	}
	if _, err := m.activeUser(portal, user); err != nil {
		return nil, "", err
	}
	code := onevent.RandomText(16, onevent.LowerAlnum)
	hash := sha256.Sum256([]byte(code))
	row := onevent.IncomingWebhook{Portal: portal, User: user, CodeHash: hash[:], Scope: codes, Created: m.Clock.Now()}
	err = m.Store.Update(ctx, func(tx onevent.Tx) error { return m.putNewWebhook(tx, &row) })
	return &row, onevent.Secret(code), err
}

func (m *Manager) putNewWebhook(tx onevent.Tx, row *onevent.IncomingWebhook) error {
	id, err := tx.NextID("incoming_webhook")
	if err != nil {
		return err
	}
	row.ID = onevent.WebhookID(id)
	return m.Directory.PutWebhook(tx, *row)
}

func (m *Manager) activeUser(portal onevent.PortalID, id onevent.UserID) (*onevent.User, error) {
	u := m.Directory.User(portal, id)
	switch {
	case u == nil:
		return nil, notFound("the portal has no user %d", id)
	case !u.Active:
		return nil, onevent.Errorf(onevent.CodeDenied, "user %d was dismissed", id)
	}
	return u, nil
}
