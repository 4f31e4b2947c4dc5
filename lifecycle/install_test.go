package lifecycle_test

import (
	"encoding/base64"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/catalog"
	"github.com/onevent/onevent/directory"
	"github.com/onevent/onevent/lifecycle"
	"github.com/onevent/onevent/oauth"
	"github.com/onevent/onevent/publish"
	"github.com/onevent/onevent/wire"
)

var (
	localAPI  = lifecycle.ApplicationRequest{Kind: onevent.KindLocal}
	localUI   = lifecycle.ApplicationRequest{Kind: onevent.KindLocal, UI: true}
	marketAPI = lifecycle.ApplicationRequest{Kind: onevent.KindMarket}
)

func TestInstallOfAnApplicationWithoutPagesIsToldAtItsEventURL(t *testing.T) {
	t.Parallel()
	b := open(t)
	app := b.app(localAPI, "event")
	done, err := b.Install(b.ctx, lifecycle.InstallRequest{Portal: b.portal, Application: app, Version: "1", User: 2, Language: "de"})
	b.must(err)
	if !done.New || !done.Installation.Installed || done.User.ID != 2 {
		t.Errorf("got %+v", done)
	}
	b.tells(`ONAPPINSTALL by 2 {"VERSION":"1","ACTIVE":"Y","INSTALLED":"Y","LANGUAGE_ID":"de"} -> 1 waiting`)
	h := b.Directory.Handler(1)
	if !h.Platform || h.User != 0 || h.URL != "https://app.example.test/event1" || h.Event != "ONAPPINSTALL" {
		t.Errorf("the handler is %+v", h)
	}
	if d := b.Directory.Destination(h.Destination); d == nil || d.URL != h.URL || d.Owner != h.Owner {
		t.Errorf("the destination is %+v", d)
	}
	e := b.event(1)
	if e.Object != (onevent.Object{Type: "app", ID: app.ClientID}) || e.Chain.Depth != 0 {
		t.Errorf("the event is about %+v at depth %d", e.Object, e.Chain.Depth)
	}
}

func (b *bench) event(id onevent.EventID) onevent.Event {
	b.t.Helper()
	var e onevent.Event
	b.must(b.Store.View(b.ctx, func(r onevent.Reader) error {
		var err error
		e, err = r.Event(id)
		return err
	}))
	return e
}

func TestNewInstallationHasItsSecretsAndDefaults(t *testing.T) {
	t.Parallel()
	b := open(t)
	for kind, status := range map[string]string{onevent.KindLocal: "L", onevent.KindMarket: "F"} {
		inst := b.install(b.app(lifecycle.ApplicationRequest{Kind: kind}), "1").Installation
		if inst.Status != status || inst.Language != "en" || inst.InstalledBy != 1 || !slices.Equal(inst.Scope, []string{"user", "crm"}) {
			t.Errorf("%s: got %+v", kind, inst.Installation)
		}
		key, found := strings.CutPrefix(inst.Secrets.SigningSecret.Reveal(), "whsec_")
		if raw, err := base64.StdEncoding.DecodeString(key); !found || err != nil || len(raw) < 24 {
			t.Errorf("%s: the signing secret has %d bytes, %v", kind, len(raw), err)
		}
		if n := len(inst.Secrets.ApplicationToken.Reveal()); n != 32 {
			t.Errorf("%s: application_token has %d characters", kind, n)
		}
	}
}

// A local application has the letter L whatever was asked for.
func TestLocalApplicationKeepsItsLetter(t *testing.T) {
	t.Parallel()
	b := open(t)
	done, err := b.Install(b.ctx, lifecycle.InstallRequest{Portal: b.portal, Application: b.app(localAPI), Version: "1", Status: "P"})
	b.must(err)
	if done.Installation.Status != "L" {
		t.Errorf("status %s", done.Installation.Status)
	}
}

