package oauth_test

import (
	"crypto/sha256"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/directory"
	"github.com/onevent/onevent/internal/testportal"
	"github.com/onevent/onevent/oauth"
)

// refresh is one by the right client.
func refresh(t *testing.T, p *testportal.Portal, token string) (oauth.Refreshed, oauth.Refusal) {
	t.Helper()
	done, refusal, err := p.Authority.Refresh(t.Context(), testportal.ClientID, testportal.ClientSecret, token)
	if err != nil {
		t.Fatal(err)
	}
	return done, refusal
}

// wantRefresh fails unless the refresh is judged so.
func wantRefresh(t *testing.T, p *testportal.Portal, what, token string, want oauth.Refusal) oauth.Refreshed {
	t.Helper()
	done, got := refresh(t, p, token)
	if got != want {
		t.Errorf("%s: %q, want %q", what, got, want)
	}
	if got != oauth.Granted && done.Tokens != (oauth.Tokens{}) {
		t.Errorf("%s: tokens beside a refusal", what)
	}
	return done
}

func TestARefreshGivesTokensOfTheSameUser(t *testing.T) {
	t.Parallel()
	p := testportal.Open(t)
	old := p.Tokens(testportal.User)
	p.Clock.Advance(2 * time.Hour)
	done := wantRefresh(t, p, "a fresh one", old.Refresh, oauth.Granted)
	acc := wantRefusal(t, p, "the new token", done.Tokens.Access, oauth.Granted)
	if acc.User.ID != testportal.User || acc.Installation != p.Installation(p.App) || done.Access.User != acc.User {
		t.Errorf("it stands for %+v", acc)
	}
	if want := p.Clock.Now().Add(time.Hour).Unix(); done.Tokens.Expires != want || acc.Expires != want {
		t.Errorf("it expires at %d, want %d", acc.Expires, want)
	}
}

func TestAUsedRefreshTokenIsVoidAfterItsOverlap(t *testing.T) {
	t.Parallel()
	p := testportal.Open(t)
	tokens := p.Tokens(testportal.User)
	used := []string{tokens.Refresh}
	for range 5 {
		done := wantRefresh(t, p, "the newest", used[len(used)-1], oauth.Granted)
		p.Clock.Advance(oauth.Overlap)
		for _, old := range used {
			wantRefresh(t, p, "a used one", old, oauth.InvalidGrant)
		}
		used = append(used, done.Tokens.Refresh)
	}
	wantRefresh(t, p, "the newest, after the used ones were tried", used[len(used)-1], oauth.Granted)
	wantRefusal(t, p, "the access token from before", tokens.Access, oauth.Granted)
}

// An answer that was lost is asked for again.
func TestTheTokenBeforeTheNewestRefreshesForAMinute(t *testing.T) {
	t.Parallel()
	p := testportal.Open(t)
	store := &counting{Store: p.Store}
	p.Authority.Store = store
	first := p.Tokens(testportal.User).Refresh
	lost := wantRefresh(t, p, "the first", first, oauth.Granted).Tokens
	p.Clock.Advance(oauth.Overlap - time.Millisecond)
	again := wantRefresh(t, p, "the first again, in its last moment", first, oauth.Granted)
	if acc := wantRefusal(t, p, "what it gives", again.Tokens.Access, oauth.Granted); acc.User.ID != testportal.User {
		t.Errorf("it stands for %+v", acc)
	}
	if store.rows.Load() != 1 {
		t.Errorf("%d rows were written, want the one of the first refresh", store.rows.Load())
	}
	p.Clock.Advance(time.Millisecond)
	wantRefresh(t, p, "the first, after a minute", first, oauth.InvalidGrant)
	// Both answers have tokens of one generation: either goes on.
	third := wantRefresh(t, p, "the one that was given again", again.Tokens.Refresh, oauth.Granted).Tokens
	wantRefresh(t, p, "the one that was lost, in the overlap", lost.Refresh, oauth.Granted)
	wantRefresh(t, p, "two before the newest", first, oauth.InvalidGrant)
	p.Clock.Advance(oauth.Overlap)
	wantRefresh(t, p, "the one that was lost, after a minute", lost.Refresh, oauth.InvalidGrant)
	wantRefresh(t, p, "the newest", third.Refresh, oauth.Granted)
}

