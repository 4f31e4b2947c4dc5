package admin_test

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestASigningSecretIsShownAndRotated(t *testing.T) {
	t.Parallel()
	b := open(t)
	id := b.install()
	first, err := b.SigningSecret(b.ctx, b.member, id)
	b.must(err)
	if !strings.HasPrefix(first.Secret, "whsec_") || first.FormerUntil != "" {
		t.Errorf("got %+v", first)
	}
	second, err := b.RotateSigningSecret(b.ctx, b.member, id, 60)
	b.must(err)
	if shown, err := b.SigningSecret(b.ctx, b.member, id); err != nil || shown != second || second.Secret == first.Secret || second.FormerUntil != "2026-03-01T12:01:00Z" {
		t.Errorf("got %+v, then %+v and %v", second, shown, err)
	}
	b.clock.Advance(time.Minute)
	if shown, err := b.SigningSecret(b.ctx, b.member, id); err != nil || shown.Secret != second.Secret || shown.FormerUntil != "" {
		t.Errorf("after the overlap: %+v and %v", shown, err)
	}
	path := "/admin/v1/portals/" + b.member + "/installations/" + id + "/signing_secret"
	if answer := b.do("POST", path, `{}`); answer.status != http.StatusOK || !strings.Contains(answer.body, `"former_until":"2026-03-02T12:01:00Z"`) {
		t.Errorf("without an overlap: %d %s", answer.status, answer.body)
	}
	b.wants(b.do("POST", path, `{"overlap":-1}`), http.StatusBadRequest, "invalid", "overlap")
	b.wants(b.do("POST", path, `{"overlap":9223372036854775807}`), http.StatusBadRequest, "invalid", "overlap")
	b.must(b.Uninstall(b.ctx, b.member, id, false))
	b.wants(b.do("POST", path, `{}`), http.StatusNotFound, "not_found", "")
	b.wants(b.do("GET", path, ``), http.StatusNotFound, "not_found", "")
}