func TestInstallAgainTellsAgain(t *testing.T) {
	t.Parallel()
	b := open(t)
	app := b.app(marketAPI, "event")
	first := b.install(app, "1")
	b.bind(app, "ONCRMDEALADD")
	done, err := b.Install(b.ctx, lifecycle.InstallRequest{Portal: b.portal, Application: app, Version: "1", User: 2, Status: "P", Language: "fr"})
	b.must(err)
	if done.New || done.Installation.ID != first.Installation.ID || done.Installation.Status != "P" || done.Installation.InstalledBy != 2 {
		t.Errorf("got %+v", done.Installation.Installation)
	}
	b.tells(
		`ONAPPINSTALL by 1 {"VERSION":"1","ACTIVE":"Y","INSTALLED":"Y","LANGUAGE_ID":"en"} -> 1 waiting`,
		`ONAPPPAYMENT by 2 {"CODE":"`+app.ClientID+`","VERSION":"1","STATUS":"P","PAYMENT_EXPIRED":"N","DAYS":null,"LANGUAGE_ID":"fr"} -> `,
		`ONAPPINSTALL by 2 {"VERSION":"1","ACTIVE":"Y","INSTALLED":"Y","LANGUAGE_ID":"fr"} -> 1 waiting`,
	)
	want := []string{"1 ONAPPINSTALL https://app.example.test/event1", "2 ONCRMDEALADD https://app.example.test/bound"}
	if got := b.handlers(app); !slices.Equal(got, want) {
		t.Errorf("handlers %q", got)
	}
	if done.Installation.Secrets != first.Installation.Secrets {
		t.Error("the secrets are others")
	}
	// What was not asked for stays.
	if again := b.install(app, "1").Installation; again.Status != "P" || again.Language != "fr" {
		t.Errorf("got %+v", again.Installation)
	}
}

func TestInstallAgainFollowsAChangedEventURL(t *testing.T) {
	t.Parallel()
	b := open(t)
	app := b.app(localAPI, "event")
	b.install(app, "1")
	_, err := b.ChangeVersion(b.ctx, lifecycle.VersionRequest{Application: app, Version: "1", Scope: "crm", EventURL: "http://127.0.0.1:9/other"})
	b.must(err)
	done := b.install(app, "1")
	if !slices.Equal(done.Installation.Scope, []string{"crm"}) {
		t.Errorf("scope %q", done.Installation.Scope)
	}
	if got := b.handlers(app); !slices.Equal(got, []string{"2 ONAPPINSTALL http://127.0.0.1:9/other"}) {
		t.Errorf("handlers %q", got)
	}
	b.tells(
		`ONAPPINSTALL by 1 {"VERSION":"1","ACTIVE":"Y","INSTALLED":"Y","LANGUAGE_ID":"en"} -> 1 cancelled updated`,
		`ONAPPINSTALL by 1 {"VERSION":"1","ACTIVE":"Y","INSTALLED":"Y","LANGUAGE_ID":"en"} -> 2 waiting`,
	)
}

// What the application bound to ONAPPINSTALL at the event URL is told once.
func TestOwnHandlerAtTheEventURLStandsForThePlatforms(t *testing.T) {
	t.Parallel()
	b := open(t)
	app := b.app(localAPI)
	b.install(app, "1")
	b.bind(app, "ONAPPINSTALL")
	_, err := b.ChangeVersion(b.ctx, lifecycle.VersionRequest{Application: app, Version: "1", EventURL: "https://app.example.test/bound"})
	b.must(err)
	b.install(app, "1")
	b.tells(`ONAPPINSTALL by 1 {"VERSION":"1","ACTIVE":"Y","INSTALLED":"Y","LANGUAGE_ID":"en"} -> 1 waiting`)
	if got := b.handlers(app); len(got) != 1 {
		t.Errorf("handlers %q", got)
	}
}

func TestApplicationWithAnInstallerIsInstalledWhenItFinishes(t *testing.T) {
	t.Parallel()
	b := open(t)
	app := b.app(localUI, "install", "event")
	if b.install(app, "1").Installation.Installed || len(b.story()) != 0 || len(b.handlers(app)) != 0 {
		t.Error("it is installed before its installer has finished")
	}
	b.bind(app, "ONAPPINSTALL")
	_, err := b.Finish(b.ctx, b.portal, app, 3)
	b.refused(err, onevent.CodeDenied)
	done, err := b.Finish(b.ctx, b.portal, app, 2)
	b.must(err)
	if !done.Installation.Installed || done.User.ID != 2 || !b.standing(app).Installed {
		t.Errorf("got %+v", done)
	}
	const told = `ONAPPINSTALL by 2 {"VERSION":"1","ACTIVE":"Y","INSTALLED":"Y","LANGUAGE_ID":"en"} -> 1 waiting`
	b.tells(told)
	_, err = b.Finish(b.ctx, b.portal, app, 2)
	b.must(err)
	b.install(app, "1")
	if story := b.story(); len(story) != 1 || !b.standing(app).Installed {
		t.Errorf("told again: %q", story)
	}
}