func TestTwoGenerationsBackIsVoidAtOnce(t *testing.T) {
	t.Parallel()
	p := testportal.Open(t)
	first := p.Tokens(testportal.User).Refresh
	second := wantRefresh(t, p, "the first", first, oauth.Granted).Tokens.Refresh
	wantRefresh(t, p, "the second", second, oauth.Granted)
	wantRefresh(t, p, "the first, within the minute", first, oauth.InvalidGrant)
	wantRefresh(t, p, "the second, again", second, oauth.Granted)
}

func revokeReused(p *testportal.Portal) {
	row := *p.Row()
	row.Settings.RevokeReused = true
	p.Update(func(tx onevent.Tx) error { return p.Directory.PutPortal(tx, row) })
}

func TestATokenThatComesTooLateEndsItsFamilyWhereThatIsWanted(t *testing.T) {
	t.Parallel()
	p := testportal.Open(t)
	first := p.Tokens(testportal.User).Refresh
	other := p.Tokens(testportal.User).Refresh
	second := wantRefresh(t, p, "the first", first, oauth.Granted).Tokens
	p.Clock.Advance(oauth.Overlap)
	wantRefresh(t, p, "too late, where it is not wanted", first, oauth.InvalidGrant)
	third := wantRefresh(t, p, "the second", second.Refresh, oauth.Granted).Tokens
	revokeReused(p)
	wantRefresh(t, p, "the second, in its overlap", second.Refresh, oauth.Granted)
	wantRefresh(t, p, "too late", first, oauth.InvalidGrant)
	for what, token := range map[string]string{"the newest": third.Refresh, "the second": second.Refresh, "the first": first} {
		wantRefresh(t, p, what+", after the end", token, oauth.InvalidGrant)
	}
	wantRefresh(t, p, "another family", other, oauth.Granted)
	wantRefusal(t, p, "the access token of before", third.Access, oauth.Granted)
}

func TestAnEndedFamilyIsWrittenOnce(t *testing.T) {
	t.Parallel()
	p := testportal.Open(t)
	revokeReused(p)
	store := &counting{Store: p.Store}
	p.Authority.Store = store
	first := p.Tokens(testportal.User).Refresh
	wantRefresh(t, p, "the first", first, oauth.Granted)
	p.Clock.Advance(oauth.Overlap)
	for range 3 {
		wantRefresh(t, p, "too late", first, oauth.InvalidGrant)
	}
	if store.rows.Load() != 2 {
		t.Errorf("%d rows were written, want one for the refresh and one for the end", store.rows.Load())
	}
}

func TestFamiliesAreUsedUpApart(t *testing.T) {
	t.Parallel()
	p := testportal.Open(t)
	a, b := p.Tokens(testportal.User), p.Tokens(testportal.User)
	wantRefresh(t, p, "one", a.Refresh, oauth.Granted)
	wantRefresh(t, p, "the other", b.Refresh, oauth.Granted)
}

// Whoever comes second has the overlap: all get tokens of one generation.
func TestRefreshesAtOnceAreOneStep(t *testing.T) {
	t.Parallel()
	p := testportal.Open(t)
	store := &counting{Store: p.Store}
	p.Authority.Store = store
	token := p.Tokens(testportal.User).Refresh
	for round := range int64(5) {
		var next sync.Map
		var wg sync.WaitGroup
		start := make(chan struct{})
		for n := range 8 {
			wg.Go(func() {
				<-start
				done, refusal, err := p.Authority.Refresh(t.Context(), testportal.ClientID, testportal.ClientSecret, token)
				if err != nil || refusal != oauth.Granted {
					t.Error(refusal, err)
				}
				next.Store(n, done.Tokens.Refresh)
			})
		}
		close(start)
		wg.Wait()
		if store.rows.Load() != round+1 {
			t.Fatalf("after round %d %d rows were written", round, store.rows.Load())
		}
		p.Clock.Advance(oauth.Overlap)
		wantRefresh(t, p, "the used one", token, oauth.InvalidGrant)
		last, _ := next.Load(7)
		token = last.(string)
	}
}

