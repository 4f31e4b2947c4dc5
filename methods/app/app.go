// Package app has the methods that need no scope and tell about the server, the
// application and its rights. docs/protocol/rest.md section 11.
package app

import (
	"context"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/directory"
	"github.com/onevent/onevent/rest"
	"github.com/onevent/onevent/rest/answer"
	"github.com/onevent/onevent/wire"
)

// The licence that every portal has; docs/protocol/rest.md section 11.
const (
	license       = "en_pro"
	licenseType   = "pro"
	licenseFamily = "pro"
)

type methods struct{ directory *directory.Directory }

// Methods makes the methods.
func Methods(d *directory.Directory) []rest.Method {
	m := &methods{d}
	return []rest.Method{
		{Name: "methods", Func: names},
		{Name: "method.get", Func: lookup},
		{Name: "scope", Func: scope},
		{Name: "app.info", Signed: true, Func: m.info},
		{Name: "server.time", Func: serverTime},
		{Name: "feature.get", Func: feature},
		{Name: "telephony.externalline.get", Scope: "telephony", Func: none},
		{Name: "voximplant.user.get", Scope: "telephony", Confirm: true, Func: none},
	}
}

// info tells an application about its installation, and a webhook about its
// scope.
func (m *methods) info(_ context.Context, c *rest.Call) (any, error) {
	if c.Installation == nil {
		return struct {
			Scope   []string `json:"SCOPE"`
			License string   `json:"LICENSE"`
		}{own(c), license}, nil
	}
	a := m.directory.Application(c.Installation.Application)
	if a == nil {
		return nil, onevent.Errorf(onevent.CodeInternal, "installation %d has no application", c.Installation.ID)
	}
	return wire.Map(
		wire.F("ID", wire.Int(int64(a.ID))),
		wire.F("CODE", wire.String(a.ClientID)),
		wire.F("VERSION", wire.Int(c.Installation.Version)),
		wire.F("STATUS", wire.String(c.Installation.Status)),
		wire.F("INSTALLED", wire.Bool(c.Installation.Installed)),
		wire.F("PAYMENT_EXPIRED", wire.String(expired(c.Installation))),
		wire.F("DAYS", days(c.Installation, c.Now)),
		wire.F("LANGUAGE_ID", wire.String(c.Portal.Language)),
		wire.F("LICENSE", wire.String(license)),
		wire.F("LICENSE_TYPE", wire.String(licenseType)),
		wire.F("LICENSE_FAMILY", wire.String(licenseFamily))), nil
}

func expired(inst *directory.Installation) string {
	if inst.Expired {
		return "Y"
	}
	return "N"
}

// days are those that are left of what was paid for; null when there is nothing to pay.
func days(inst *directory.Installation, now time.Time) wire.Value {
	if n, limited := inst.DaysLeft(now); limited {
		return wire.Int(n)
	}
	return wire.Null()
}

func serverTime(_ context.Context, c *rest.Call) (any, error) {
	return answer.Date(c.Now, c.Zone()), nil
}

// none answers what lists a portal's telephone lines and their users: it has none.
func none(context.Context, *rest.Call) (any, error) { return []string{}, nil }
