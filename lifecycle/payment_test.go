package lifecycle_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/directory"
	"github.com/onevent/onevent/lifecycle"
)

// pay pays; until "-" leaves the day as it was.
func (b *bench) pay(app *onevent.Application, status, until string) (*directory.Installation, error) {
	r := lifecycle.PaymentRequest{Portal: b.portal, Application: app, Status: status}
	if until != "-" {
		r.Until = &until
	}
	return b.Pay(b.ctx, r)
}

func (b *bench) mustPay(app *onevent.Application, status, until string) *directory.Installation {
	b.t.Helper()
	inst, err := b.pay(app, status, until)
	b.must(err)
	return inst
}

// payments are the data of ONAPPPAYMENT so far, from CODE on shortened.
func (b *bench) payments(app *onevent.Application) []string {
	b.t.Helper()
	var out []string
	for _, line := range b.story() {
		if rest, ok := strings.CutPrefix(line, `ONAPPPAYMENT by 0 {"CODE":"`+app.ClientID+`","VERSION":"1",`); ok {
			out = append(out, rest)
		}
	}
	return out
}

func TestPaymentIsToldWhenTheStatusBecomesPaidOrTheDayChanges(t *testing.T) {
	t.Parallel()
	b := open(t)
	app := b.app(marketAPI)
	b.install(app, "1")
	b.bind(app, "ONAPPPAYMENT")
	const expired = `"PAYMENT_EXPIRED":"N",`
	told := []string{}
	for i, c := range []struct{ status, until, tells string }{
		{"T", "-", ""}, // a letter alone, other than P
		{"P", "-", `"STATUS":"P",` + expired + `"DAYS":null,`},
		{"P", "-", ""}, // nothing changes
		{"", "2026-03-31", `"STATUS":"P",` + expired + `"DAYS":30,`},
		{"P", "2026-03-31", ""},
		{"S", "2026-04-01", `"STATUS":"S",` + expired + `"DAYS":31,`},
		{"F", "-", ""},
		{"", "2026-02-28", `"STATUS":"F",` + expired + `"DAYS":0,`}, // over, and within the grace
		{"P", "", `"STATUS":"P",` + expired + `"DAYS":null,`},
	} {
		inst := b.mustPay(app, c.status, c.until)
		if c.tells != "" {
			told = append(told, c.tells+`"LANGUAGE_ID":"en"} -> 1 waiting`)
		}
		if got := b.payments(app); !slices.Equal(got, told) {
			t.Fatalf("step %d: got %q, want %q", i, got, told)
		}
		if inst.Installation.Status != b.standing(app).Status || inst.Expired {
			t.Errorf("step %d: got %+v", i, inst.Installation)
		}
	}
	if e := b.event(1); e.Object != (onevent.Object{Type: "app", ID: app.ClientID}) || e.Chain.Depth != 0 {
		t.Errorf("the event is about %+v at depth %d", e.Object, e.Chain.Depth)
	}
}

func TestPaymentThatIsOverExpiresAtOnceAndCancelsWhatWaits(t *testing.T) {
	t.Parallel()
	b := open(t)
	app := b.app(marketAPI)
	b.install(app, "1")
	b.bind(app, "ONCRMDEALADD")
	b.bind(app, "ONAPPPAYMENT")
	b.mustPay(app, "P", "2026-03-31")
	b.publishMany("ONCRMDEALADD", 2001) // more than a step cancels
	inst := b.mustPay(app, "", "2026-02-14")
	if !inst.Expired || !b.standing(app).Expired {
		t.Error("it has not expired")
	}
	b.publish("ONCRMDEALADD")
	b.tells(
		`ONCRMDEALADD by 0 {"FIELDS":{"ID":"1"}} -> 1 cancelled not_active`,
		`ONAPPPAYMENT by 0 {"CODE":"`+app.ClientID+`","VERSION":"1","STATUS":"P","PAYMENT_EXPIRED":"Y","DAYS":0,"LANGUAGE_ID":"en"} -> 2 waiting`,
		`ONCRMDEALADD by 0 {"FIELDS":{"ID":"1"}} -> 1 not served not_active`,
	)
	for _, line := range b.story() {
		if strings.HasPrefix(line, "ONCRMDEALADD") && strings.HasSuffix(line, "waiting") || strings.Contains(line, "2 cancelled") {
			t.Fatal(line)
		}
	}
	b.mustPay(app, "", "2026-03-31")
	b.publish("ONCRMDEALADD")
	b.tells(
		`ONAPPPAYMENT by 0 {"CODE":"`+app.ClientID+`","VERSION":"1","STATUS":"P","PAYMENT_EXPIRED":"N","DAYS":30,"LANGUAGE_ID":"en"} -> 2 waiting`,
		`ONCRMDEALADD by 0 {"FIELDS":{"ID":"1"}} -> 1 waiting`,
	)
	if got := b.handlers(app); len(got) != 2 {
		t.Errorf("the handlers are %q", got)
	}
}

