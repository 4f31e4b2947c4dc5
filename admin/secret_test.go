package admin_test

import (
	"net/http"
	"testing"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/client"
	"github.com/onevent/onevent/directory"
)

func TestASecretIsRenewedAndShownOnce(t *testing.T) {
	t.Parallel()
	b := open(t)
	id := b.register(onevent.KindMarket, false, client.Version{})
	secret, err := b.RenewSecret(b.ctx, id)
	b.must(err)
	if len(secret) != 50 || !directory.SecretMatches(b.directory.ApplicationByClientID(id), secret) {
		t.Errorf("got %d characters", len(secret))
	}
	path := "/admin/v1/applications/"
	b.wants(b.do("POST", path+id+"/secret", `{"client_secret":"mine"}`), http.StatusBadRequest, "invalid", "unknown key")
	b.wants(b.do("POST", path+"app.nobody/secret", ``), http.StatusNotFound, "not_found", "no application")
	if !directory.SecretMatches(b.directory.ApplicationByClientID(id), secret) {
		t.Error("a refused call renewed it")
	}
}
