package lifecycle_test

import (
	"fmt"
	"math"
	"reflect"
	"strings"
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
	if b.Directory.PortalByFormerDomain("portal.example.test") != p {
		t.Error("it is not found under the domain that it had")
	}
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

// domains are the one of now and those of before, oldest first.
func (b *bench) domains(id onevent.PortalID) string {
	p := b.Directory.Portal(id)
	return strings.Join(append([]string{p.Domain}, p.Formerly...), " ")
}

func TestPortalRemembersTheDomainsThatItHad(t *testing.T) {
	t.Parallel()
	b := open(t)
	move := func(id onevent.PortalID, domain string) {
		t.Helper()
		b.must(b.MovePortal(b.ctx, id, domain, "https://"+strings.ToLower(domain)))
	}
	wants := func(id onevent.PortalID, want string) {
		t.Helper()
		if got := b.domains(id); got != want {
			t.Errorf("portal %d: %q, want %q", id, got, want)
		}
	}
	first := b.portal.ID
	move(first, "B.example.test")
	move(first, "c.example.test")
	wants(first, "c.example.test portal.example.test b.example.test")
	b.must(b.MovePortal(b.ctx, first, "c.example.test", "http://c.example.test:8080"))
	wants(first, "c.example.test portal.example.test b.example.test")
	move(first, "portal.example.test")
	wants(first, "portal.example.test b.example.test c.example.test")

	founded, _, err := b.CreatePortal(b.ctx, lifecycle.PortalRequest{Domain: "b.example.test", PublicURL: "https://b.example.test"})
	b.must(err)
	wants(first, "portal.example.test c.example.test")
	move(founded.ID, "c.example.test")
	wants(first, "portal.example.test")
	wants(founded.ID, "c.example.test b.example.test")
	b.refused(b.MovePortal(b.ctx, founded.ID, "portal.example.test", "https://portal.example.test"), onevent.CodeConflict)
	wants(first, "portal.example.test")
	wants(founded.ID, "c.example.test b.example.test")
	b.reloadsEqual()
}

func TestPortalForgetsItsOldestDomains(t *testing.T) {
	t.Parallel()
	b := open(t)
	for n := range 18 {
		domain := fmt.Sprintf("p%d.example.test", n)
		b.must(b.MovePortal(b.ctx, b.portal.ID, domain, "https://"+domain))
	}
	p := b.Directory.Portal(b.portal.ID)
	if len(p.Formerly) != 16 || p.Formerly[0] != "p1.example.test" || p.Formerly[15] != "p16.example.test" {
		t.Errorf("it remembers %q", p.Formerly)
	}
}

func TestMoveChangesAllThatIsAskedForOrNothing(t *testing.T) {
	t.Parallel()
	b := open(t)
	before := *b.Directory.Portal(b.portal.ID)
	domain, url := "moved.example.test", "https://moved.example.test"
	for _, change := range []lifecycle.PortalChange{
		{Domain: &domain}, {PublicURL: &url}, {Domain: new(""), PublicURL: &url}, {Domain: &domain, PublicURL: new("https://b.example.test")},
		{Domain: &domain, PublicURL: &url, Language: new("english")}, {Domain: &domain, PublicURL: &url, RateBurst: new(1)},
	} {
		_, err := b.ChangePortal(b.ctx, b.portal.ID, change)
		b.refused(err, onevent.CodeInvalid)
	}
	if !reflect.DeepEqual(*b.Directory.Portal(b.portal.ID), before) {
		t.Errorf("a refused change left %+v", b.Directory.Portal(b.portal.ID))
	}
	p, err := b.ChangePortal(b.ctx, b.portal.ID, lifecycle.PortalChange{Domain: &domain, PublicURL: &url, Language: new("fr")})
	b.must(err)
	if p.Domain != domain || p.PublicURL != url || p.Language != "fr" || !reflect.DeepEqual(p, b.Directory.PortalByDomain(domain)) {
		t.Errorf("got %+v", p)
	}
}

// A Host header holds ASCII alone: no request would ever find the portal.
func TestADomainIsASCII(t *testing.T) {
	t.Parallel()
	b := open(t)
	for domain, want := range map[string]bool{"münchen.example.test": false, "xn--mnchen-3ya.example.test": true, "192.0.2.1": true} {
		if err := b.MovePortal(b.ctx, b.portal.ID, domain, "https://"+domain); (err == nil) != want {
			t.Errorf("%s: %v", domain, err)
		}
	}
}

// Whatever their order, no domain leads to two portals, and none that a portal
// has is one that another had.
func TestPortalsThatTakeOneAnothersDomains(t *testing.T) {
	t.Parallel()
	b := open(t)
	second, _, err := b.CreatePortal(b.ctx, lifecycle.PortalRequest{Domain: "0.example.test", PublicURL: "https://0.example.test"})
	b.must(err)
	var group sync.WaitGroup
	for _, id := range []onevent.PortalID{b.portal.ID, second.ID} {
		group.Go(func() {
			for n := range 30 {
				domain := fmt.Sprintf("%d.example.test", n%3)
				if err := b.MovePortal(b.ctx, id, domain, "https://"+domain); err != nil && onevent.CodeOf(err) != onevent.CodeConflict {
					t.Error(err)
				}
				if _, err := b.ChangePortal(b.ctx, id, lifecycle.PortalChange{NoAccessCheck: new(n%2 == 0)}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	seen := map[string]bool{}
	for _, domain := range strings.Fields(b.domains(b.portal.ID) + " " + b.domains(second.ID)) {
		if seen[domain] {
			t.Errorf("%s is there twice: %q, %q", domain, b.domains(b.portal.ID), b.domains(second.ID))
		}
		seen[domain] = true
	}
}

func TestLimitsOfAPortal(t *testing.T) {
	t.Parallel()
	b := open(t)
	const documented = onevent.RefreshTokenDocumented
	for _, c := range []struct {
		burst  int
		second float64
		limit  int
		ok     bool
	}{
		{0, 0, 0, true}, {50, 2, 480, true}, {1, 1e-9, 1, true}, {1_000_000, 1_000_000, 600, true}, {0, 5, 0, true},
		{-1, 2, 0, false}, {1_000_001, 2, 0, false}, {50, 0, 0, false}, {50, -1, 0, false}, {0, -1, 0, false},
		{50, 1_000_000.5, 0, false}, {50, math.Inf(1), 0, false}, {50, math.NaN(), 0, false}, {0, math.NaN(), 0, false},
		{0, 0, -1, false}, {0, 0, 601, false},
	} {
		want := onevent.PortalSettings{RefreshToken: documented, RateBurst: c.burst, RatePerSecond: c.second, OperatingLimit: c.limit}
		p, err := b.ChangePortal(b.ctx, b.portal.ID, lifecycle.PortalChange{RateBurst: &c.burst, RatePerSecond: &c.second, OperatingLimit: &c.limit})
		if (err == nil) != c.ok || err != nil && onevent.CodeOf(err) != onevent.CodeInvalid {
			t.Errorf("%+v: %v", c, err)
		}
		if c.ok && (!reflect.DeepEqual(p.Settings, want) || !reflect.DeepEqual(b.Directory.Portal(b.portal.ID).Settings, want)) {
			t.Errorf("%+v: got %+v", c, p.Settings)
		}
		domain := fmt.Sprintf("p%d.example.test", len(b.Directory.Portals()))
		_, _, err = b.CreatePortal(b.ctx, lifecycle.PortalRequest{Domain: domain, PublicURL: "https://" + domain, Settings: want})
		if (err == nil) != c.ok {
			t.Errorf("founded with %+v: %v", c, err)
		}
	}
	b.reloadsEqual()
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
	if !reflect.DeepEqual(p.Settings, want) || p.Language != "fr" || p.TimeZone != "Asia/Tokyo" || p.Domain != "127.0.0.1" {
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
	if !reflect.DeepEqual(*b.Directory.Portal(b.portal.ID), portal) || b.Directory.Application(app.ID).RotateToken != onevent.RotateNever {
		t.Error("the directory shows what was not stored")
	}
	_, err = b.ChangePortal(b.ctx, 99, lifecycle.PortalChange{})
	b.refused(err, onevent.CodeNotFound)
	_, err = b.ChangeApplication(b.ctx, 99, lifecycle.ApplicationChange{})
	b.refused(err, onevent.CodeNotFound)
}