// The last day is the portal's, and the grace after it 14 days to the second.
func TestPaymentExpiresByTheClockWhenItsGraceIsOver(t *testing.T) {
	t.Parallel()
	b := open(t)
	_, err := b.ChangePortal(b.ctx, b.portal.ID, lifecycle.PortalChange{TimeZone: new("Asia/Tokyo")})
	b.must(err)
	b.portal = b.Directory.Portal(b.portal.ID)
	app, other := b.app(marketAPI), b.app(marketAPI)
	b.install(app, "1")
	b.install(other, "1")
	b.bind(app, "ONAPPPAYMENT")
	b.bind(app, "ONCRMDEALADD")
	b.mustPay(other, "P", "2027-01-01")
	if got := lifecycle.PaidDay(b.portal, b.mustPay(app, "P", "2026-03-10")); got != "2026-03-10" {
		t.Errorf("it is paid until %s", got)
	}
	b.publish("ONCRMDEALADD")
	last := time.Date(2026, 3, 24, 15, 0, 0, 0, time.UTC) // midnight in Tokyo
	b.clock.Advance(last.Add(-time.Second).Sub(b.clock.Now()))
	b.must(b.ExpirePayments(b.ctx))
	if b.standing(app).Expired || len(b.payments(app)) != 1 {
		t.Fatal("it has expired too soon")
	}
	b.clock.Advance(time.Second)
	for range 2 {
		b.must(b.ExpirePayments(b.ctx))
	}
	if !b.standing(app).Expired || b.standing(other).Expired {
		t.Error("one is not as it should be")
	}
	b.tells(
		`ONCRMDEALADD by 0 {"FIELDS":{"ID":"1"}} -> 2 cancelled not_active`,
		`ONAPPPAYMENT by 0 {"CODE":"`+app.ClientID+`","VERSION":"1","STATUS":"P","PAYMENT_EXPIRED":"Y","DAYS":0,"LANGUAGE_ID":"en"} -> 1 waiting`,
	)
}

// What became due while the server was down is found by the next one, however much
// it is.
func TestPaymentsThatBecameDueUnseenExpireAfterARestart(t *testing.T) {
	t.Parallel()
	b := open(t)
	for range 120 {
		app, _, err := b.RegisterApplication(b.ctx, lifecycle.ApplicationRequest{Name: "App", Kind: onevent.KindMarket})
		b.must(err)
		_, err = b.RegisterVersion(b.ctx, lifecycle.VersionRequest{Application: app, Version: "1"})
		b.must(err)
		b.install(app, "1")
		b.mustPay(app, "", "2026-03-10")
	}
	b.clock.Advance(100 * 24 * time.Hour)
	var err error
	b.Directory, err = directory.Load(b.ctx, b.Store, b.ring)
	b.must(err)
	b.Publisher.Directory = b.Directory
	b.must(b.ExpirePayments(b.ctx))
	for _, inst := range b.Directory.Installations(b.portal.ID) {
		if !inst.Expired {
			t.Fatalf("installation %d has not expired", inst.ID)
		}
	}
	if due := b.Directory.PaidUntil(b.clock.Now(), 1); len(due) != 0 {
		t.Errorf("%d is still looked at", due[0].ID)
	}
}