func TestApplicationWithPagesButNoInstallerIsInstalledAtOnce(t *testing.T) {
	t.Parallel()
	b := open(t)
	app := b.app(localUI, "event")
	if !b.install(app, "1").Installation.Installed || len(b.handlers(app)) != 0 {
		t.Error("it waits for an installer, or has a handler that it did not bind")
	}
}

func (b *bench) refused(err error, code onevent.Code) {
	b.t.Helper()
	if onevent.CodeOf(err) != code {
		b.t.Errorf("got %v, want %s", err, code)
	}
}

func TestOnlyAnActiveAdministratorInstalls(t *testing.T) {
	t.Parallel()
	b := open(t)
	app := b.app(localAPI)
	no := false
	_, err := b.ChangeUser(b.ctx, b.portal.ID, 1, lifecycle.UserChange{Active: &no})
	b.must(err)
	for _, user := range []onevent.UserID{1, 3, 4} {
		_, err := b.Install(b.ctx, lifecycle.InstallRequest{Portal: b.portal, Application: app, Version: "1", User: user})
		b.refused(err, onevent.CodeDenied)
	}
	// The first one who is active stands in for nobody.
	if done := b.install(app, "1"); done.User.ID != 2 {
		t.Errorf("user %d installed it", done.User.ID)
	}
}

func TestUpdateIsToldAndThenEndsAllHandlers(t *testing.T) {
	t.Parallel()
	b := open(t)
	app := b.app(marketAPI, "event")
	first := b.install(app, "1")
	b.bind(app, "ONAPPUPDATE")
	b.bind(app, "ONCRMDEALADD")
	b.publish("ONCRMDEALADD")
	b.queue.told = nil
	done, err := b.Install(b.ctx, lifecycle.InstallRequest{Portal: b.portal, Application: app, Version: "2", User: 2, Language: "de"})
	b.must(err)
	b.tells(
		`ONAPPINSTALL by 1 {"VERSION":"1","ACTIVE":"Y","INSTALLED":"Y","LANGUAGE_ID":"en"} -> 1 cancelled updated`,
		`ONCRMDEALADD by 0 {"FIELDS":{"ID":"1"}} -> 3 cancelled updated`,
		`ONAPPUPDATE by 2 {"VERSION":"2","PREVIOUS_VERSION":"1","LANGUAGE_ID":"de"} -> 2 waiting`,
		`ONAPPINSTALL by 2 {"VERSION":"2","ACTIVE":"Y","INSTALLED":"Y","LANGUAGE_ID":"de"} -> 4 waiting`,
	)
	if update, install := b.event(3).Object, b.event(4).Object; update != install {
		t.Errorf("%+v and %+v keep no order", update, install)
	}
	want := []string{"drop 1", "drop 2", "drop 3", "accept ONAPPUPDATE 1", "accept ONAPPINSTALL 1"}
	if !slices.Equal(b.queue.told, want) {
		t.Errorf("the queue was told %q", b.queue.told)
	}
	if got := b.handlers(app); !slices.Equal(got, []string{"4 ONAPPINSTALL https://app.example.test/event2"}) {
		t.Errorf("handlers %q", got)
	}
	if h := b.Directory.Handler(3); h.Stands() || h.EndedBy != onevent.VerdictUpdated {
		t.Errorf("handler 3 is %+v", h)
	}
	now := b.standing(app)
	if now.ID != first.Installation.ID || now.Version != done.Version.Ordinal || !slices.Equal(now.Scope, []string{"calendar", "crm"}) || !now.Installed {
		t.Errorf("got %+v", now.Installation)
	}
}

func (b *bench) publish(code string) {
	b.t.Helper()
	event, _ := catalog.Lookup(code)
	data := wire.Map(wire.F("FIELDS", wire.Map(wire.F("ID", wire.String("1")))))
	b.must(b.Store.Update(b.ctx, func(tx onevent.Tx) error {
		_, err := b.Publisher.Raise(tx, publish.Raised{Portal: b.portal, Event: event, Data: data})
		return err
	}))
}

func TestUpdateKeepsTokensAndSecrets(t *testing.T) {
	t.Parallel()
	b := open(t)
	app := b.app(marketAPI, "event")
	first := b.install(app, "1")
	tokens, err := b.IssueTokens(first.Installation, 3)
	b.must(err)
	second := b.install(app, "2")
	access, refusal := b.Authority.CheckToken(b.portal, tokens.Access)
	if refusal != oauth.Granted || !slices.Equal(access.Scope, []string{"calendar", "crm"}) {
		t.Errorf("the token is %q with %q", refusal, access.Scope)
	}
	if second.Installation.Secrets != first.Installation.Secrets {
		t.Error("the secrets are others")
	}
}

