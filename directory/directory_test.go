package directory_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"
	"unsafe"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/directory"
	"github.com/onevent/onevent/seal"
)

func same(t *testing.T, what string, got, want picture) {
	t.Helper()
	g, w := reflect.ValueOf(got), reflect.ValueOf(want)
	for i := range g.NumField() {
		if !reflect.DeepEqual(g.Field(i).Interface(), w.Field(i).Interface()) {
			t.Errorf("%s: %s differ", what, g.Type().Field(i).Name)
		}
	}
}

func TestWhatWasPutIsSeenOnceItsUpdateReturns(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.seed()
	if p := b.Portal(1); p == nil || p.Domain != "a.example.com" || b.PortalByMember(p.MemberID) != p || b.PortalByDomain("a.example.com") != p {
		t.Errorf("the portal: %+v", p)
	}
	if u := b.User(1, 2); u == nil || u.Name != "User" {
		t.Errorf("the user: %+v", u)
	}
	app := b.ApplicationByClientID("local.1")
	if app == nil || app.ID != 1 || b.Application(1) != app {
		t.Errorf("the application: %+v", app)
	}
	inst := b.Installation(1, 1)
	if inst == nil || b.Standing(1, 1) != inst || inst.Secrets != installationRow(1, 1, 1).Secrets {
		t.Errorf("the installation: %+v", inst)
	}
	if w := b.Webhook(1, 2, "code-of-a"); w == nil || w.ID != 1 {
		t.Errorf("the webhook: %+v", w)
	}
	list := b.OutgoingWebhooks(1)
	if len(list) != 2 || list[0].ID != 1 || list[1].ID != 3 || b.OutgoingWebhook(1, 3) != list[1] || b.OutgoingWebhook(2, 3) != nil || list[0].Secrets != outgoingRow(1, 1).Secrets {
		t.Errorf("the outgoing webhooks: %+v", list)
	}
	if d := b.DestinationOf(first, "https://app.example.com/handler"); d == nil || d.ID != 1 || b.Destination(1) != d {
		t.Errorf("the destination: %+v", d)
	}
	h := b.Handler(1)
	if h == nil || h.Event != "ONCRMDEALADD" || *b.Handlers(1, "ONCRMDEALADD")[0] != *h || *b.HandlersOf(1, first)[0] != *h {
		t.Errorf("the handler: %+v", h)
	}
}