func TestOfExchangesAtOnceOneWins(t *testing.T) {
	t.Parallel()
	p := testportal.Open(t)
	for range 5 {
		code := p.Authority.Code(p.Installation(p.App), p.Directory.User(p.ID, testportal.User))
		var won, lost atomic.Int64
		var wg sync.WaitGroup
		start := make(chan struct{})
		for range 8 {
			wg.Go(func() {
				<-start
				_, refusal, err := p.Authority.Exchange(t.Context(), testportal.ClientID, testportal.ClientSecret, code)
				switch {
				case err != nil:
					t.Error(err)
				case refusal == oauth.Granted:
					won.Add(1)
				case refusal == oauth.InvalidGrant:
					lost.Add(1)
				}
			})
		}
		close(start)
		wg.Wait()
		if won.Load() != 1 || lost.Load() != 7 {
			t.Fatalf("%d won, %d lost", won.Load(), lost.Load())
		}
	}
}

func TestARefreshWritesOneRowInOneUpdate(t *testing.T) {
	t.Parallel()
	p := testportal.Open(t)
	store := &counting{Store: p.Store}
	p.Authority.Store = store
	token := p.Tokens(testportal.User).Refresh
	for n := range int64(3) {
		done := wantRefresh(t, p, "the newest", token, oauth.Granted)
		if store.updates.Load() != n+1 || store.rows.Load() != n+1 || store.reads.Load() != 0 {
			t.Errorf("after %d refreshes: %d updates, %d rows, %d reads", n+1, store.updates.Load(), store.rows.Load(), store.reads.Load())
		}
		token = done.Tokens.Refresh
	}
}

func TestAFailedRefreshUsesNothingUp(t *testing.T) {
	t.Parallel()
	p := testportal.Open(t)
	token := p.Tokens(testportal.User).Refresh
	broken := *p.Authority
	broken.Store = failing{p.Store, onevent.ErrStorageFull}
	done, refusal, err := broken.Refresh(t.Context(), testportal.ClientID, testportal.ClientSecret, token)
	if !errors.Is(err, onevent.ErrStorageFull) || refusal != oauth.Granted || done.Tokens != (oauth.Tokens{}) {
		t.Errorf("%v, %q, %+v", err, refusal, done.Tokens)
	}
	wantRefresh(t, p, "once the disk has room", token, oauth.Granted)
}

func TestARefreshTokenLives180DaysFromItsIssue(t *testing.T) {
	t.Parallel()
	p := testportal.Open(t)
	early, late := p.Tokens(testportal.User).Refresh, p.Tokens(testportal.User).Refresh
	p.Clock.Advance(180*24*time.Hour - time.Second)
	renewed := wantRefresh(t, p, "in its last second", early, oauth.Granted).Tokens.Refresh
	p.Clock.Advance(time.Second)
	wantRefresh(t, p, "after 180 days", late, oauth.InvalidGrant)
	p.Clock.Advance(180*24*time.Hour - 2*time.Second)
	wantRefresh(t, p, "180 days from its own issue", renewed, oauth.Granted)
}

// putOther registers the application 7.
func putOther(p *testportal.Portal, tx onevent.Tx) error {
	sum := sha256.Sum256([]byte("other-secret"))
	if err := p.Directory.PutApplication(tx, onevent.Application{ID: 7, ClientID: "app.other", SecretHash: sum[:], Kind: onevent.KindMarket}); err != nil {
		return err
	}
	return p.Directory.PutVersion(tx, onevent.Version{Application: 7, Ordinal: 1, Text: "1"})
}

