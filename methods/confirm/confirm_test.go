package confirm_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/directory"
	"github.com/onevent/onevent/internal/testportal"
	"github.com/onevent/onevent/methods/confirm"
	"github.com/onevent/onevent/oauth"
)

const method = "voximplant.user.get"

type bench struct {
	*testportal.Portal
	t       *testing.T
	handler http.Handler
	events  []*onevent.Event
}

// open makes a portal whose application may call the method, and has handlers of
// what it is told.
func open(t *testing.T) *bench {
	t.Helper()
	t.Parallel()
	b := &bench{Portal: testportal.Open(t), t: t}
	b.ChangeInstallation(func(i *directory.Installation) { i.Scope, i.Language = append(i.Scope, "telephony"), "de" })
	b.handler = b.Handler(b.Methods()...)
	b.Update(func(tx onevent.Tx) error {
		owner := onevent.Owner{Installation: b.Installation(b.App).ID}
		dest := onevent.Destination{ID: 1, Portal: b.ID, Owner: owner, URL: "https://app.example.com/", Created: b.Clock.Now()}
		return errors.Join(b.Directory.PutDestination(tx, dest), b.Directory.PutHandler(tx, onevent.Handler{
			ID: 1, Portal: b.ID, Owner: owner, Event: "ONAPPMETHODCONFIRM", URL: dest.URL, Destination: 1, Created: b.Clock.Now(),
		}))
	})
	return b
}

// calls fails unless a call with a token is answered so; code "" is a success.
func (b *bench) calls(token, status, code string) {
	b.t.Helper()
	b.answers(testportal.Post(b.handler, "/rest/"+method, token, ""), status, code)
}

func (b *bench) answers(a testportal.Answer, status, code string) {
	b.t.Helper()
	got, text := a.Error()
	want := map[string]string{"METHOD_CONFIRM_WAITING": "Waiting for confirmation", "METHOD_CONFIRM_DENIED": "Method call denied"}[code]
	if fmt.Sprint(a.Status) != status || got != code || want != "" && text != want {
		b.t.Errorf("got %d %s, want %s %s", a.Status, a.Text, status, code)
	}
}

func (b *bench) list() []confirm.Confirmation {
	b.t.Helper()
	list, err := b.Confirms.List(b.t.Context(), b.ID)
	b.must(err)
	return list
}