func TestUpdateRotatesApplicationTokenWhereAsked(t *testing.T) {
	t.Parallel()
	b := open(t)
	app := b.app(lifecycle.ApplicationRequest{Kind: onevent.KindMarket, RotateToken: onevent.RotateUpdate}, "event")
	first := b.install(app, "1").Installation.Secrets
	if again := b.install(app, "1").Installation.Secrets; again != first {
		t.Error("installing again has changed the secrets")
	}
	second := b.install(app, "2").Installation.Secrets
	if second.ApplicationToken == first.ApplicationToken || second.SigningSecret != first.SigningSecret {
		t.Error("not application_token alone has changed")
	}
	if b.standing(app).Secrets != second {
		t.Error("the directory has other secrets")
	}
}

func TestUpdateOfAnApplicationWithAnInstallerWaitsForIt(t *testing.T) {
	t.Parallel()
	b := open(t)
	app := b.app(localUI, "install")
	b.install(app, "1")
	b.bind(app, "ONAPPUPDATE")
	_, err := b.Finish(b.ctx, b.portal, app, 0)
	b.must(err)
	if b.install(app, "2").Installation.Installed {
		t.Error("it is installed before its installer has finished")
	}
	b.tells(`ONAPPUPDATE by 1 {"VERSION":"2","PREVIOUS_VERSION":"1","LANGUAGE_ID":"en"} -> 1 waiting`)
	if got := b.handlers(app); len(got) != 0 {
		t.Errorf("handlers %q", got)
	}
	// An update of what was never installed is told to nobody.
	b.bind(app, "ONAPPUPDATE")
	_, err = b.RegisterVersion(b.ctx, lifecycle.VersionRequest{Application: app, Version: "3", InstallURL: "https://app.example.test/install3"})
	b.must(err)
	b.install(app, "3")
	b.tells(`ONAPPUPDATE by 1 {"VERSION":"3","PREVIOUS_VERSION":"2","LANGUAGE_ID":"en"} -> 2 not served not_installed`)
}

func TestUninstallIsToldAndEndsEverything(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		kind  lifecycle.ApplicationRequest
		clean bool
		flag  string
	}{
		{"market, kept", marketAPI, false, "0"},
		{"market, clean", marketAPI, true, "1"},
		{"local", localAPI, false, "1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := open(t)
			app := b.app(c.kind, "event")
			inst := b.install(app, "1").Installation
			b.bind(app, "ONAPPUNINSTALL")
			b.bind(app, "ONCRMDEALADD")
			b.publish("ONCRMDEALADD")
			tokens, err := b.IssueTokens(inst, 1)
			b.must(err)
			b.must(b.Uninstall(b.ctx, b.portal, app, c.clean))
			b.tells(
				`ONAPPINSTALL by 1 {"VERSION":"1","ACTIVE":"Y","INSTALLED":"Y","LANGUAGE_ID":"en"} -> 1 cancelled uninstalled`,
				`ONCRMDEALADD by 0 {"FIELDS":{"ID":"1"}} -> 3 cancelled uninstalled`,
				`ONAPPUNINSTALL by 0 {"CLEAN":"`+c.flag+`","LANGUAGE_ID":"en"} -> 2 waiting`,
			)
			if _, refusal := b.Authority.CheckToken(b.portal, tokens.Access); refusal != oauth.NotInstalled {
				t.Errorf("the token is %q", refusal)
			}
			ended := b.Directory.Installation(b.portal.ID, inst.ID)
			if ended.Active() || ended.Installed || ended.Epoch == inst.Epoch || ended.Secrets != inst.Secrets {
				t.Errorf("the installation is %+v", ended.Installation)
			}
			if h := b.Directory.Handler(2); h.Stands() || h.EndedBy != onevent.VerdictUninstalled {
				t.Errorf("the handler is %+v", h)
			}
			b.refused(b.Uninstall(b.ctx, b.portal, app, c.clean), onevent.CodeNotFound)
		})
	}
}

func TestUninstallOfWhatWasNeverInstalledIsToldToNobody(t *testing.T) {
	t.Parallel()
	b := open(t)
	app := b.app(localUI, "install")
	b.install(app, "1")
	b.bind(app, "ONAPPUNINSTALL")
	b.must(b.Uninstall(b.ctx, b.portal, app, false))
	if story := b.story(); len(story) != 0 {
		t.Errorf("told: %q", story)
	}
	if b.Directory.Handler(1).Stands() {
		t.Error("the handler stands")
	}
}