func TestARefreshIsJudgedByItsClient(t *testing.T) {
	t.Parallel()
	p := testportal.Open(t)
	p.Update(func(tx onevent.Tx) error { return putOther(p, tx) })
	p.Install(7)
	token := p.Tokens(testportal.User).Refresh
	for what, c := range map[string]struct {
		client, secret string
		want           oauth.Refusal
	}{
		"unknown client":        {"local.none", testportal.ClientSecret, oauth.WrongClient},
		"no client":             {"", "", oauth.WrongClient},
		"wrong secret":          {testportal.ClientID, "other-secret", oauth.InvalidClient},
		"no secret":             {testportal.ClientID, "", oauth.InvalidClient},
		"another client":        {"app.other", "other-secret", oauth.InvalidGrant},
		"another, wrong secret": {"app.other", testportal.ClientSecret, oauth.InvalidClient},
	} {
		done, refusal, err := p.Authority.Refresh(t.Context(), c.client, c.secret, token)
		if err != nil || refusal != c.want || done.Tokens != (oauth.Tokens{}) {
			t.Errorf("%s: %q, %v", what, refusal, err)
		}
	}
	wantRefresh(t, p, "the right client, after all of them", token, oauth.Granted)
}

func TestOnlyARefreshTokenRefreshes(t *testing.T) {
	t.Parallel()
	p := testportal.Open(t)
	tokens := p.Tokens(testportal.User)
	for what, token := range map[string]string{"an access token": tokens.Access, "none": "", "text": "zz", "half": tokens.Refresh[:60], "longer": tokens.Refresh + "00"} {
		wantRefresh(t, p, what, token, oauth.InvalidGrant)
	}
}

func TestWhatEndedIsNotRefreshed(t *testing.T) {
	t.Parallel()
	for what, c := range map[string]struct {
		change func(*testportal.Portal)
		want   oauth.Refusal
	}{
		"dismissed": {func(p *testportal.Portal) { p.ChangeUser(testportal.User, func(u *onevent.User) { u.Active = false }) }, oauth.InvalidGrant},
		"uninstalled": {func(p *testportal.Portal) {
			p.ChangeInstallation(func(i *directory.Installation) { i.Ended, i.Epoch = p.Clock.Now(), i.Epoch+1 })
		}, oauth.NotInstalled},
		"not paid": {func(p *testportal.Portal) { p.ChangeInstallation(func(i *directory.Installation) { i.Expired = true }) }, oauth.PaymentRequired},
	} {
		p := testportal.Open(t)
		store := &counting{Store: p.Store}
		p.Authority.Store = store
		token := p.Tokens(testportal.User).Refresh
		c.change(p)
		wantRefresh(t, p, what, token, c.want)
		if store.updates.Load() != 0 {
			t.Errorf("%s: the refusal wrote", what)
		}
	}
}

func TestARefreshGivesThePresentScope(t *testing.T) {
	t.Parallel()
	p := testportal.Open(t)
	token := p.Tokens(testportal.User).Refresh
	p.ChangeInstallation(func(i *directory.Installation) { i.Scope = []string{"task", "user"} })
	done := wantRefresh(t, p, "after the scope changed", token, oauth.Granted)
	acc := wantRefusal(t, p, "the new token", done.Tokens.Access, oauth.Granted)
	if want := []string{"task", "user"}; !slices.Equal(done.Access.Scope, want) || !slices.Equal(acc.Scope, want) {
		t.Errorf("%v and %v", done.Access.Scope, acc.Scope)
	}
}

// docs/protocol/events.md section 8.
func TestAChainGoesOnAfterARefreshWithinItsHour(t *testing.T) {
	t.Parallel()
	p := testportal.Open(t)
	start := p.Clock.Now()
	g := grantOf(p, testportal.User)
	g.Chain = onevent.Chain{Depth: 4, Start: start}
	token := p.Authority.Mint(g).Refresh
	for _, step := range []struct {
		at   time.Duration
		want int
	}{{30 * time.Minute, 4}, {time.Hour, 4}, {time.Hour + time.Second, 0}, {2 * time.Hour, 0}} {
		p.Clock.Advance(start.Add(step.at).Sub(p.Clock.Now()))
		done := wantRefresh(t, p, step.at.String(), token, oauth.Granted)
		acc := wantRefusal(t, p, step.at.String(), done.Tokens.Access, oauth.Granted)
		if acc.Chain.Depth != step.want || done.Access.Chain.Depth != step.want || step.want > 0 && !acc.Chain.Start.Equal(start) {
			t.Errorf("%v after its start the chain is %+v", step.at, acc.Chain)
		}
		token = done.Tokens.Refresh
	}
}
