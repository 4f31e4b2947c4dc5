package lifecycle

import (
	"context"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/directory"
	"github.com/onevent/onevent/signature"
)

// LongestOverlap bounds for how many seconds two signing secrets are good side by side.
const LongestOverlap = 30 * 24 * 60 * 60

// RotateSigningSecret gives an installation another signing secret. The one before
// signs beside it for so many seconds; for 0 it ends at once, as does what is left of
// an earlier rotation.
func (m *Manager) RotateSigningSecret(ctx context.Context, portal *onevent.Portal, app *onevent.Application, overlap int64) (*directory.Installation, error) {
	if overlap < 0 || overlap > LongestOverlap {
		return nil, onevent.Errorf(onevent.CodeInvalid, "overlap must be between 0 and %d seconds", LongestOverlap)
	}
	defer m.lock(portal.ID)()
	was, err := m.standing(portal, app)
	if err != nil {
		return nil, err
	}
	now := *was
	now.Secrets.SigningSecret = signature.New()
	now.Secrets.FormerSigningSecret, now.Secrets.FormerUntil = "", time.Time{}
	if overlap > 0 {
		now.Secrets.FormerSigningSecret = was.Secrets.SigningSecret
		now.Secrets.FormerUntil = m.Clock.Now().Add(time.Duration(overlap+1)*time.Second - 1).UTC().Truncate(time.Second)
	}
	err = m.commit(ctx, func(tx onevent.Tx) error { return m.Directory.PutInstallation(tx, now) })
	return &now, err
}