func TestInstallAfterUninstallBeginsAnew(t *testing.T) {
	t.Parallel()
	for kind, keeps := range map[string]bool{onevent.KindMarket: true, onevent.KindLocal: false} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			b := open(t)
			app := b.app(lifecycle.ApplicationRequest{Kind: kind}, "event")
			first := b.install(app, "1").Installation
			tokens, err := b.IssueTokens(first, 1)
			b.must(err)
			b.must(b.Uninstall(b.ctx, b.portal, app, false))
			second := b.install(app, "2")
			if !second.New || second.Installation.ID == first.ID {
				t.Error("the ended installation was taken up")
			}
			if kept := second.Installation.Secrets.ApplicationToken == first.Secrets.ApplicationToken; kept != keeps {
				t.Errorf("application_token kept: %v", kept)
			}
			if _, refusal := b.Authority.CheckToken(b.portal, tokens.Access); refusal != oauth.NotInstalled {
				t.Errorf("the old token is %q", refusal)
			}
			if b.Directory.ApplicationByClientID(app.ClientID) == nil {
				t.Error("the registration is gone")
			}
		})
	}
}

// More waits than one transaction cancels; it is gone before the answer all
// the same, and the news of the end is not.
func TestLongBacklogIsCancelledBeforeTheAnswer(t *testing.T) {
	t.Parallel()
	for code, end := range map[string]func(*bench, *onevent.Application){
		"ONAPPUPDATE":    func(b *bench, app *onevent.Application) { b.install(app, "2") },
		"ONAPPUNINSTALL": func(b *bench, app *onevent.Application) { b.must(b.Uninstall(b.ctx, b.portal, app, false)) },
	} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			b := open(t)
			app := b.app(localAPI)
			b.install(app, "1")
			b.bind(app, "ONCRMDEALADD")
			b.bind(app, code)
			for range 26 {
				b.publishMany("ONCRMDEALADD", 100)
			}
			end(b, app)
			if stats := b.stats(); stats.Waiting != 1 || stats.Cancelled != 2600 {
				t.Errorf("got %+v", stats)
			}
		})
	}
}

func (b *bench) stats() onevent.Stats {
	b.t.Helper()
	var stats onevent.Stats
	b.must(b.Store.View(b.ctx, func(r onevent.Reader) error {
		var err error
		stats, err = r.Stats()
		return err
	}))
	return stats
}

// An application may make the destination at the moment of its update.
func TestInstallLooksAgainWhenABindCameBetween(t *testing.T) {
	t.Parallel()
	b := open(t)
	app := b.app(localAPI, "event")
	store := &conflicting{Store: b.Manager.Store, times: 2}
	b.Manager.Store = store
	b.install(app, "1")
	if story := b.story(); len(story) != 1 || len(b.handlers(app)) != 1 {
		t.Errorf("told %q with the handlers %q", story, b.handlers(app))
	}
	store.times = 3
	_, err := b.Install(b.ctx, lifecycle.InstallRequest{Portal: b.portal, Application: app, Version: "2"})
	b.refused(err, onevent.CodeConflict)
	if len(b.story()) != 1 {
		t.Errorf("told: %q", b.story())
	}
}

func (b *bench) publishMany(code string, n int) {
	b.t.Helper()
	event, _ := catalog.Lookup(code)
	data := wire.Map(wire.F("FIELDS", wire.Map(wire.F("ID", wire.String("1")))))
	b.must(b.Store.Update(b.ctx, func(tx onevent.Tx) error {
		for range n {
			if _, err := b.Publisher.Raise(tx, publish.Raised{Portal: b.portal, Event: event, Data: data}); err != nil {
				return err
			}
		}
		return nil
	}))
}

func TestConcurrentChangesOfOneApplicationComeOneAfterTheOther(t *testing.T) {
	t.Parallel()
	b := open(t)
	app := b.app(marketAPI, "event")
	var wg sync.WaitGroup
	errs := make(chan error, 64)
	for i := range 16 {
		wg.Go(func() {
			_, err := b.Install(b.ctx, lifecycle.InstallRequest{Portal: b.portal, Application: app, Version: []string{"1", "2"}[i%2]})
			if onevent.CodeOf(err) != onevent.CodeConflict { // from 2 to 1
				errs <- err
			}
		})
		if i%4 == 0 {
			wg.Go(func() {
				if err := b.Uninstall(b.ctx, b.portal, app, false); onevent.CodeOf(err) != onevent.CodeNotFound {
					errs <- err
				}
			})
		}
	}
	wg.Wait()
	close(errs)
	for err := range errs {
		b.must(err)
	}
	standing := 0
	for _, inst := range b.Directory.Installations(b.portal.ID) {
		if inst.Active() {
			standing++
		} else if n := len(b.Directory.HandlersOf(b.portal.ID, onevent.Owner{Installation: inst.ID})); n != 0 {
			t.Errorf("an ended installation has %d handlers", n)
		}
	}
	if standing > 1 {
		t.Errorf("%d installations stand", standing)
	}
	b.reloadsEqual()
}