func TestWhatWasChangedIsSeenOnceItsUpdateReturns(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.seed()
	for _, c := range []struct {
		name   string
		change func(onevent.Tx) error
		seen   func() bool
	}{
		{"portal", func(tx onevent.Tx) error {
			p := portalRow(1, "a")
			p.Language = "de"
			return b.PutPortal(tx, p)
		}, func() bool { return b.Portal(1).Language == "de" && b.PortalByDomain("a.example.com").Language == "de" }},
		{"dismissal", func(tx onevent.Tx) error {
			u := userRow(1, 2)
			u.Active = false
			return b.PutUser(tx, u)
		}, func() bool { return !b.User(1, 2).Active && b.User(2, 2).Active && !b.Users(1)[1].Active }},
		{"application", func(tx onevent.Tx) error {
			return b.PutApplication(tx, onevent.Application{ID: 1, ClientID: "local.1", Name: "Renamed", Kind: onevent.KindLocal})
		}, func() bool {
			return b.ApplicationByClientID("local.1").Name == "Renamed" && b.Application(1).Name == "Renamed" && len(b.Versions(1)) == 2
		}},
		{"version", func(tx onevent.Tx) error {
			return b.PutVersion(tx, onevent.Version{Application: 1, Ordinal: 1, Text: "1.9.1"})
		}, func() bool {
			return b.VersionByText(1, "1.9.0") == nil && b.VersionByText(1, "1.9.1").Ordinal == 1 && len(b.Versions(1)) == 2
		}},
		{"replaced files", func(tx onevent.Tx) error {
			return errors.Join(b.PutFileSet(tx, fileSetRow(1, onevent.FilesEnded)), b.PutFileSet(tx, fileSetRow(2, onevent.FilesStand)))
		}, func() bool { return b.FileSet(1, 1).ID == 2 && b.FileSet(1, 2) == nil && b.FileSet(2, 1) == nil }},
		{"files that ended before", func(tx onevent.Tx) error {
			return errors.Join(b.PutFileSet(tx, fileSetRow(1, onevent.FilesEnded)), b.PutVersion(tx, onevent.Version{Application: 1, Ordinal: 2, Text: "1.10.1"}))
		}, func() bool { return b.VersionByText(1, "1.10.1") != nil && b.FileSet(1, 1).ID == 2 }},
		{"removed files", func(tx onevent.Tx) error { return b.PutFileSet(tx, fileSetRow(2, onevent.FilesEnded)) },
			func() bool { return b.FileSet(1, 1) == nil }},
		{"secrets", func(tx onevent.Tx) error {
			i := installationRow(1, 1, 1)
			i.Secrets.ApplicationToken = "another"
			return b.PutInstallation(tx, i)
		}, func() bool {
			return b.Standing(1, 1).Secrets.ApplicationToken == "another" && len(b.Installations(1)) == 1
		}},
		{"options", func(tx onevent.Tx) error {
			d := destinationRow(1, 1, first)
			d.Options.Order = onevent.OrderAll
			return b.PutDestination(tx, d)
		}, func() bool {
			return b.Destination(1).Options.Order == onevent.OrderAll && b.DestinationOf(first, destinationRow(1, 1, first).URL).Options.Order == onevent.OrderAll
		}},
		{"disabled handler", func(tx onevent.Tx) error {
			h := handlerRow(1, 1, first, "ONCRMDEALADD")
			h.Disabled = onevent.VerdictGone
			return b.PutHandler(tx, h)
		}, func() bool {
			list := b.Handlers(1, "ONCRMDEALADD")
			return len(list) == 1 && list[0].Disabled == onevent.VerdictGone && *b.Handler(1) == *list[0]
		}},
		{"ended webhook", func(tx onevent.Tx) error {
			w := webhookRow(1, 1, 2, "code-of-a")
			w.Ended = noon
			return b.PutWebhook(tx, w)
		}, func() bool { return b.Webhook(1, 2, "code-of-a") == nil }},
		{"ended outgoing webhook", func(tx onevent.Tx) error {
			w := outgoingRow(1, 1)
			w.Ended = noon
			return b.PutOutgoingWebhook(tx, w)
		}, func() bool { return !b.OutgoingWebhook(1, 1).Stands() && len(b.OutgoingWebhooks(1)) == 2 }},
	} {
		if c.seen() {
			t.Errorf("%s: it is as after the change before it", c.name)
		}
		b.update(c.change)
		if !c.seen() {
			t.Errorf("%s: the change is not seen", c.name)
		}
	}
	same(t, "after a restart", pictureOf(b.restart()), pictureOf(b.Directory))
}

func TestNothingIsSeenBeforeTheCommit(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.update(func(tx onevent.Tx) error {
		err := b.house(tx)
		if len(b.Portals()) != 0 || b.Application(1) != nil || b.Destination(1) != nil {
			t.Error("rows are seen inside their transaction")
		}
		return err
	})
}

func TestWhatWasNotCommittedIsNeverSeen(t *testing.T) {
	t.Parallel()
	b := open(t)
	empty := pictureOf(b.Directory)
	errOwn := errors.New("own")
	if err := b.store.Update(t.Context(), func(tx onevent.Tx) error { return errors.Join(b.house(tx), errOwn) }); !errors.Is(err, errOwn) {
		t.Fatal(err)
	}
	same(t, "after a closure that failed", pictureOf(b.Directory), empty)
	if err := (loses{b.store}).Update(t.Context(), b.house); !errors.Is(err, errLate) {
		t.Fatal(err)
	}
	same(t, "after a commit that failed", pictureOf(b.Directory), empty)
	b.seed()
	before := pictureOf(b.Directory)
	change := func(tx onevent.Tx) error {
		ended := installationRow(1, 1, 1)
		ended.Ended = noon
		unbound := handlerRow(1, 1, first, "ONCRMDEALADD")
		unbound.Ended = noon
		return errors.Join(b.PutPortal(tx, portalRow(1, "c")), b.PutInstallation(tx, ended), b.PutHandler(tx, unbound))
	}
	if err := (loses{b.store}).Update(t.Context(), change); !errors.Is(err, errLate) {
		t.Fatal(err)
	}
	same(t, "after a change that failed", pictureOf(b.Directory), before)
}

