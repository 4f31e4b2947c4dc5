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
	if err := checkOverlap(overlap); err != nil {
		return nil, err
	}
	defer m.lock(portal.ID)()
	was, err := m.standing(portal, app)
	if err != nil {
		return nil, err
	}
	now := *was
	now.Secrets = rotated(was.Secrets, overlap, m.Clock.Now())
	err = m.commit(ctx, func(tx onevent.Tx) error { return m.Directory.PutInstallation(tx, now) })
	return &now, err
}

func checkOverlap(seconds int64) error {
	if seconds < 0 || seconds > LongestOverlap {
		return invalid("overlap must be between 0 and %d seconds", LongestOverlap)
	}
	return nil
}

// rotated are secrets with another one to sign with, and the one before for so many
// seconds.
func rotated(was onevent.InstallationSecrets, overlap int64, now time.Time) onevent.InstallationSecrets {
	next := was
	next.SigningSecret = signature.New()
	next.FormerSigningSecret, next.FormerUntil = "", time.Time{}
	if overlap > 0 {
		next.FormerSigningSecret = was.SigningSecret
		next.FormerUntil = now.Add(time.Duration(overlap+1)*time.Second - 1).UTC().Truncate(time.Second)
	}
	return next
}