// reloadsEqual compares the memory with what the store has.
func (b *bench) reloadsEqual() {
	b.t.Helper()
	fresh, err := directory.Load(b.ctx, b.Store, b.ring)
	b.must(err)
	now, then := b.Directory.Installations(b.portal.ID), fresh.Installations(b.portal.ID)
	same := slices.EqualFunc(now, then, func(x, y *directory.Installation) bool {
		return x.ID == y.ID && x.Version == y.Version && x.Installed == y.Installed && x.Active() == y.Active() && x.Secrets == y.Secrets
	})
	if !same {
		b.t.Error("the directory differs from the store")
	}
}

// Nothing of it is done, and the way down leads over an uninstallation.
func TestAnUpdateToALowerVersionIsRefused(t *testing.T) {
	t.Parallel()
	b := open(t)
	app := b.app(marketAPI, "event")
	for _, version := range []string{"2.9", "2.10"} {
		_, err := b.RegisterVersion(b.ctx, lifecycle.VersionRequest{Application: app, Version: version, EventURL: "https://app.example.test/event"})
		b.must(err)
	}
	b.install(app, "2.9")
	b.install(app, "2.10")
	b.bind(app, "ONCRMDEALADD")
	b.publish("ONCRMDEALADD")
	story, handlers, was := b.story(), b.handlers(app), b.standing(app)
	for _, version := range []string{"2.9", "2", "1"} {
		_, err := b.Install(b.ctx, lifecycle.InstallRequest{Portal: b.portal, Application: app, Version: version, Status: "P"})
		b.refused(err, onevent.CodeConflict)
		if !strings.Contains(err.Error(), "version 2.10 is installed") {
			t.Errorf("it says %v", err)
		}
	}
	if !slices.Equal(b.story(), story) || !slices.Equal(b.handlers(app), handlers) || b.standing(app) != was {
		t.Error("something was done")
	}
	b.must(b.Uninstall(b.ctx, b.portal, app, false))
	if inst := b.install(app, "1").Installation; inst.Version != 1 {
		t.Errorf("installed is the version of ordinal %d", inst.Version)
	}
}

// A store that fails leaves nothing behind.
func TestFailedInstallLeavesNothing(t *testing.T) {
	t.Parallel()
	b := open(t)
	app := b.app(localAPI, "event")
	broken := errors.New("broken")
	b.Manager.Store = failing{b.Manager.Store, broken}
	_, err := b.Install(b.ctx, lifecycle.InstallRequest{Portal: b.portal, Application: app, Version: "1"})
	if !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	if len(b.Directory.Installations(b.portal.ID)) != 0 || len(b.story()) != 0 || len(b.queue.told) != 0 {
		t.Error("something was left")
	}
}

// docs/protocol/app-lifecycle.md section 2.2.
func TestAnUploadedInstallerIsWaitedFor(t *testing.T) {
	t.Parallel()
	b := open(t)
	app := b.app(lifecycle.ApplicationRequest{Kind: onevent.KindLocal, UI: true, Static: true})
	for version, installer := range map[int64]bool{1: false, 2: true} {
		set := onevent.FileSet{ID: onevent.FileSetID(version), Application: app.ID, Version: version, State: onevent.FilesStand, Installer: installer}
		b.must(b.Store.Update(b.ctx, func(tx onevent.Tx) error { return b.Directory.PutFileSet(tx, set) }))
	}
	if done := b.install(app, "1"); !done.Installation.Installed {
		t.Error("without an installer it is not installed at once")
	}
	if done := b.install(app, "2"); done.Installation.Installed {
		t.Error("the installer of the new version is not waited for")
	}
	done, err := b.Finish(b.ctx, b.portal, app, 0)
	if err != nil || !done.Installation.Installed {
		t.Errorf("finished: %+v %v", done.Installation, err)
	}
}
