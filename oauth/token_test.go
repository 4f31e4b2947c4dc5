package oauth_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/directory"
	"github.com/onevent/onevent/internal/testportal"
	"github.com/onevent/onevent/oauth"
	"github.com/onevent/onevent/seal"
)

// counting counts what is asked of a store, and the rows of families.
type counting struct {
	onevent.Store
	updates, reads, rows atomic.Int64
}

func (c *counting) Update(ctx context.Context, fn func(onevent.Tx) error) error {
	c.updates.Add(1)
	return c.Store.Update(ctx, func(tx onevent.Tx) error { return fn(countingTx{tx, c}) })
}

func (c *counting) Settle(ctx context.Context, fn func(onevent.Tx) error) error {
	c.updates.Add(1)
	return c.Store.Settle(ctx, fn)
}

func (c *counting) SettleSoon(ctx context.Context, fn func(onevent.Tx) error) error {
	return c.Settle(ctx, fn)
}

func (c *counting) View(ctx context.Context, fn func(onevent.Reader) error) error {
	c.reads.Add(1)
	return c.Store.View(ctx, fn)
}

type countingTx struct {
	onevent.Tx
	c *counting
}

func (tx countingTx) PutTokenFamily(row onevent.TokenFamily) error {
	tx.c.rows.Add(1)
	return tx.Tx.PutTokenFamily(row)
}

func grantOf(p *testportal.Portal, user onevent.UserID) oauth.Grant {
	return oauth.Grant{Installation: p.Installation(p.App), User: p.Directory.User(p.ID, user), Refresh: true}
}

// wantRefusal fails unless the token is judged so on its portal.
func wantRefusal(t *testing.T, p *testportal.Portal, what, token string, want oauth.Refusal) oauth.Access {
	t.Helper()
	acc, got := p.Authority.CheckToken(p.Row(), token)
	if got != want {
		t.Errorf("%s: %q, want %q", what, got, want)
	}
	return acc
}

func TestATokenStandsForItsGrant(t *testing.T) {
	t.Parallel()
	p := testportal.Open(t)
	chain := onevent.Chain{Depth: 3, Start: p.Clock.Now().Add(-time.Minute)}
	g := grantOf(p, testportal.User)
	g.Chain = chain
	tokens := p.Authority.Mint(g)
	acc := wantRefusal(t, p, "a fresh token", tokens.Access, oauth.Granted)
	if acc.Portal != p.Row() || acc.Installation != g.Installation || acc.User != g.User || acc.Webhook != nil {
		t.Errorf("it stands for %+v", acc)
	}
	if acc.Chain.Depth != 3 || !acc.Chain.Start.Equal(chain.Start) {
		t.Errorf("its chain is %+v", acc.Chain)
	}
	if want := p.Clock.Now().Add(time.Hour).Unix(); acc.Expires != want || tokens.Expires != want {
		t.Errorf("it expires at %d and %d, want %d", acc.Expires, tokens.Expires, want)
	}
	if got := strings.Join(acc.Scope, ","); got != "crm,calendar,user" {
		t.Errorf("its scope is %s", got)
	}
	if plain := wantRefusal(t, p, "a token of no chain", p.Token(testportal.User), oauth.Granted); plain.Chain != (onevent.Chain{}) {
		t.Errorf("a token of no chain carries %+v", plain.Chain)
	}
}

func TestARefreshTokenIsMintedOnlyWhenAskedFor(t *testing.T) {
	t.Parallel()
	p := testportal.Open(t)
	g := grantOf(p, testportal.User)
	g.Refresh = false
	if tokens := p.Authority.Mint(g); tokens.Refresh != "" || tokens.Access == "" {
		t.Errorf("got %+v", tokens)
	}
}

// The official PHP library keeps tokens in a column of 255; docs/protocol/oauth.md
// section 6.
func TestTheLargestTokensFit(t *testing.T) {
	t.Parallel()
	const most = 1<<53 - 1
	p := testportal.Open(t)
	far := time.Date(9999, 12, 31, 22, 0, 0, 0, time.UTC)
	p.Authority.Clock = onevent.NewManualClock(far)
	p.Update(func(tx onevent.Tx) error {
		if err := p.Directory.PutPortal(tx, onevent.Portal{ID: most, MemberID: strings.Repeat("f", 32), Domain: "far.example.com"}); err != nil {
			return err
		}
		if err := p.Directory.PutUser(tx, onevent.User{Portal: most, ID: most, Active: true, Epoch: 1 << 20}); err != nil {
			return err
		}
		return p.Directory.PutInstallation(tx, directory.Installation{Installation: onevent.Installation{
			ID: most, Portal: most, Application: p.App, Version: 1, Epoch: 1 << 20, Scope: []string{"crm"}, Installed: true, Status: "L",
		}})
	})
	grant := oauth.Grant{
		Installation: p.Directory.Installation(most, most), User: p.Directory.User(most, most), Refresh: true,
		Chain: onevent.Chain{Depth: 7, Start: far},
	}
	tokens := p.Authority.Mint(grant)
	for range 200 { // the generation has two bytes then
		for name, token := range map[string]string{"access": tokens.Access, "refresh": tokens.Refresh} {
			if len(token) > 200 || strings.Trim(token, onevent.Hex) != "" {
				t.Fatalf("the %s token has %d characters: %s", name, len(token), token)
			}
		}
		acc, refusal := p.Authority.CheckToken(nil, tokens.Access)
		if refusal != oauth.Granted || acc.User.ID != most || acc.Chain.Depth != 7 || !acc.Chain.Start.Equal(far) {
			t.Fatalf("%s, %+v", refusal, acc)
		}
		done, refusal, err := p.Authority.Refresh(t.Context(), testportal.ClientID, testportal.ClientSecret, tokens.Refresh)
		if err != nil || refusal != oauth.Granted {
			t.Fatal(refusal, err)
		}
		tokens = done.Tokens
	}
}