func TestARowThatTheStoreRefusesIsNotSeen(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.seed()
	before := pictureOf(b.Directory)
	refusals := map[string]func(onevent.Tx) error{
		"a second portal with the domain": func(tx onevent.Tx) error {
			p := portalRow(3, "c")
			p.Domain = "a.example.com"
			return b.PutPortal(tx, p)
		},
		"a second standing installation":  func(tx onevent.Tx) error { return b.PutInstallation(tx, installationRow(1, 9, 1)) },
		"an installation without portal":  func(tx onevent.Tx) error { return b.PutInstallation(tx, installationRow(7, 9, 1)) },
		"a second destination of the URL": func(tx onevent.Tx) error { return b.PutDestination(tx, destinationRow(1, 9, first)) },
		"a second handler of the kind": func(tx onevent.Tx) error {
			h := handlerRow(1, 9, first, "ONCRMDEALADD")
			h.User = 1
			return b.PutHandler(tx, h)
		},
	}
	b.update(func(tx onevent.Tx) error {
		for name, refused := range refusals {
			if err := refused(tx); onevent.CodeOf(err) != onevent.CodeConflict && onevent.CodeOf(err) != onevent.CodeInvalid {
				t.Errorf("%s: %v", name, err)
			}
		}
		return nil
	})
	same(t, "after refusals", pictureOf(b.Directory), before)
}

func TestLoadingAgainGivesTheSame(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.seed()
	ended := installationRow(1, 1, 1)
	ended.Ended, ended.Installed = noon.Add(time.Hour), false
	unbound := handlerRow(1, 1, first, "ONCRMDEALADD")
	unbound.Ended, unbound.EndedBy = noon, onevent.VerdictUnbound
	b.update(func(tx onevent.Tx) error {
		return errors.Join(
			b.PutHandler(tx, handlerRow(1, 5, first, "ONCRMDEALADD")), b.PutHandler(tx, handlerRow(1, 3, first, "ONCRMDEALADD")),
			b.PutHandler(tx, unbound), b.PutInstallation(tx, ended), b.PutInstallation(tx, installationRow(1, 4, 1)),
			b.PutInstallation(tx, installationRow(1, 3, 2)), b.PutPortal(tx, movedRow(2, "moved", "b", "c")),
		)
	})
	live := pictureOf(b.Directory)
	same(t, "a second load", pictureOf(b.load(b.ring)), live)
	same(t, "a restart", pictureOf(b.restart()), live)
	if s := b.Standing(1, 1); s == nil || s.ID != 4 {
		t.Errorf("the installation that stands: %+v", s)
	}
}

