package lifecycle_test

import (
	"sync"
	"testing"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/directory"
	"github.com/onevent/onevent/lifecycle"
)

func TestMovedPortalIsFoundUnderItsNewDomainAlone(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.must(b.MovePortal(b.ctx, b.portal.ID, "127.0.0.1", "http://127.0.0.1:8055"))
	p := b.Directory.PortalByDomain("127.0.0.1")
	if p == nil || p.ID != b.portal.ID || p.MemberID != b.portal.MemberID || p.PublicURL != "http://127.0.0.1:8055" {
		t.Errorf("got %+v", p)
	}
	if b.Directory.PortalByDomain("portal.example.test") != nil {
		t.Error("the old domain still leads to it")
	}
	_, _, err := b.CreatePortal(b.ctx, lifecycle.PortalRequest{Domain: "portal.example.test", PublicURL: "https://portal.example.test"})
	b.must(err)
	b.refused(b.MovePortal(b.ctx, b.portal.ID, "portal.example.test", "https://portal.example.test"), onevent.CodeConflict)
	b.refused(b.MovePortal(b.ctx, b.portal.ID, "a.example.test", "https://b.example.test"), onevent.CodeInvalid)
	b.refused(b.MovePortal(b.ctx, 99, "a.example.test", "https://a.example.test"), onevent.CodeNotFound)
}

// What was made is there after a restart.
func TestEverythingMadeIsReadAgain(t *testing.T) {
	t.Parallel()
	b := open(t)
	app, secret, err := b.RegisterApplication(b.ctx, lifecycle.ApplicationRequest{Name: "App", Kind: onevent.KindLocal, UI: true})
	b.must(err)
	_, err = b.RegisterVersion(b.ctx, lifecycle.VersionRequest{Application: app, Version: "1", Scope: "crm"})
	b.must(err)
	b.install(app, "1")
	_, code, err := b.CreateIncomingWebhook(b.ctx, b.portal.ID, 3, "crm")
	b.must(err)
	b.reloadsEqual()
	fresh, err := directory.Load(b.ctx, b.Store, b.ring)
	b.must(err)
	again := fresh.ApplicationByClientID(app.ClientID)
	if again == nil || !again.UI || !directory.SecretMatches(again, secret.Reveal()) {
		t.Errorf("the application is %+v", again)
	}
	if hook := fresh.Webhook(b.portal.ID, 3, code.Reveal()); hook == nil {
		t.Error("the webhook is lost")
	}
	if users := fresh.Users(b.portal.ID); len(users) != 3 || !users[1].Admin || users[2].Admin || !users[2].Active {
		t.Errorf("the users are %+v", users)
	}
}

func TestVersionsAreCountedInTheOrderOfRegistration(t *testing.T) {
	t.Parallel()
	b := open(t)
	app := b.app(localAPI)
	first, err := b.RegisterVersion(b.ctx, lifecycle.VersionRequest{Application: app, Version: "12345678901234567890", Scope: "user,crm,user"})
	b.must(err)
	if first.Ordinal != 3 || len(first.Scope) != 2 || first.Scope[0] != "user" {
		t.Errorf("got %+v", first)
	}
	_, err = b.ChangeVersion(b.ctx, lifecycle.VersionRequest{Application: app, Version: "4"})
	b.refused(err, onevent.CodeNotFound)
	changed, err := b.ChangeVersion(b.ctx, lifecycle.VersionRequest{Application: app, Version: "1", Scope: "crm"})
	b.must(err)
	if changed.Ordinal != 1 || len(b.Directory.Versions(app.ID)) != 3 {
		t.Errorf("got %+v", changed)
	}
}

// Both changes keep what the other has written.
func TestChangesOfOnePortalWaitForOneAnother(t *testing.T) {
	t.Parallel()
	b := open(t)
	var group sync.WaitGroup
	for range 8 {
		for _, change := range []lifecycle.PortalChange{
			{RefreshToken: new(onevent.RefreshTokenAlways)}, {NoAccessCheck: new(true)}, {Language: new("fr")}, {TimeZone: new("Asia/Tokyo")},
		} {
			group.Go(func() {
				if _, err := b.ChangePortal(b.ctx, b.portal.ID, change); err != nil {
					t.Error(err)
				}
			})
		}
	}
	group.Go(func() {
		if err := b.MovePortal(b.ctx, b.portal.ID, "127.0.0.1", "http://127.0.0.1:8055"); err != nil {
			t.Error(err)
		}
	})
	group.Wait()
	p := b.Directory.Portal(b.portal.ID)
	want := onevent.PortalSettings{RefreshToken: onevent.RefreshTokenAlways, NoAccessCheck: true}
	if p.Settings != want || p.Language != "fr" || p.TimeZone != "Asia/Tokyo" || p.Domain != "127.0.0.1" {
		t.Errorf("got %+v", p)
	}
	b.reloadsEqual()
}

func TestFailedChangeLeavesPortalAndApplicationAsTheyWere(t *testing.T) {
	t.Parallel()
	b := open(t)
	app := b.app(localAPI)
	portal := *b.Directory.Portal(b.portal.ID)
	b.Store = failing{b.Store, onevent.ErrStorageFull}
	_, err := b.ChangePortal(b.ctx, b.portal.ID, lifecycle.PortalChange{NoAccessCheck: new(true)})
	b.refused(err, onevent.CodeStorageFull)
	_, err = b.ChangeApplication(b.ctx, app.ID, lifecycle.ApplicationChange{RotateToken: new(onevent.RotateUpdate)})
	b.refused(err, onevent.CodeStorageFull)
	if *b.Directory.Portal(b.portal.ID) != portal || b.Directory.Application(app.ID).RotateToken != onevent.RotateNever {
		t.Error("the directory shows what was not stored")
	}
	_, err = b.ChangePortal(b.ctx, 99, lifecycle.PortalChange{})
	b.refused(err, onevent.CodeNotFound)
	_, err = b.ChangeApplication(b.ctx, 99, lifecycle.ApplicationChange{})
	b.refused(err, onevent.CodeNotFound)
}
