package main_test

import (
	"testing"

	"github.com/onevent/onevent/client"
	"github.com/onevent/onevent/internal/e2e"
)

// A dev portal that was given another domain answers under both.
func TestDevPortalThatMovedStillAnswers(t *testing.T) {
	t.Parallel()
	p := e2e.Dev(t)
	_, err := p.Admin(t).ChangePortal(t.Context(), p.MemberID, client.PortalChange{
		Domain: new("moved.test"), PublicURL: new("http://moved.test:8055")})
	if err != nil {
		t.Fatal(err)
	}
	for _, host := range []string{"", "moved.test", "127.0.0.1", "other.test"} {
		if status, body := get(t, p.PortalURL+"/rest/server.time?auth="+p.AccessToken, host); status != 200 {
			t.Errorf("%q is answered %d: %s", host, status, body)
		}
	}
	if _, err := p.Admin(t).Stats(t.Context()); err != nil {
		t.Error(err)
	}
}

// The limits of the protocol hold on a dev portal once they are set.
func TestDevPortalHasTheLimitsThatAreSet(t *testing.T) {
	t.Parallel()
	p := e2e.Dev(t)
	change := client.SettingsChange{RateBurst: new(2), RatePerSecond: new(0.001)}
	for _, want := range []int{503, 200} {
		if _, err := p.Admin(t).ChangePortal(t.Context(), p.MemberID, client.PortalChange{Settings: change}); err != nil {
			t.Fatal(err)
		}
		var last int
		for range 4 {
			last, _ = get(t, p.PortalURL+"/rest/server.time?auth="+p.AccessToken, "")
		}
		if last != want {
			t.Errorf("with %d in the bucket the fourth call is answered %d, want %d", *change.RateBurst, last, want)
		}
		change.RateBurst = new(0)
	}
}
