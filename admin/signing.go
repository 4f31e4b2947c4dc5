package admin

import (
	"net/http"
	"time"

	"github.com/onevent/onevent/directory"
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
	return s.writeSigningSecret(w, inst)
}

func (s *server) rotateSigningSecret(w http.ResponseWriter, r *http.Request) error {
	portal, app, err := s.place(r)
	if err != nil {
		return err
	}
	body, err := decode[struct {
		Overlap *int64 `json:"overlap"`
	}](w, r)
	if err != nil {
		return err
	}
	overlap := int64(defaultOverlap)
	if body.Overlap != nil {
		overlap = *body.Overlap
	}
	inst, err := s.Manager.RotateSigningSecret(r.Context(), portal, app, overlap)
	if err != nil {
		return err
	}
	return s.writeSigningSecret(w, inst)
}

func (s *server) writeSigningSecret(w http.ResponseWriter, inst *directory.Installation) error {
	until := ""
	if s.Clock.Now().Before(inst.Secrets.FormerUntil) {
		until = inst.Secrets.FormerUntil.UTC().Format(time.RFC3339)
	}
	return write(w, http.StatusOK, map[string]string{
		"signing_secret": inst.Secrets.SigningSecret.Reveal(), "former_until": until,
	})
}
