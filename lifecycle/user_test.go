package lifecycle_test

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/lifecycle"
)

func TestAnAddressIsThatOfOneUser(t *testing.T) {
	t.Parallel()
	b := open(t)
	one, err := b.CreateUser(b.ctx, b.portal.ID, lifecycle.UserRequest{Email: "one@example.test"})
	b.must(err)
	two, err := b.CreateUser(b.ctx, b.portal.ID, lifecycle.UserRequest{Email: "two@example.test"})
	b.must(err)
	_, err = b.CreateUser(b.ctx, b.portal.ID, lifecycle.UserRequest{Email: "ONE@example.test"})
	b.refused(err, onevent.CodeConflict)
	taken, own, none := "One@example.test", "ONE@example.test", ""
	_, err = b.ChangeUser(b.ctx, b.portal.ID, two.ID, lifecycle.UserChange{Email: &taken})
	b.refused(err, onevent.CodeConflict)
	_, err = b.ChangeUser(b.ctx, b.portal.ID, one.ID, lifecycle.UserChange{Email: &own})
	b.must(err)
	_, err = b.ChangeUser(b.ctx, b.portal.ID, two.ID, lifecycle.UserChange{Email: &none})
	b.must(err)
	if u := b.Directory.User(b.portal.ID, two.ID); u.Email != "" || u.Active != two.Active {
		t.Errorf("the user is %+v", u)
	}
	// Another portal has users of its own.
	_, _, err = b.CreatePortal(b.ctx, lifecycle.PortalRequest{
		Domain: "two.example.test", PublicURL: "https://two.example.test", Admin: lifecycle.UserRequest{Email: "one@example.test"},
	})
	b.must(err)
}

func TestAnAddressIsTakenByOneOfTwoAtOnce(t *testing.T) {
	t.Parallel()
	b := open(t)
	before := len(b.Directory.Users(b.portal.ID))
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			_, err := b.CreateUser(b.ctx, b.portal.ID, lifecycle.UserRequest{Email: "one@example.test"})
			if err != nil && onevent.CodeOf(err) != onevent.CodeConflict {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if n := len(b.Directory.Users(b.portal.ID)) - before; n != 1 {
		t.Errorf("%d users have the address", n)
	}
}

func TestWhatAUserSaysOfHimselfIsJudged(t *testing.T) {
	t.Parallel()
	b := open(t)
	long, zone, email := strings.Repeat("ä", 256), "Local", strings.Repeat("a", 250)+"@example.test"
	fits := strings.Repeat("ä", 255)
	for name, change := range map[string]lifecycle.UserChange{
		"name": {Name: &long}, "last name": {LastName: &long}, "zone": {TimeZone: &zone}, "email": {Email: &email},
	} {
		_, err := b.ChangeUser(b.ctx, b.portal.ID, 3, change)
		if onevent.CodeOf(err) != onevent.CodeInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err := b.CreateUser(b.ctx, b.portal.ID, lifecycle.UserRequest{LastName: long})
	b.refused(err, onevent.CodeInvalid)
	_, err = b.ChangeUser(b.ctx, b.portal.ID, 3, lifecycle.UserChange{Name: &fits, LastName: &fits})
	b.must(err)
	if u := b.Directory.User(b.portal.ID, 3); u.Name != fits || u.LastName != fits {
		t.Errorf("the user is %+v", u)
	}
}

func TestAnInactiveUserIsMadeAndWaits(t *testing.T) {
	t.Parallel()
	b := open(t)
	u, err := b.CreateUser(b.ctx, b.portal.ID, lifecycle.UserRequest{Inactive: true})
	b.must(err)
	_, _, err = b.CreateIncomingWebhook(b.ctx, b.portal.ID, u.ID, "crm")
	b.refused(err, onevent.CodeDenied)
}

// A step that fails undoes the user, and steps see him as he will be.
func TestStepsShareTheTransaction(t *testing.T) {
	t.Parallel()
	b := open(t)
	fails := errors.New("no")
	step := func(err error) lifecycle.UserStep {
		return func(tx onevent.Tx, u *onevent.User) error {
			if err := tx.PutRecord(onevent.Record{Portal: u.Portal, Kind: "k", ID: int64(u.ID), Fields: []byte(`{}`)}); err != nil {
				return err
			}
			return err
		}
	}
	record := func(id int64) error {
		return b.Store.View(b.ctx, func(r onevent.Reader) error {
			_, err := r.Record(b.portal.ID, "k", id)
			return err
		})
	}
	name := "Changed"
	_, err := b.CreateUser(b.ctx, b.portal.ID, lifecycle.UserRequest{}, step(fails))
	if !errors.Is(err, fails) || len(b.Directory.Users(b.portal.ID)) != 3 {
		t.Errorf("created all the same: %v", err)
	}
	_, err = b.ChangeUser(b.ctx, b.portal.ID, 3, lifecycle.UserChange{Name: &name}, step(fails))
	if !errors.Is(err, fails) || b.Directory.User(b.portal.ID, 3).Name != "User" || record(3) == nil {
		t.Errorf("changed all the same: %v", err)
	}
	u, err := b.CreateUser(b.ctx, b.portal.ID, lifecycle.UserRequest{}, step(nil))
	b.must(err)
	b.must(record(int64(u.ID)))
	_, err = b.ChangeUser(b.ctx, b.portal.ID, 3, lifecycle.UserChange{Name: &name}, step(nil))
	b.must(err)
	b.must(record(3))
}

// Cleaning belongs to the transaction of the uninstallation.
func TestUninstallCleansOnlyWhenAsked(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		kind  lifecycle.ApplicationRequest
		clean bool
		want  int
	}{"market, kept": {marketAPI, false, 0}, "market, clean": {marketAPI, true, 1}, "local": {localAPI, false, 1}, "never finished": {localUI, true, 1}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := open(t)
			app := b.app(c.kind, "install")
			b.install(app, "1")
			fails, calls := errors.New("no"), 0
			b.Clean = func(onevent.Tx, onevent.PortalID, onevent.ApplicationID) error { return fails }
			if err := b.Uninstall(b.ctx, b.portal, app, c.clean); (err != nil) != (c.want > 0) || c.want > 0 && (!errors.Is(err, fails) || b.standing(app) == nil) {
				t.Fatalf("a failed cleaning: %v", err)
			}
			if c.want == 0 {
				return
			}
			b.Clean = func(_ onevent.Tx, portal onevent.PortalID, id onevent.ApplicationID) error {
				if portal != b.portal.ID || id != app.ID {
					t.Errorf("cleans %d on %d", id, portal)
				}
				calls++
				return nil
			}
			b.must(b.Uninstall(b.ctx, b.portal, app, c.clean))
			if calls != c.want {
				t.Errorf("cleaned %d times", calls)
			}
		})
	}
}
