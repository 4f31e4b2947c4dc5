package lifecycle

import (
	"context"
	"crypto/sha256"
	"slices"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/directory"
)

// renewStep bounds how many installations one transaction gives another
// application_token, so that an application that is everywhere holds up no other
// writer.
const renewStep = 100

// newSecret draws a client_secret and the digest that is kept of it.
func newSecret() (onevent.Secret, []byte) {
	secret := onevent.RandomText(50, onevent.Alphanumeric)
	hash := sha256.Sum256([]byte(secret))
	return onevent.Secret(secret), hash[:]
}

// RenewSecret gives an application another client_secret, which is returned this once;
// the one before ends at once. Its application_token becomes another on every portal,
// also where it was uninstalled and may come back; docs/protocol/app-lifecycle.md
// section 7. That is done in steps after the secret, and before RenewSecret returns: if
// it fails or the server ends meanwhile, call it again.
func (m *Manager) RenewSecret(ctx context.Context, id onevent.ApplicationID) (onevent.Secret, error) {
	m.secrets.Lock()
	defer m.secrets.Unlock()
	secret, hash := newSecret()
	if err := m.putSecret(ctx, id, hash); err != nil {
		return "", err
	}
	ctx = context.WithoutCancel(ctx)
	for step := range slices.Chunk(m.Directory.NewestOf(id), renewStep) {
		if err := m.renewTokens(ctx, step); err != nil {
			return "", err
		}
	}
	return secret, nil
}

func (m *Manager) putSecret(ctx context.Context, id onevent.ApplicationID, hash []byte) error {
	m.registry.Lock()
	defer m.registry.Unlock()
	now := m.Directory.Application(id)
	if now == nil {
		return notFound("no such application")
	}
	row := *now
	row.SecretHash = hash
	return m.Store.Update(ctx, func(tx onevent.Tx) error { return m.Directory.PutApplication(tx, row) })
}

// renewTokens waits for the portals of a step in the order of their ids, as nobody
// else waits for one while he has another.
func (m *Manager) renewTokens(ctx context.Context, step []*directory.Installation) error {
	for _, inst := range step {
		defer m.lock(inst.Portal)()
	}
	return m.commit(ctx, func(tx onevent.Tx) error {
		for _, inst := range step {
			row := *m.Directory.Newest(inst.Portal, inst.Application) // it may have come back
			row.Secrets.ApplicationToken = newApplicationToken()
			if err := m.Directory.PutInstallation(tx, row); err != nil {
				return err
			}
		}
		return nil
	})
}