func TestListsAreInTheOrderOfID(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.seed()
	b.update(func(tx onevent.Tx) error {
		var errs []error
		for _, id := range []int64{9, 4, 7, 12, 5} {
			errs = append(errs, b.PutHandler(tx, handlerRow(1, onevent.HandlerID(id), first, "ONCRMDEALADD")),
				b.PutUser(tx, userRow(1, onevent.UserID(id))), b.PutVersion(tx, onevent.Version{Application: 1, Ordinal: id, Text: fmt.Sprint(id)}),
				b.PutPortal(tx, portalRow(onevent.PortalID(id), fmt.Sprint("p", id))))
			i := installationRow(1, onevent.InstallationID(id), 2)
			i.Ended = noon
			errs = append(errs, b.PutInstallation(tx, i))
		}
		return errors.Join(errs...)
	})
	for _, d := range []*directory.Directory{b.Directory, b.restart()} {
		var handlers, owned, users, versions, portals, installations []int64
		for _, h := range d.Handlers(1, "ONCRMDEALADD") {
			handlers = append(handlers, int64(h.ID))
		}
		for _, h := range d.HandlersOf(1, first) {
			owned = append(owned, int64(h.ID))
		}
		for _, u := range d.Users(1) {
			users = append(users, int64(u.ID))
		}
		for _, v := range d.Versions(1) {
			versions = append(versions, v.Ordinal)
		}
		for _, p := range d.Portals() {
			portals = append(portals, int64(p.ID))
		}
		for _, i := range d.Installations(1) {
			installations = append(installations, int64(i.ID))
		}
		for name, c := range map[string]struct{ got, want []int64 }{
			"handlers": {handlers, []int64{1, 4, 5, 7, 9, 12}}, "handlers of an owner": {owned, []int64{1, 4, 5, 7, 9, 12}},
			"users": {users, []int64{1, 2, 3, 4, 5, 7, 9, 12}}, "versions": {versions, []int64{1, 2, 4, 5, 7, 9, 12}},
			"portals": {portals, []int64{1, 2, 4, 5, 7, 9, 12}}, "installations": {installations, []int64{1, 4, 5, 7, 9, 12}},
		} {
			if !reflect.DeepEqual(c.got, c.want) {
				t.Errorf("%s: %v, want %v", name, c.got, c.want)
			}
		}
	}
}

func TestAnEndedHandlerIsFoundOnlyByItsID(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.seed()
	b.update(func(tx onevent.Tx) error { return b.PutHandler(tx, handlerRow(1, 2, first, "ONCRMDEALADD")) })
	before := b.Handlers(1, "ONCRMDEALADD")
	b.update(func(tx onevent.Tx) error {
		h := handlerRow(1, 1, first, "ONCRMDEALADD")
		h.Ended, h.EndedBy = noon, onevent.VerdictUnbound
		return b.PutHandler(tx, h)
	})
	for _, d := range []*directory.Directory{b.Directory, b.restart()} {
		if list := d.Handlers(1, "ONCRMDEALADD"); len(list) != 1 || list[0].ID != 2 {
			t.Errorf("of the event: %v", list)
		}
		if list := d.HandlersOf(1, first); len(list) != 1 || list[0].ID != 2 {
			t.Errorf("of the owner: %v", list)
		}
		if h := d.Handler(1); h == nil || h.Stands() || h.EndedBy != onevent.VerdictUnbound || h.URL == "" {
			t.Errorf("by id: %+v", h)
		}
	}
	if len(before) != 2 || before[0].ID != 1 || !before[0].Stands() {
		t.Error("a list that a reader holds was changed")
	}
}

func TestAnEndedInstallationStaysReadableAndMakesRoom(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.seed()
	ended := installationRow(1, 1, 1)
	ended.Ended = noon
	b.update(func(tx onevent.Tx) error { return b.PutInstallation(tx, ended) })
	if b.Standing(1, 1) != nil {
		t.Error("an ended installation stands")
	}
	if i := b.Installation(1, 1); i == nil || i.Active() || i.Secrets != ended.Secrets {
		t.Errorf("by id: %+v", i)
	}
	b.update(func(tx onevent.Tx) error { return b.PutInstallation(tx, installationRow(1, 5, 1)) })
	// What came late about the one before does not end the new one.
	b.update(func(tx onevent.Tx) error { return b.PutInstallation(tx, ended) })
	if s := b.Standing(1, 1); s == nil || s.ID != 5 {
		t.Errorf("it stands: %+v", s)
	}
}

