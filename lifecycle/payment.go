package lifecycle

import (
	"cmp"
	"context"
	"strings"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/directory"
	"github.com/onevent/onevent/wire"
)

// Grace is how long an application goes on after the last day that was paid for;
// docs/protocol/app-lifecycle.md section 3.4.
const Grace = 14 * 24 * time.Hour

// PaymentRequest says how it stands with the payment of a market application.
type PaymentRequest struct {
	Portal      *onevent.Portal
	Application *onevent.Application
	Status      string // F D T P S; empty: as it was
	// Until is the last day that is paid for, such as 2026-12-31, as the portal's time
	// zone has it; empty: there is nothing to pay; nil: as it was.
	Until *string
}

// Pay writes how it stands with the payment of an installation, and tells the
// application by ONAPPPAYMENT when its status becomes P, the day changes, or it
// expires or does so no more. One whose grace is over is expired at once: what waits
// for its handlers is cancelled with the verdict not_active.
// docs/protocol/app-lifecycle.md section 3.4.
func (m *Manager) Pay(ctx context.Context, r PaymentRequest) (*directory.Installation, error) {
	if r.Application.Kind == onevent.KindLocal {
		return nil, onevent.Errorf(onevent.CodeConflict, "there is nothing to pay for a local application")
	}
	defer m.lock(r.Portal.ID)()
	was, err := m.standing(r.Portal, r.Application)
	if err != nil {
		return nil, err
	}
	c := m.payment(r.Portal, r.Application, was)
	c.now.Status = cmp.Or(r.Status, was.Status)
	err = checkStatus(r.Application.Kind, c.now.Status)
	if err == nil && r.Until != nil {
		c.now.PaidUntil, err = endOfDay(*r.Until, r.Portal)
	}
	if err != nil {
		return nil, err
	}
	c.now.Expired = m.isOverdue(c.now.PaidUntil)
	return &c.now, m.settle(ctx, c)
}

func (m *Manager) payment(portal *onevent.Portal, app *onevent.Application, was *directory.Installation) *change {
	return &change{portal: portal, app: app, version: m.Directory.Version(app.ID, was.Version), was: was, now: *was}
}

func (m *Manager) isOverdue(paidUntil time.Time) bool {
	return !paidUntil.IsZero() && !m.Clock.Now().Before(paidUntil.Add(Grace))
}

// settle makes a change of payment, if it is one.
func (m *Manager) settle(ctx context.Context, c *change) error {
	if c.now.Status == c.was.Status && !c.paymentMoved() {
		return nil
	}
	var silent []onevent.Handler
	err := m.commit(ctx, func(tx onevent.Tx) error {
		handlers := m.handlersOf(c)
		silent = c.silenced(handlers)
		if err := m.Directory.PutInstallation(tx, c.now); err != nil {
			return err
		}
		if err := m.Publisher.Cancel(tx, silent, onevent.VerdictNotActive); err != nil || !c.tellsPayment() {
			return err
		}
		return m.raise(tx, c, eventPayment, c.paymentData(m.Clock.Now()), &c.now, handlers)
	})
	if err != nil {
		return err
	}
	return m.Publisher.CancelRest(context.WithoutCancel(ctx), m.Store, silent, onevent.VerdictNotActive)
}

func (c *change) paymentMoved() bool {
	return !c.now.PaidUntil.Equal(c.was.PaidUntil) || c.now.Expired != c.was.Expired
}

func (c *change) tellsPayment() bool {
	return c.paymentMoved() || c.now.Status == "P" && c.was.Status != "P"
}

// silenced are the handlers for which nothing may wait any more: those of the
// application's own life go on being told.
func (c *change) silenced(handlers []onevent.Handler) []onevent.Handler {
	if !c.now.Expired || c.was.Expired {
		return nil
	}
	var out []onevent.Handler
	for _, h := range handlers {
		if !isOwnLife(h.Event) {
			out = append(out, h)
		}
	}
	return out
}

// isOwnLife says whether an event is about onevent.LifecycleObject.
func isOwnLife(code string) bool { return strings.HasPrefix(code, "ONAPP") && code != "ONAPPTEST" }

// paymentData is that of docs/protocol/app-lifecycle.md section 3.4.
func (c *change) paymentData(now time.Time) wire.Value {
	expired, days := "N", wire.Null()
	if c.now.Expired {
		expired = "Y"
	}
	if n, limited := c.now.DaysLeft(now); limited {
		days = wire.Int(n)
	}
	return wire.Map(
		wire.F("CODE", wire.String(c.app.ClientID)),
		wire.F("VERSION", wire.String(c.version.Text)),
		wire.F("STATUS", wire.String(c.now.Status)),
		wire.F("PAYMENT_EXPIRED", wire.String(expired)),
		wire.F("DAYS", days),
		wire.F("LANGUAGE_ID", wire.String(c.now.Language)),
	)
}

// dueStep is how many installations are looked up at a time that may have expired.
const dueStep = 100

// ExpirePayments expires the installations whose grace is over by now, each in a
// transaction of its own, with ONAPPPAYMENT. Whoever owns the server calls it now and
// then; it costs nothing while none is due.
func (m *Manager) ExpirePayments(ctx context.Context) error {
	for {
		due := m.Directory.PaidUntil(m.Clock.Now().Add(-Grace), dueStep)
		for _, inst := range due {
			if err := m.expire(ctx, inst); err != nil {
				return err
			}
		}
		if len(due) < dueStep {
			return nil
		}
	}
}

// expire leaves alone what was paid or uninstalled since it was looked up.
func (m *Manager) expire(ctx context.Context, due *directory.Installation) error {
	defer m.lock(due.Portal)()
	was := m.Directory.Standing(due.Portal, due.Application)
	if was == nil || was.Expired || !m.isOverdue(was.PaidUntil) {
		return nil
	}
	c := m.payment(m.Directory.Portal(due.Portal), m.Directory.Application(due.Application), was)
	c.now.Expired = true
	return m.settle(ctx, c)
}

// endOfDay is the first moment after a day; zero for the empty text.
func endOfDay(date string, portal *onevent.Portal) (time.Time, error) {
	if date == "" {
		return time.Time{}, nil
	}
	day, err := time.ParseInLocation(time.DateOnly, date, zoneOf(portal))
	if err != nil || day.Year() < 1970 {
		return day, invalid("paid_until must be a date such as 2026-12-31, from 1970 on, or empty: there is nothing to pay")
	}
	return day.AddDate(0, 0, 1), nil
}

// PaidDay is the last day for which an installation is paid, such as 2026-12-31, as
// its portal's time zone has it; empty when there is nothing to pay.
func PaidDay(portal *onevent.Portal, inst *directory.Installation) string {
	if inst.PaidUntil.IsZero() {
		return ""
	}
	return inst.PaidUntil.Add(-time.Second).In(zoneOf(portal)).Format(time.DateOnly)
}

func zoneOf(portal *onevent.Portal) *time.Location {
	if zone, err := time.LoadLocation(portal.TimeZone); err == nil {
		return zone
	}
	return time.UTC
}
