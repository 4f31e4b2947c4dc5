package onevent_test

import (
	"math"
	"testing"
	"time"

	"github.com/onevent/onevent"
)

// A lane is kept in rows, so no version may compute another one.
func TestTheLaneOfAnOwnerIsFixedForLife(t *testing.T) {
	t.Parallel()
	for owner, want := range map[onevent.Owner]int{
		{}:                               261,
		{Installation: 1}:                708,
		{Installation: 2}:                391,
		{Webhook: 1}:                     484,
		{Webhook: 2}:                     839,
		{Installation: 1<<53 - 1}:        1008,
		{Webhook: 1<<53 - 1}:             912,
		{Installation: 1234567}:          434,
		{Installation: math.MaxInt64}:    637,
		{Installation: 7, Webhook: 1000}: 815,
	} {
		if got := owner.Lane(); got != want {
			t.Errorf("%+v is on lane %d, want %d", owner, got, want)
		}
	}
}

func TestOwnersAreSpreadOverAllLanes(t *testing.T) {
	t.Parallel()
	const each = 64 // owners a lane
	var count [onevent.Lanes]int
	for id := range onevent.Lanes * each / 2 {
		for _, o := range []onevent.Owner{{Installation: onevent.InstallationID(id + 1)}, {Webhook: onevent.WebhookID(id + 1)}} {
			count[o.Lane()]++ // a lane beyond the array panics
		}
	}
	for lane, n := range count {
		if n < each/4 || n > each*4 {
			t.Errorf("lane %d has %d of %d owners", lane, n, onevent.Lanes*each)
		}
	}
}

func TestAHandlerStandsUntilItEnds(t *testing.T) {
	t.Parallel()
	if h := (onevent.Handler{Disabled: onevent.VerdictGone}); !h.Stands() {
		t.Error("a disabled handler does not stand")
	}
	if h := (onevent.Handler{Ended: noon, EndedBy: onevent.VerdictUnbound}); h.Stands() {
		t.Error("an ended handler stands")
	}
}

func TestAnInstallationIsActiveUntilItEnds(t *testing.T) {
	t.Parallel()
	if i := (onevent.Installation{Expired: true, PaidUntil: noon.Add(-time.Hour)}); !i.Active() {
		t.Error("an installation whose payment expired does not stand")
	}
	if i := (onevent.Installation{Installed: true, Ended: noon}); i.Active() {
		t.Error("an ended installation is active")
	}
}

func TestTheNamesOfTheStates(t *testing.T) {
	t.Parallel()
	for state, want := range map[onevent.State]string{
		onevent.StateWaiting: "waiting", onevent.StateDelivered: "delivered", onevent.StateFailed: "failed", onevent.StateCancelled: "cancelled",
	} {
		if got := state.String(); got != want {
			t.Errorf("state %d is %s, want %s", state, got, want)
		}
	}
}
