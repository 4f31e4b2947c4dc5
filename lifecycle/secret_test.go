package lifecycle_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/directory"
	"github.com/onevent/onevent/lifecycle"
	"github.com/onevent/onevent/oauth"
)

// docs/protocol/app-lifecycle.md section 7.
func TestARenewedSecretEndsTheOneBeforeAndEveryApplicationToken(t *testing.T) {
	t.Parallel()
	b := open(t)
	app, first, err := b.RegisterApplication(b.ctx, lifecycle.ApplicationRequest{Name: "App", Kind: onevent.KindMarket})
	b.must(err)
	_, err = b.RegisterVersion(b.ctx, lifecycle.VersionRequest{Application: app, Version: "1", Scope: "crm"})
	b.must(err)
	other := b.install(b.app(marketAPI), "1").Installation
	before := map[onevent.PortalID]onevent.InstallationSecrets{}
	for i := range 205 { // three steps
		if i > 0 {
			url := fmt.Sprintf("p%d.example.test", i)
			b.portal, _, err = b.CreatePortal(b.ctx, lifecycle.PortalRequest{Domain: url, PublicURL: "https://" + url})
			b.must(err)
		}
		before[b.portal.ID] = b.install(app, "1").Installation.Secrets
	}
	tokens, err := b.IssueTokens(b.standing(app), 1)
	b.must(err)
	b.must(b.Uninstall(b.ctx, b.Directory.Portal(1), app, false))
	second, err := b.RenewSecret(b.ctx, app.ID)
	b.must(err)

	now := b.Directory.Application(app.ID)
	if second == first || directory.SecretMatches(now, first.Reveal()) || !directory.SecretMatches(now, second.Reveal()) {
		t.Error("the secret is not the new one alone")
	}
	if _, refusal, err := b.Authority.Refresh(b.ctx, app.ClientID, first.Reveal(), tokens.Refresh); refusal != oauth.InvalidClient || err != nil {
		t.Errorf("the former secret refreshes: %s %v", refusal, err)
	}
	if _, refusal, err := b.Authority.Refresh(b.ctx, app.ClientID, second.Reveal(), tokens.Refresh); refusal != oauth.Granted || err != nil {
		t.Errorf("the new secret does not: %s %v", refusal, err)
	}
	seen := map[onevent.Secret]bool{}
	for _, inst := range b.Directory.NewestOf(app.ID) {
		was := before[inst.Portal]
		if inst.Secrets.ApplicationToken == was.ApplicationToken || seen[inst.Secrets.ApplicationToken] || inst.Secrets.SigningSecret != was.SigningSecret {
			t.Fatalf("portal %d has %+v", inst.Portal, inst.Secrets)
		}
		seen[inst.Secrets.ApplicationToken] = true
	}
	if len(seen) != 205 {
		t.Errorf("%d portals have another token", len(seen))
	}
	if b.Directory.Installation(1, other.ID).Secrets != other.Secrets {
		t.Error("another application's token changed")
	}
	b.portal = b.Directory.Portal(1)
	if back := b.install(app, "1").Installation.Secrets; back.ApplicationToken == before[1].ApplicationToken {
		t.Error("the former token came back with the application")
	}
	b.reloadsEqual()
}

func TestASecretThatCanNotBeStoredIsNotRenewed(t *testing.T) {
	t.Parallel()
	b := open(t)
	app := b.app(marketAPI)
	token := b.install(app, "1").Installation.Secrets.ApplicationToken
	hash, broken := b.Directory.Application(app.ID).SecretHash, errors.New("broken")
	b.Manager.Store = failing{b.Manager.Store, broken}
	if secret, err := b.RenewSecret(b.ctx, app.ID); !errors.Is(err, broken) || secret != "" {
		t.Errorf("got %v", err)
	}
	if string(b.Directory.Application(app.ID).SecretHash) != string(hash) || b.standing(app).Secrets.ApplicationToken != token {
		t.Error("something was changed")
	}
	_, err := b.RenewSecret(b.ctx, 99)
	b.refused(err, onevent.CodeNotFound)
}