func TestAPortalIsFoundByItsDomainOfNow(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.seed()
	b.update(func(tx onevent.Tx) error { return b.PutPortal(tx, portalRow(1, "moved")) })
	// Another portal may take the name that was left, in the same commit even.
	b.update(func(tx onevent.Tx) error {
		return errors.Join(b.PutPortal(tx, portalRow(1, "c")), b.PutPortal(tx, portalRow(2, "moved")))
	})
	for _, d := range []*directory.Directory{b.Directory, b.restart()} {
		for domain, want := range map[string]onevent.PortalID{"c.example.com": 1, "moved.example.com": 2, "a.example.com": 0, "b.example.com": 0, "": 0} {
			var got onevent.PortalID
			if p := d.PortalByDomain(domain); p != nil {
				got = p.ID
			}
			if got != want {
				t.Errorf("%q leads to portal %d, want %d", domain, got, want)
			}
		}
		if len(d.Users(1)) != 3 || d.Standing(1, 1) == nil {
			t.Error("the portal lost what belongs to it")
		}
	}
}

// movedRow is a portal that had other names before.
func movedRow(id onevent.PortalID, name string, before ...string) onevent.Portal {
	p := portalRow(id, name)
	for _, name := range before {
		p.Formerly = append(p.Formerly, name+".example.com")
	}
	return p
}

func TestAPortalIsFoundByTheDomainsThatItHad(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.seed()
	b.update(func(tx onevent.Tx) error { return b.PutPortal(tx, movedRow(1, "moved", "c", "a")) })
	wantFormer := func(want map[string]onevent.PortalID) {
		t.Helper()
		for _, d := range []*directory.Directory{b.Directory, b.restart()} {
			for _, name := range []string{"a", "b", "c", "moved", "none"} {
				var got onevent.PortalID
				if p := d.PortalByFormerDomain(name + ".example.com"); p != nil {
					got = p.ID
				}
				if got != want[name] {
					t.Errorf("%s was the name of portal %d, want %d", name, got, want[name])
				}
			}
		}
	}
	wantFormer(map[string]onevent.PortalID{"c": 1, "a": 1})
	b.Directory = b.restart()
	// A name of now comes first, whatever a row says.
	b.update(func(tx onevent.Tx) error { return b.PutPortal(tx, movedRow(2, "a", "b")) })
	wantFormer(map[string]onevent.PortalID{"c": 1, "b": 2})
	b.Directory = b.restart()
	// What a row drops is forgotten, unless another has it by then.
	b.update(func(tx onevent.Tx) error {
		return errors.Join(b.PutPortal(tx, movedRow(2, "x", "a", "c")), b.PutPortal(tx, movedRow(1, "moved")))
	})
	wantFormer(map[string]onevent.PortalID{"a": 2, "c": 2})
}

func TestNothingOfAnotherPortalIsFound(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.seed()
	b.update(func(tx onevent.Tx) error { return b.PutUser(tx, userRow(2, 9)) })
	if b.Installation(1, 2) != nil || b.Installation(2, 1) != nil || b.Installation(3, 1) != nil {
		t.Error("an installation is found by another portal")
	}
	if b.User(1, 9) != nil || b.User(2, 9) == nil || b.User(3, 1) != nil {
		t.Error("a user is found by another portal")
	}
	if b.Webhook(2, 2, "code-of-a") != nil || b.Webhook(1, 2, "code-of-b") != nil || b.Webhook(3, 2, "code-of-a") != nil {
		t.Error("a webhook is found by another portal")
	}
	if b.Handlers(2, "ONCRMDEALADD") != nil || b.HandlersOf(2, first) != nil || b.Handlers(3, "ONCRMDEALADD") != nil {
		t.Error("a handler is listed for another portal")
	}
	if len(b.Installations(2)) != 1 || b.Installations(3) != nil || b.Standing(3, 1) != nil || b.Users(3) != nil || b.FirstAdmin(3) != nil {
		t.Error("what belongs to another portal is listed")
	}
}

func TestAWebhookIsFoundByItsUserAndItsCode(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.seed()
	for _, c := range []struct {
		user onevent.UserID
		code string
		want bool
	}{{2, "code-of-a", true}, {1, "code-of-a", false}, {0, "code-of-a", false}, {2, "code-of-", false}, {2, "code-of-aa", false}, {2, "Code-of-a", false}, {2, "", false}} {
		if got := b.Webhook(1, c.user, c.code) != nil; got != c.want {
			t.Errorf("user %d with %q: %t", c.user, c.code, got)
		}
	}
}

