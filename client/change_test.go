package client_test

import (
	"net/http"
	"reflect"
	"testing"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/client"
)

// A change names what changes and nothing else, so that the rest stays.
func TestChangesNameOnlyWhatChanges(t *testing.T) {
	t.Parallel()
	var sent string
	c := answer(t, http.StatusOK, `{"member_id":"m","settings":{"events.refresh_token":"always","events.no_access_check":true},
		"client_id":"a","rotate_application_token":"update"}`, func(r *http.Request, text string) {
		sent = r.Method + " " + r.URL.Path + " " + text
	})
	for _, change := range []struct {
		portal client.PortalChange
		want   string
	}{
		{client.PortalChange{}, `{}`},
		{client.PortalChange{Language: new("fr"), TimeZone: new("UTC")}, `{"language":"fr","time_zone":"UTC"}`},
		{client.PortalChange{Settings: client.SettingsChange{NoAccessCheck: new(false)}}, `{"settings":{"events.no_access_check":false}}`},
		{client.PortalChange{Settings: client.SettingsChange{RefreshToken: new("always")}}, `{"settings":{"events.refresh_token":"always"}}`},
		{client.PortalChange{Settings: client.SettingsChange{RateBurst: new(0), RatePerSecond: new(0.5), OperatingLimit: new(480)}},
			`{"settings":{"rest.rate_burst":0,"rest.rate_per_second":0.5,"rest.operating_limit":480}}`},
		{client.PortalChange{Settings: client.SettingsChange{EventRate: new(0.0), EventBurst: new(5)}}, `{"settings":{"events.rate":0,"events.burst":5}}`},
		{client.PortalChange{Settings: client.SettingsChange{RevokeReused: new(true)}}, `{"settings":{"oauth.revoke_reused":true}}`},
		{client.PortalChange{Domain: new("a.test"), PublicURL: new("https://a.test")}, `{"domain":"a.test","public_url":"https://a.test"}`},
	} {
		p, err := c.ChangePortal(t.Context(), "m", change.portal)
		if want := "PATCH /admin/v1/portals/m " + change.want; err != nil || sent != want {
			t.Errorf("sent %s, want %s, %v", sent, want, err)
		}
		if p.MemberID != "m" || !reflect.DeepEqual(p.Settings, onevent.PortalSettings{RefreshToken: "always", NoAccessCheck: true}) {
			t.Errorf("got %+v", p)
		}
	}
	app, err := c.ChangeApplication(t.Context(), "a", client.ApplicationChange{RotateApplicationToken: new("update")})
	if want := `PATCH /admin/v1/applications/a {"rotate_application_token":"update"}`; err != nil || sent != want {
		t.Errorf("sent %s, want %s, %v", sent, want, err)
	}
	if app.ClientID != "a" || app.RotateApplicationToken != "update" {
		t.Errorf("got %+v", app)
	}
}

func TestOptionsOfDeliveryAreSentAsTheyChange(t *testing.T) {
	t.Parallel()
	var sent string
	c := answer(t, http.StatusOK, `{"id":"7","client_id":"a","options":{"rate":5},"effective":{"rate":5,"order":"object"},"breaker":"open","since":"2026-03-01T12:00:00.000Z",
		"delivery":{"retry":"none"}}`, func(r *http.Request, text string) { sent = r.Method + " " + r.URL.Path + " " + text })
	d, err := c.ChangeDestination(t.Context(), "m", "7", client.DeliveryChange{Rate: new(5.0), Retry: new("")})
	if want := `PATCH /admin/v1/portals/m/destinations/7 {"options":{"retry":"","rate":5}}`; err != nil || sent != want {
		t.Errorf("sent %s, want %s, %v", sent, want, err)
	}
	if d.ID != "7" || d.Options.Rate != 5 || d.Effective.Order != "object" || d.Breaker != "open" || d.Since == "" {
		t.Errorf("got %+v", d)
	}
	app, err := c.ChangeApplication(t.Context(), "a", client.ApplicationChange{Delivery: client.DeliveryChange{Deadline: new(60.0), Concurrency: new(1)}})
	if want := `PATCH /admin/v1/applications/a {"delivery":{"deadline":60,"concurrency":1}}`; err != nil || sent != want || app.Delivery.Retry != "none" {
		t.Errorf("sent %s, want %s, %v; got %+v", sent, want, err, app)
	}
	if _, err := c.EnableHandler(t.Context(), "m", "3"); err != nil || sent != "POST /admin/v1/portals/m/handlers/3/enable " {
		t.Errorf("sent %s, %v", sent, err)
	}
}
