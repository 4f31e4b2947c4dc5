package admin

import (
	"net/http"
	"time"

	"github.com/onevent/onevent"
)

// defaultOverlap is how long, in seconds, a signing secret goes on beside the one that
// follows it.
const defaultOverlap = 86400

func (s *server) showSigningSecret(w http.ResponseWriter, r *http.Request) error {
	portal, app, err := s.place(r)
	if err != nil {
		return err
	}
	inst := s.Directory.Standing(portal.ID, app.ID)
	if inst == nil {
		return errNotInstalled
	}
	return s.writeSigningSecret(w, inst.Secrets)
}

func (s *server) rotateSigningSecret(w http.ResponseWriter, r *http.Request) error {
	portal, app, err := s.place(r)
	if err != nil {
		return err
	}
	overlap, err := readOverlap(w, r)
	if err != nil {
		return err
	}
	inst, err := s.Manager.RotateSigningSecret(r.Context(), portal, app, overlap)
	if err != nil {
		return err
	}
	return s.writeSigningSecret(w, inst.Secrets)
}

// readOverlap reads the body of a rotation, in seconds.
func readOverlap(w http.ResponseWriter, r *http.Request) (int64, error) {
	body, err := decode[struct {
		Overlap *int64 `json:"overlap"`
	}](w, r)
	if err != nil || body.Overlap == nil {
		return defaultOverlap, err
	}
	return *body.Overlap, nil
}

func (s *server) writeSigningSecret(w http.ResponseWriter, secrets onevent.InstallationSecrets) error {
	until := ""
	if s.Clock.Now().Before(secrets.FormerUntil) {
		until = secrets.FormerUntil.UTC().Format(time.RFC3339)
	}
	return write(w, http.StatusOK, map[string]string{
		"signing_secret": secrets.SigningSecret.Reveal(), "former_until": until,
	})
}