func TestAClientSecretMatchesOnlyItself(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.seed()
	for secret, want := range map[string]bool{"secret": true, "Secret": false, "secre": false, "secrets": false, "": false} {
		if directory.SecretMatches(b.Application(1), secret) != want {
			t.Errorf("%q: %t", secret, !want)
		}
	}
	if directory.SecretMatches(&onevent.Application{}, "") {
		t.Error("an application without a secret has the empty one")
	}
}

func TestTheFirstAdministratorIsActive(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.seed()
	if b.FirstAdmin(1) != nil {
		t.Error("there is none yet")
	}
	b.update(func(tx onevent.Tx) error {
		dismissed, second, third := userRow(1, 1), userRow(1, 2), userRow(1, 3)
		dismissed.Admin, second.Admin, third.Admin = true, true, true
		dismissed.Active = false
		return errors.Join(b.PutUser(tx, third), b.PutUser(tx, second), b.PutUser(tx, dismissed))
	})
	if u := b.FirstAdmin(1); u == nil || u.ID != 2 {
		t.Errorf("got %+v", u)
	}
}

func TestTheVersionsThatAReaderHoldsDoNotChange(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.seed()
	held := b.Versions(1)
	b.update(func(tx onevent.Tx) error {
		return b.PutVersion(tx, onevent.Version{Application: 1, Ordinal: 1, Text: "1.9.1"})
	})
	if held[0].Text != "1.9.0" || b.Versions(1)[0].Text != "1.9.1" {
		t.Errorf("he holds %s, there is %s", held[0].Text, b.Versions(1)[0].Text)
	}
}

func TestVersionsAreFoundByNumberAndText(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.seed()
	if v := b.Version(1, 2); v == nil || v.Text != "1.10.0" || b.VersionByText(1, "1.10.0") != v {
		t.Errorf("got %+v", v)
	}
	if b.Version(1, 3) != nil || b.Version(2, 1) != nil || b.VersionByText(1, "1.1") != nil || b.VersionByText(9, "1.9.0") != nil {
		t.Error("a version is found that is none")
	}
}

func TestSecretsLieSealedInTheStore(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.seed()
	err := b.store.View(t.Context(), func(r onevent.Reader) error {
		return r.Installations().Each(func(i onevent.Installation) error {
			if len(i.Sealed) == 0 || strings.Contains(string(i.Sealed), "token-of") || strings.Contains(string(i.Sealed), "whsec") {
				t.Errorf("installation %d: %q", i.ID, i.Sealed)
			}
			return nil
		})
	})
	b.must(err)
}

func TestAnotherKeyIsAClearError(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.seed()
	other := seal.NewKey()
	d, err := directory.Load(t.Context(), b.store, b.newRing(other))
	if d != nil || onevent.CodeOf(err) != onevent.CodeInvalid || !strings.Contains(err.Error(), "key") {
		t.Fatalf("got %v", err)
	}
	if strings.Contains(err.Error(), "token-of") {
		t.Errorf("the error shows a secret: %v", err)
	}
	rotated := b.load(b.newRing(other, b.key))
	if s := rotated.Standing(1, 1); s == nil || s.Secrets != installationRow(1, 1, 1).Secrets {
		t.Errorf("with the old key behind a new one: %+v", s)
	}
}

func TestReadersNeverSeeHalfAListWhileWritersChangeIt(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.seed()
	done := make(chan struct{})
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
					b.look(t)
				}
			}
		})
	}
	var writers sync.WaitGroup
	for w := range 3 {
		writers.Go(func() { b.change(t, w) })
	}
	writers.Wait()
	close(done)
	readers.Wait()
	same(t, "a restart", pictureOf(b.restart()), pictureOf(b.Directory))
}