func (b *bench) must(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

// only is the one row that is there.
func (b *bench) only() confirm.Confirmation {
	b.t.Helper()
	list := b.list()
	if len(list) != 1 {
		b.t.Fatalf("got %+v", list)
	}
	return list[0]
}

func (b *bench) decide(id int64, confirmed bool) {
	b.t.Helper()
	_, err := b.Confirms.Decide(b.t.Context(), b.Row(), id, confirmed)
	b.must(err)
}

// told are the events so far.
func (b *bench) told() []*onevent.Event {
	for _, a := range b.Queue.Take() {
		b.events = append(b.events, a.Event)
	}
	return b.events
}

// access is a token that no refresh token goes with, as events carry it.
func (b *bench) access(user onevent.UserID) string {
	return b.Authority.Mint(oauth.Grant{Installation: b.Installation(b.App), User: b.Directory.User(b.ID, user)}).Access
}

func (b *bench) refreshed(t oauth.Tokens) oauth.Tokens {
	b.t.Helper()
	done, refusal, err := b.Authority.Refresh(b.t.Context(), testportal.ClientID, testportal.ClientSecret, t.Refresh)
	if err != nil || refusal != oauth.Granted {
		b.t.Fatalf("%s %v", refusal, err)
	}
	return done.Tokens
}

// docs/protocol/app-lifecycle.md section 3.5.
func TestAMethodWaitsUntilItIsConfirmedAndRunsUntilItIsRefused(t *testing.T) {
	b := open(t)
	token := b.access(testportal.User)
	for range 3 {
		b.calls(token, "401", "METHOD_CONFIRM_WAITING")
	}
	row := b.only()
	if row.State != "waiting" || row.Method != method || row.Installation != 1 || row.Webhook != 0 || row.User != testportal.User ||
		!row.Asked.Equal(b.Clock.Now()) || !row.Decided.IsZero() {
		t.Errorf("got %+v", row)
	}
	b.Clock.Advance(time.Minute)
	for i, c := range []struct {
		confirmed    bool
		status, code string
		events       int
	}{
		{true, "200", "", 1},
		{true, "200", "", 1}, // the same again
		{false, "403", "METHOD_CONFIRM_DENIED", 2},
		{false, "403", "METHOD_CONFIRM_DENIED", 2},
		{true, "200", "", 3},
	} {
		b.decide(row.ID, c.confirmed)
		b.calls(token, c.status, c.code)
		if n := len(b.told()); n != c.events {
			t.Errorf("step %d: %d events were raised, want %d", i, n, c.events)
		}
	}
	if row := b.only(); row.State != "confirmed" || !row.Decided.Equal(b.Clock.Now()) {
		t.Errorf("got %+v", row)
	}
	b.calls(b.access(testportal.User), "401", "METHOD_CONFIRM_WAITING") // another token
	if list := b.list(); len(list) != 2 || list[0].State != "waiting" || list[1].State != "confirmed" {
		t.Errorf("got %+v", list)
	}
}

// The token lies nowhere in the clear: not in the row, and not in the event.
func TestTheDecisionIsToldWithItsTokenSealed(t *testing.T) {
	b := open(t)
	token := b.Token(testportal.User)
	b.calls(token, "401", "METHOD_CONFIRM_WAITING")
	b.decide(b.only().ID, true)
	e := b.told()[0]
	if e.Code != "ONAPPMETHODCONFIRM" || e.Actor != 0 || e.Chain.Depth != 0 || e.Object != (onevent.Object{Type: "app", ID: testportal.ClientID}) {
		t.Errorf("got %+v", e)
	}
	data := string(e.Data)
	if !strings.HasPrefix(data, `{"TOKEN":"`) || !strings.HasSuffix(data, `","METHOD":"voximplant.user.get","CONFIRMED":"1","LANGUAGE_ID":"de"}`) {
		t.Errorf("got %s", data)
	}
	b.must(b.Store.View(t.Context(), func(r onevent.Reader) error {
		page, err := r.Query(onevent.Query{Portal: b.ID, Kind: "method.confirmation/installation/1", Limit: 10})
		if len(page.Records) != 1 || strings.Contains(string(page.Records[0].Fields), token) || strings.Contains(data, token) {
			t.Errorf("%d records; or the token lies in the clear", len(page.Records))
		}
		return err
	}))
}

func TestADecisionOutlivesARefreshOfItsToken(t *testing.T) {
	b := open(t)
	first := b.Tokens(testportal.User)
	b.calls(first.Access, "401", "METHOD_CONFIRM_WAITING")
	second := b.refreshed(first)
	b.calls(second.Access, "401", "METHOD_CONFIRM_WAITING")
	b.decide(b.only().ID, true)
	b.calls(first.Access, "200", "")
	b.calls(second.Access, "200", "")
	b.calls(b.refreshed(second).Access, "200", "")
	b.calls(b.Tokens(testportal.User).Access, "401", "METHOD_CONFIRM_WAITING") // another family
}

func TestAWebhookIsAskedForByItselfAndNobodyIsTold(t *testing.T) {
	b := open(t)
	one, two := b.Webhook(testportal.Admin, "telephony"), b.Webhook(testportal.Admin, "telephony")
	call := func(code string) testportal.Answer {
		return testportal.Post(b.handler, "/rest/1/"+code+"/"+method, "", "")
	}
	b.answers(call(one), "401", "METHOD_CONFIRM_WAITING")
	row := b.only()
	if row.Webhook == 0 || row.Installation != 0 {
		t.Errorf("got %+v", row)
	}
	b.decide(row.ID, true)
	b.answers(call(one), "200", "")
	b.answers(call(two), "401", "METHOD_CONFIRM_WAITING")
	if n := len(b.told()); n != 0 {
		t.Errorf("%d events were raised", n)
	}
	b.Update(func(tx onevent.Tx) error {
		hook := *b.Directory.WebhookByID(b.ID, row.Webhook)
		hook.Ended = b.Clock.Now()
		return b.Directory.PutWebhook(tx, hook)
	})
	if list := b.list(); len(list) != 1 || list[0].State != "waiting" {
		t.Errorf("got %+v", list)
	}
}

func TestASettingOfThePortalAddsMethods(t *testing.T) {
	b := open(t)
	call := func(method string) testportal.Answer {
		return testportal.Post(b.handler, "/rest/"+method, b.access(testportal.Admin), "")
	}
	b.answers(call("app.info"), "200", "")
	portal := *b.Row()
	portal.Settings.ConfirmMethods = []string{"app.info"}
	b.Update(func(tx onevent.Tx) error { return b.Directory.PutPortal(tx, portal) })
	b.answers(call("App.Info"), "401", "METHOD_CONFIRM_WAITING")
	b.answers(call("server.time"), "200", "")
}

// Each command of a batch has its own error, and asks once.
func TestCommandsOfABatchWaitByThemselves(t *testing.T) {
	b := open(t)
	token := b.access(testportal.User)
	batch := `{"cmd":{"a":"` + method + `","b":"server.time","c":"` + method + `"}}`
	a := testportal.Post(b.handler, "/rest/batch", token, batch)
	const waits = `{"error":"METHOD_CONFIRM_WAITING","error_description":"Waiting for confirmation"}`
	if a.Status != 200 || !strings.Contains(a.Text, `"result_error":{"a":`+waits+`,"c":`+waits+`}`) || !strings.Contains(a.Text, `"result":{"result":{"b":"`) {
		t.Errorf("got %s", a.Text)
	}
	b.decide(b.only().ID, true)
	if a := testportal.Post(b.handler, "/rest/batch", token, batch); !strings.Contains(a.Text, `"result_error":[]`) {
		t.Errorf("got %s", a.Text)
	}
}

func TestWhoMayNotCallAnywayAsksForNothing(t *testing.T) {
	b := open(t)
	b.calls("", "401", "NO_AUTH_FOUND")
	b.calls("nonsense", "401", "invalid_token")
	b.answers(testportal.Post(b.handler, "/rest/1/"+b.Webhook(testportal.Admin, "crm")+"/"+method, "", ""), "403", "insufficient_scope")
	token := b.access(testportal.User)
	b.ChangeUser(testportal.User, func(u *onevent.User) { u.Active = false })
	b.calls(token, "401", "authorization_error")
	if list := b.list(); len(list) != 0 {
		t.Errorf("got %+v", list)
	}
}

func TestARowEndsWithWhatItIsAbout(t *testing.T) {
	for name, end := range map[string]func(b *bench){
		"the token's hour": func(b *bench) { b.Clock.Advance(time.Hour) },
		"the user":         func(b *bench) { b.ChangeUser(testportal.User, func(u *onevent.User) { u.Active = false; u.Epoch++ }) },
		"the installation": func(b *bench) {
			b.must(b.Manager.Uninstall(b.t.Context(), b.Row(), b.Directory.Application(b.App), false))
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := open(t)
			b.calls(b.access(testportal.User), "401", "METHOD_CONFIRM_WAITING")
			row := b.only()
			end(b)
			if list := b.list(); len(list) != 0 {
				t.Errorf("got %+v", list)
			}
			if _, err := b.Confirms.Decide(t.Context(), b.Row(), row.ID, true); onevent.CodeOf(err) != onevent.CodeNotFound {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestUninstallingRemovesTheRows(t *testing.T) {
	b := open(t)
	for range 5 {
		b.calls(b.access(testportal.User), "401", "METHOD_CONFIRM_WAITING")
	}
	code := b.Webhook(testportal.Admin, "telephony")
	b.answers(testportal.Post(b.handler, "/rest/1/"+code+"/"+method, "", ""), "401", "METHOD_CONFIRM_WAITING")
	b.must(b.Manager.Uninstall(t.Context(), b.Row(), b.Directory.Application(b.App), false))
	if n := b.records(); n != 1 {
		t.Errorf("%d rows are left", n)
	}
}

func (b *bench) records() (n int) {
	b.t.Helper()
	b.must(b.Store.View(b.t.Context(), func(r onevent.Reader) error {
		n = 0
		for _, owner := range []string{"installation/1", "webhook/1"} {
			page, err := r.Query(onevent.Query{Portal: b.ID, Kind: "method.confirmation/" + owner, Count: true})
			if err != nil {
				return err
			}
			n += page.Total
		}
		return nil
	}))
	return n
}

// A family lives as long as it is refreshed.
func TestARowOfAFamilyEndsWhenItIsRefreshedNoMore(t *testing.T) {
	b := open(t)
	tokens := b.Tokens(testportal.User)
	b.calls(tokens.Access, "401", "METHOD_CONFIRM_WAITING")
	b.Clock.Advance(oauth.RefreshLife - time.Minute)
	b.refreshed(tokens)
	b.Clock.Advance(oauth.RefreshLife - time.Minute)
	b.only()
	b.Clock.Advance(2 * time.Minute)
	if list := b.list(); len(list) != 0 {
		t.Errorf("got %+v", list)
	}
	b.calls(b.access(testportal.User), "401", "METHOD_CONFIRM_WAITING")
	if n := b.records(); n != 1 {
		t.Errorf("there are %d rows, what has ended is kept", n)
	}
}

// A hundred wait for an application; what was decided does not count, and others have
// a hundred of their own.
func TestWhatWaitsIsBoundedAndTheOldestGo(t *testing.T) {
	b := open(t)
	first := b.access(testportal.User)
	b.calls(first, "401", "METHOD_CONFIRM_WAITING")
	b.decide(b.only().ID, true)
	code := b.Webhook(testportal.Admin, "telephony")
	b.answers(testportal.Post(b.handler, "/rest/1/"+code+"/"+method, "", ""), "401", "METHOD_CONFIRM_WAITING")
	var tokens []string
	for range 102 {
		b.Clock.Advance(time.Second)
		tokens = append(tokens, b.access(testportal.User))
		b.calls(tokens[len(tokens)-1], "401", "METHOD_CONFIRM_WAITING")
	}
	if n := b.records(); n != 102 {
		t.Errorf("there are %d rows", n)
	}
	list := b.list()
	if len(list) != 102 || !list[0].Asked.Equal(b.Clock.Now()) || !list[99].Asked.Equal(b.Clock.Now().Add(-99*time.Second)) || list[100].Webhook == 0 || list[101].State != "confirmed" {
		t.Errorf("got %d, from %+v to %+v", len(list), list[0], list[len(list)-1])
	}
	b.calls(first, "200", "")
}

func TestManyFirstCallsAtOnceMakeOneRow(t *testing.T) {
	b := open(t)
	token := b.Token(testportal.User)
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() { b.calls(token, "401", "METHOD_CONFIRM_WAITING") })
	}
	wg.Wait()
	b.only()
}

func TestADecisionNeedsWhatWasAskedForOnThePortal(t *testing.T) {
	b := open(t)
	b.calls(b.access(testportal.User), "401", "METHOD_CONFIRM_WAITING")
	other := *b.Row()
	other.ID, other.MemberID, other.Domain = 2, strings.Repeat("b", 32), "other.example.com"
	b.Update(func(tx onevent.Tx) error { return b.Directory.PutPortal(tx, other) })
	id := b.only().ID
	for portal, id := range map[*onevent.Portal]int64{b.Row(): id + 1, &other: id} {
		if _, err := b.Confirms.Decide(t.Context(), portal, id, true); onevent.CodeOf(err) != onevent.CodeNotFound {
			t.Errorf("portal %d: got %v", portal.ID, err)
		}
	}
	if b.only().State != "waiting" || len(b.told()) != 0 {
		t.Error("something was decided")
	}
}

// failing is a store in which every transaction fails at its end.
type failing struct {
	onevent.Store
	err error
}

func (f failing) Update(ctx context.Context, fn func(onevent.Tx) error) error {
	return f.Store.Update(ctx, func(tx onevent.Tx) error {
		if err := fn(tx); err != nil {
			return err
		}
		return f.err
	})
}

func TestWhatCanNotBeKeptIsNotAnsweredAsWaiting(t *testing.T) {
	b := open(t)
	token := b.access(testportal.User)
	store := b.Confirms.Store
	b.Confirms.Store = failing{store, onevent.ErrStorageFull}
	b.calls(token, "503", "OVERLOAD_LIMIT")
	b.Confirms.Store = store
	b.calls(token, "401", "METHOD_CONFIRM_WAITING")
	b.Confirms.Store = failing{store, errors.New("broken")}
	if _, err := b.Confirms.Decide(t.Context(), b.Row(), b.only().ID, true); err == nil {
		t.Error("it was decided")
	}
	if b.only().State != "waiting" || len(b.told()) != 0 {
		t.Error("something was left")
	}
}