func TestATokenExpiresWithTheClock(t *testing.T) {
	t.Parallel()
	p := testportal.Open(t)
	token := p.Token(testportal.User)
	p.Clock.Advance(time.Hour - time.Second)
	wantRefusal(t, p, "in its last second", token, oauth.Granted)
	p.Clock.Advance(time.Second - 1)
	wantRefusal(t, p, "at its very end", token, oauth.Granted)
	p.Clock.Advance(1)
	wantRefusal(t, p, "after an hour", token, oauth.ExpiredToken)
}

func TestAnExpiredTokenCanBeMinted(t *testing.T) {
	t.Parallel()
	p := testportal.Open(t)
	acc := wantRefusal(t, p, "minted expired", p.Authority.MintExpired(grantOf(p, testportal.User)), oauth.ExpiredToken)
	if acc.Expires >= p.Clock.Now().Unix() {
		t.Errorf("it expires at %d", acc.Expires)
	}
}

func TestATokenOfAnotherPortalIsUnknown(t *testing.T) {
	t.Parallel()
	p := testportal.Open(t)
	p.Update(func(tx onevent.Tx) error {
		return p.Directory.PutPortal(tx, onevent.Portal{ID: 9, MemberID: strings.Repeat("b", 32), Domain: "other.example.com"})
	})
	token := p.Token(testportal.User)
	if acc, refusal := p.Authority.CheckToken(p.Directory.Portal(9), token); refusal != oauth.InvalidToken || acc.User != nil {
		t.Errorf("%s, %+v", refusal, acc)
	}
	if acc, refusal := p.Authority.CheckToken(nil, token); refusal != oauth.Granted || acc.Portal.ID != p.ID {
		t.Errorf("asked for any portal: %s", refusal)
	}
}

func TestAMadeUpTokenIsUnknown(t *testing.T) {
	t.Parallel()
	p := testportal.Open(t)
	wantRefusal(t, p, "no token", "", oauth.NoAuth)
	good := p.Token(testportal.User)
	other, err := seal.NewRing(seal.NewKey())
	if err != nil {
		t.Fatal(err)
	}
	stranger := *p.Authority
	stranger.Ring = other
	for what, token := range map[string]string{
		"text": "be3af0660072c0d8006e2cf200000001000007e1b2c3", "no hex": "zz" + good[2:], "half": good[:len(good)/2], "odd": good[:len(good)-1],
		"longer": good + "00", "very long": strings.Repeat("00", 1<<20), "with a space": good + " ",
		"another server's": stranger.Mint(grantOf(p, testportal.User)).Access, "a refresh token": p.Tokens(testportal.User).Refresh,
	} {
		wantRefusal(t, p, what, token, oauth.InvalidToken)
	}
	for i := range good {
		digit := "0"
		if good[i] == '0' {
			digit = "1"
		}
		wantRefusal(t, p, "a changed digit", good[:i]+digit+good[i+1:], oauth.InvalidToken)
	}
}

func TestATokenOfRowsThatAreNotThereIsUnknown(t *testing.T) {
	t.Parallel()
	p := testportal.Open(t)
	g := grantOf(p, testportal.User)
	inst, user, portal := *g.Installation, *g.User, *g.Installation
	inst.ID, user.ID, portal.Portal = 99, 99, 99
	for what, g := range map[string]oauth.Grant{
		"installation": {Installation: &inst, User: g.User}, "user": {Installation: g.Installation, User: &user}, "portal": {Installation: &portal, User: g.User},
	} {
		if _, refusal := p.Authority.CheckToken(nil, p.Authority.Mint(g).Access); refusal != oauth.InvalidToken {
			t.Errorf("%s: %q", what, refusal)
		}
	}
}

func TestAnEpochEndsAllTokensBeforeIt(t *testing.T) {
	t.Parallel()
	for what, raise := range map[string]func(*testportal.Portal){
		"of the installation": func(p *testportal.Portal) { p.ChangeInstallation(func(i *directory.Installation) { i.Epoch++ }) },
		"of the user":         func(p *testportal.Portal) { p.ChangeUser(testportal.User, func(u *onevent.User) { u.Epoch++ }) },
	} {
		p := testportal.Open(t)
		old := p.Tokens(testportal.User)
		raise(p)
		wantRefusal(t, p, what, old.Access, oauth.InvalidToken)
		if _, refusal, err := p.Authority.Refresh(t.Context(), testportal.ClientID, testportal.ClientSecret, old.Refresh); refusal != oauth.InvalidGrant || err != nil {
			t.Errorf("refresh after the epoch %s: %q, %v", what, refusal, err)
		}
		wantRefusal(t, p, "minted after the epoch "+what, p.Token(testportal.User), oauth.Granted)
	}
}