// look asks what requests and the queue ask, and checks what it is told.
func (b *bed) look(t *testing.T) {
	var before onevent.HandlerID
	for _, h := range b.Handlers(1, "ONCRMDEALADD") {
		if !h.Stands() || h.ID <= before || b.Handler(h.ID) == nil {
			t.Errorf("handler %d after %d, standing: %t", h.ID, before, h.Stands())
		}
		before = h.ID
	}
	if s := b.Standing(1, 2); s != nil && (!s.Active() || s.Secrets.ApplicationToken == "") {
		t.Errorf("it stands: %+v", s)
	}
	var ordinal int64
	for _, v := range b.Versions(2) {
		if v.Ordinal <= ordinal {
			t.Errorf("version %d after %d", v.Ordinal, ordinal)
		}
		ordinal = v.Ordinal
	}
	pictureOf(b.Directory)
	b.FirstAdmin(1)
	b.DestinationOf(first, "https://app.example.com/handler")
}

// change makes and ends rows of all kinds.
func (b *bed) change(t *testing.T, writer int) {
	for round := range 20 {
		id := onevent.HandlerID(10 + 100*writer + round)
		for _, ended := range []time.Time{{}, noon} {
			err := b.store.Update(context.Background(), func(tx onevent.Tx) error {
				h := handlerRow(1, id, first, "ONCRMDEALADD")
				h.Ended = ended
				i := installationRow(1, onevent.InstallationID(id), onevent.ApplicationID(2))
				i.Ended = noon
				if writer == 0 {
					i.Ended = ended
				}
				u := userRow(1, onevent.UserID(id))
				u.Active = ended.IsZero()
				w := webhookRow(1, onevent.WebhookID(id), 2, "code")
				w.Ended = ended
				return errors.Join(b.PutHandler(tx, h), b.PutInstallation(tx, i), b.PutUser(tx, u), b.PutWebhook(tx, w),
					b.PutPortal(tx, portalRow(2, fmt.Sprint("b", round%2))),
					b.PutVersion(tx, onevent.Version{Application: 2, Ordinal: int64(id), Text: fmt.Sprint(id)}))
			})
			if err != nil {
				t.Error(err)
			}
		}
	}
}

// A million handlers keep the code of an event once, and a handler no other copy of
// its destination's URL.
func TestTextsThatManyRowsHaveAreKeptOnce(t *testing.T) {
	t.Parallel()
	b := open(t)
	const url = "https://app.example.com/handler"
	b.update(func(tx onevent.Tx) error {
		return errors.Join(
			b.PutPortal(tx, onevent.Portal{ID: 1, MemberID: "m1", Domain: "a.example.com", Language: "en", TimeZone: "Europe/Riga"}),
			b.PutPortal(tx, onevent.Portal{ID: 2, MemberID: "m2", Domain: "b.example.com", Language: "en", TimeZone: "Europe/Riga"}),
			b.PutDestination(tx, onevent.Destination{ID: 1, Portal: 1, Owner: onevent.Owner{Installation: 1}, URL: url}),
			b.PutHandler(tx, onevent.Handler{ID: 1, Portal: 1, Owner: onevent.Owner{Installation: 1}, Event: "ONCRMDEALADD", URL: url, Destination: 1}),
			b.PutHandler(tx, onevent.Handler{ID: 2, Portal: 2, Owner: onevent.Owner{Installation: 2}, Event: "ONCRMDEALADD", URL: "https://b.example.com/"}),
		)
	})
	d := b.load(b.ring)
	for name, texts := range map[string][2]string{
		"a language":    {d.Portal(1).Language, d.Portal(2).Language},
		"a time zone":   {d.Portal(1).TimeZone, d.Portal(2).TimeZone},
		"an event code": {d.Handler(1).Event, d.Handler(2).Event},
		"a URL":         {d.Handler(1).URL, d.Destination(1).URL},
	} {
		if texts[0] != texts[1] || unsafe.StringData(texts[0]) != unsafe.StringData(texts[1]) {
			t.Errorf("%s is kept twice: %q", name, texts)
		}
	}
}