func TestPaymentRefusesWhatItCannotMean(t *testing.T) {
	t.Parallel()
	b := open(t)
	market, local, gone := b.app(marketAPI), b.app(localAPI), b.app(marketAPI)
	for _, app := range []*onevent.Application{market, local, gone} {
		b.install(app, "1")
	}
	b.must(b.Uninstall(b.ctx, b.portal, gone, false))
	before := len(b.story())
	for _, c := range []struct {
		app           *onevent.Application
		status, until string
		code          onevent.Code
		words         string
	}{
		{market, "X", "-", onevent.CodeInvalid, "status must be one of"},
		{market, "L", "-", onevent.CodeInvalid, "local applications"},
		{market, "PS", "-", onevent.CodeInvalid, "status must be one of"},
		{market, "p", "-", onevent.CodeInvalid, "status must be one of"},
		{market, "", "tomorrow", onevent.CodeInvalid, "paid_until must be a date"},
		{market, "", "2026-02-30", onevent.CodeInvalid, "paid_until must be a date"},
		{market, "", "1969-12-31", onevent.CodeInvalid, "from 1970 on"},
		{market, "", "2026-3-1", onevent.CodeInvalid, "paid_until must be a date"},
		{market, "", "2026-03-01T00:00:00Z", onevent.CodeInvalid, "paid_until must be a date"},
		{market, "", "12026-03-01", onevent.CodeInvalid, "paid_until must be a date"},
		{local, "P", "-", onevent.CodeConflict, "nothing to pay"},
		{gone, "P", "-", onevent.CodeNotFound, "not installed"},
	} {
		if _, err := b.pay(c.app, c.status, c.until); onevent.CodeOf(err) != c.code || !strings.Contains(err.Error(), c.words) {
			t.Errorf("%s %s: got %v", c.status, c.until, err)
		}
	}
	if n := len(b.story()); n != before {
		t.Errorf("%d events were raised", n-before)
	}
	for _, until := range []string{"1970-01-01", "9999-12-31"} {
		if got := lifecycle.PaidDay(b.portal, b.mustPay(market, "", until)); got != until {
			t.Errorf("got %s for %s", got, until)
		}
	}
	if days, limited := b.standing(market).DaysLeft(b.clock.Now()); days != 2_912_383 || !limited {
		t.Errorf("%d days are left of millennia", days)
	}
}

func TestPaymentsAtOnceComeOneAfterTheOther(t *testing.T) {
	t.Parallel()
	b := open(t)
	app := b.app(marketAPI)
	b.install(app, "1")
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			if _, err := b.pay(app, "P", fmt.Sprintf("2026-%02d-01", 1+i%2*5)); err != nil {
				t.Error(err)
			}
			if err := b.ExpirePayments(b.ctx); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	told := b.payments(app)
	for i, line := range told {
		if i > 0 && told[i-1] == line {
			t.Errorf("payment %d is told twice: %s", i, line)
		}
	}
	want := `"PAYMENT_EXPIRED":"N"`
	if b.standing(app).Expired {
		want = `"PAYMENT_EXPIRED":"Y"`
	}
	if last := told[len(told)-1]; !strings.Contains(last, want) {
		t.Errorf("the last that was told is %s", last)
	}
}

func TestFailedPaymentLeavesNothing(t *testing.T) {
	t.Parallel()
	b := open(t)
	app := b.app(marketAPI)
	b.install(app, "1")
	b.bind(app, "ONCRMDEALADD")
	b.publish("ONCRMDEALADD")
	before, broken := b.story(), errors.New("broken")
	b.Manager.Store = failing{b.Manager.Store, broken}
	if _, err := b.pay(app, "P", "2020-01-01"); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	if inst := b.standing(app); inst.Expired || inst.Status != "F" || !slices.Equal(b.story(), before) {
		t.Error("something was left")
	}
}

// unsettling is a store in which nothing is cancelled but in the transaction itself.
type unsettling struct{ onevent.Store }

func (unsettling) Settle(context.Context, func(onevent.Tx) error) error { return errors.New("broken") }

// What waits ends in the change that expires the payment, but for more than a step.
func TestPaymentThatExpiresAndWhatItCancelsAreOneChange(t *testing.T) {
	t.Parallel()
	b := open(t)
	app := b.app(marketAPI)
	b.install(app, "1")
	b.bind(app, "ONCRMDEALADD")
	b.publish("ONCRMDEALADD")
	b.Manager.Store = unsettling{b.Manager.Store}
	if _, err := b.pay(app, "", "2020-01-01"); err == nil {
		t.Error("no error tells that the rest was not cancelled")
	}
	if story := b.story(); !b.standing(app).Expired || story[1] != `ONCRMDEALADD by 0 {"FIELDS":{"ID":"1"}} -> 1 cancelled not_active` {
		t.Errorf("told %q", story)
	}
}

func TestInstallingAgainAsPaidTellsOfIt(t *testing.T) {
	t.Parallel()
	b := open(t)
	app := b.app(marketAPI)
	b.install(app, "1")
	b.bind(app, "ONAPPPAYMENT")
	for range 2 { // the second time nothing changes
		_, err := b.Install(b.ctx, lifecycle.InstallRequest{Portal: b.portal, Application: app, Version: "1", Status: "P"})
		b.must(err)
	}
	told := 0
	for _, line := range b.story() {
		if strings.HasPrefix(line, "ONAPPPAYMENT by 1 ") && strings.Contains(line, `"STATUS":"P","PAYMENT_EXPIRED":"N","DAYS":null,`) {
			told++
		}
	}
	if told != 1 {
		t.Errorf("it was told %d times: %q", told, b.story())
	}
}