// The order of docs/protocol/rest.md section 4: known, application present and
// active, expired, (scope), user active.
func TestRefusalsAreJudgedInOrder(t *testing.T) {
	t.Parallel()
	p := testportal.Open(t)
	old := p.Token(testportal.User)
	p.Clock.Advance(30 * time.Minute)
	token := p.Token(testportal.User)
	p.ChangeUser(testportal.User, func(u *onevent.User) { u.Active, u.Epoch = false, u.Epoch+1 })
	if acc := wantRefusal(t, p, "dismissed", token, oauth.AuthorizationError); acc.User == nil || len(acc.Scope) == 0 {
		t.Errorf("the scope of a dismissed user's token can't be judged: %+v", acc)
	}
	p.Clock.Advance(30 * time.Minute)
	wantRefusal(t, p, "dismissed and expired", old, oauth.ExpiredToken)
	p.ChangeInstallation(func(i *directory.Installation) { i.Expired = true })
	wantRefusal(t, p, "dismissed, expired and not paid", old, oauth.PaymentRequired)
	wantRefusal(t, p, "dismissed and not paid", token, oauth.PaymentRequired)
	p.ChangeInstallation(func(i *directory.Installation) { i.Epoch++ })
	wantRefusal(t, p, "not paid and of an earlier epoch", token, oauth.InvalidToken)
	p.ChangeInstallation(func(i *directory.Installation) { i.Ended = p.Clock.Now() })
	wantRefusal(t, p, "uninstalled", token, oauth.NotInstalled)
	p.Install(p.App)
	wantRefusal(t, p, "installed again", token, oauth.NotInstalled)
}

func TestTheTokensOfADismissalStayVoidWhenTheUserComesBack(t *testing.T) {
	t.Parallel()
	p := testportal.Open(t)
	token := p.Token(testportal.User)
	p.ChangeUser(testportal.User, func(u *onevent.User) { u.Active, u.Epoch = false, u.Epoch+1 })
	p.ChangeUser(testportal.User, func(u *onevent.User) { u.Active = true })
	wantRefusal(t, p, "from before the dismissal", token, oauth.InvalidToken)
}

func TestMintingAndCheckingAskNoStore(t *testing.T) {
	t.Parallel()
	p := testportal.Open(t)
	store := &counting{Store: p.Store}
	p.Authority.Store = store
	for range 10 {
		wantRefusal(t, p, "fresh", p.Tokens(testportal.User).Access, oauth.Granted)
		p.Authority.MintExpired(grantOf(p, testportal.User))
		p.Authority.CheckWebhook(p.Row(), testportal.User, "code")
	}
	if store.updates.Load() != 0 || store.reads.Load() != 0 {
		t.Errorf("%d writes, %d reads", store.updates.Load(), store.reads.Load())
	}
}

// docs/protocol/oauth.md section 8.
func TestAWebhookIsJudgedByUserAndCode(t *testing.T) {
	t.Parallel()
	p := testportal.Open(t)
	code := p.Webhook(testportal.User, "crm", "user")
	check := func(user onevent.UserID, code string) (oauth.Access, oauth.Refusal) {
		return p.Authority.CheckWebhook(p.Row(), user, code)
	}
	acc, refusal := check(testportal.User, code)
	if refusal != oauth.Granted || acc.User.ID != testportal.User || acc.Webhook == nil || acc.Installation != nil || acc.Portal != p.Row() {
		t.Errorf("%q, %+v", refusal, acc)
	}
	if strings.Join(acc.Scope, ",") != "crm,user" || acc.Expires != 0 || acc.Chain != (onevent.Chain{}) {
		t.Errorf("got %+v", acc)
	}
	for what, c := range map[string]struct {
		user onevent.UserID
		code string
	}{"another user": {testportal.Admin, code}, "no such user": {77, code}, "another code": {testportal.User, code[1:] + "x"}, "no code": {testportal.User, ""}} {
		if acc, refusal := check(c.user, c.code); refusal != oauth.InvalidCredentials || acc.User != nil {
			t.Errorf("%s: %q", what, refusal)
		}
	}
	p.ChangeUser(testportal.User, func(u *onevent.User) { u.Active = false })
	if _, refusal := check(testportal.User, code); refusal != oauth.AuthorizationError {
		t.Errorf("dismissed: %q", refusal)
	}
	p.ChangeUser(testportal.User, func(u *onevent.User) { u.Active = true })
	row := *acc.Webhook
	row.Ended = p.Clock.Now()
	p.Update(func(tx onevent.Tx) error { return p.Directory.PutWebhook(tx, row) })
	if _, refusal := check(testportal.User, code); refusal != oauth.InvalidCredentials {
		t.Errorf("ended: %q", refusal)
	}
}
