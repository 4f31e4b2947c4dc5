package lifecycle_test

import (
	"testing"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/lifecycle"
)

func TestASecondRotationEndsWhatIsLeftOfTheFirst(t *testing.T) {
	t.Parallel()
	b := open(t)
	app := b.app(marketAPI)
	first := b.install(app, "1").Installation.Secrets
	rotate := func(overlap int64) onevent.InstallationSecrets {
		t.Helper()
		inst, err := b.RotateSigningSecret(b.ctx, b.portal, app, overlap)
		b.must(err)
		if inst.Secrets != b.standing(app).Secrets || inst.Secrets.ApplicationToken != first.ApplicationToken {
			t.Errorf("got %+v beside the directory's", inst)
		}
		return inst.Secrets
	}
	second := rotate(60)
	if second.FormerSigningSecret != first.SigningSecret || second.SigningSecret == first.SigningSecret || !second.FormerUntil.Equal(b.clock.Now().Add(time.Minute)) {
		t.Errorf("the former one is good until %v", second.FormerUntil)
	}
	b.clock.Advance(time.Second)
	third := rotate(60)
	if third.FormerSigningSecret != second.SigningSecret || !third.FormerUntil.Equal(b.clock.Now().Add(time.Minute)) {
		t.Errorf("after the second: until %v", third.FormerUntil)
	}
	fourth := rotate(0)
	if fourth.FormerSigningSecret != "" || !fourth.FormerUntil.IsZero() || fourth.SigningSecret == third.SigningSecret {
		t.Errorf("without overlap: until %v", fourth.FormerUntil)
	}
}

func TestTheSigningSecretsStayThroughAnUpdateAndAReturn(t *testing.T) {
	t.Parallel()
	b := open(t)
	app := b.app(marketAPI)
	b.install(app, "1")
	inst, err := b.RotateSigningSecret(b.ctx, b.portal, app, 3600)
	b.must(err)
	if got := b.install(app, "2").Installation.Secrets; got != inst.Secrets {
		t.Error("the update changed them")
	}
	b.must(b.Uninstall(b.ctx, b.portal, app, false))
	if got := b.install(app, "2").Installation.Secrets; got != inst.Secrets {
		t.Error("the return of a market application changed them")
	}
}

func TestARotationThatCannotBeIsRefused(t *testing.T) {
	t.Parallel()
	b := open(t)
	app := b.app(localAPI)
	for _, overlap := range []int64{-1, lifecycle.LongestOverlap + 1, 1 << 62} {
		if _, err := b.RotateSigningSecret(b.ctx, b.portal, app, overlap); onevent.CodeOf(err) != onevent.CodeInvalid {
			t.Errorf("%d: got %v", overlap, err)
		}
	}
	if _, err := b.RotateSigningSecret(b.ctx, b.portal, app, 1); onevent.CodeOf(err) != onevent.CodeNotFound {
		t.Errorf("not installed: %v", err)
	}
}
