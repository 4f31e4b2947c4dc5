package lifecycle

import (
	"cmp"
	"context"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/catalog"
)

// ApplicationRequest describes an application to be registered.
type ApplicationRequest struct {
	Name        string
	Kind        string // onevent.KindLocal or KindMarket
	UI          bool
	Static      bool   // a local one with pages that are files
	RotateToken string // onevent.RotateNever or RotateUpdate; empty: never
}

// RegisterApplication makes an application known to the whole server. Its
// client_secret is returned this once and kept as a digest.
// docs/protocol/oauth.md section 6.
func (m *Manager) RegisterApplication(ctx context.Context, r ApplicationRequest) (*onevent.Application, onevent.Secret, error) {
	r.RotateToken = cmp.Or(r.RotateToken, onevent.RotateNever)
	if err := checkApplication(r); err != nil {
		return nil, "", err
	}
	secret, hash := newSecret()
	app := onevent.Application{
		ClientID: newClientID(r.Kind), SecretHash: hash, Name: r.Name, Kind: r.Kind,
		UI: r.UI, Static: r.Static, RotateToken: r.RotateToken, Created: m.Clock.Now(),
	}
	err := m.Store.Update(ctx, func(tx onevent.Tx) error { return m.putNewApplication(tx, &app) })
	return &app, secret, err
}

func checkApplication(r ApplicationRequest) error {
	if r.Kind != onevent.KindLocal && r.Kind != onevent.KindMarket {
		return invalid("kind must be %s or %s", onevent.KindLocal, onevent.KindMarket)
	}
	if r.Static && !(r.Kind == onevent.KindLocal && r.UI) {
		return invalid("static is for local applications with ui")
	}
	return cmp.Or(checkRotation(r.RotateToken), checkName(r.Name))
}

// ApplicationChange is what changes of an application; nil leaves it as it is.
type ApplicationChange struct {
	Name        *string
	RotateToken *string // onevent.RotateNever or RotateUpdate, from the next update on
	Delivery    DeliveryChange
}

// ChangeApplication gives a registered application another name, rules anew
// whether an update changes application_token, or how deliveries to its
// destinations go out: the next attempts obey.
func (m *Manager) ChangeApplication(ctx context.Context, id onevent.ApplicationID, change ApplicationChange) (*onevent.Application, error) {
	m.registry.Lock()
	defer m.registry.Unlock()
	now := m.Directory.Application(id)
	if now == nil {
		return nil, notFound("no such application")
	}
	row := *now
	set(&row.Name, change.Name)
	set(&row.RotateToken, change.RotateToken)
	err := cmp.Or(checkRotation(row.RotateToken), checkName(row.Name), change.Delivery.apply("delivery", &row.Delivery))
	if err != nil {
		return nil, err
	}
	err = m.Store.Update(ctx, func(tx onevent.Tx) error {
		if err := m.Directory.PutApplication(tx, row); err != nil {
			return err
		}
		if m.Reload != nil && row.Delivery != now.Delivery {
			tx.OnCommit(m.Reload)
		}
		return nil
	})
	return &row, err
}

func newClientID(kind string) string {
	prefix := "app."
	if kind == onevent.KindLocal {
		prefix = "local."
	}
	return prefix + onevent.RandomText(14, onevent.Hex) + "." + onevent.RandomText(8, onevent.Digits)
}

func (m *Manager) putNewApplication(tx onevent.Tx, app *onevent.Application) error {
	id, err := tx.NextID("application")
	if err != nil {
		return err
	}
	app.ID = onevent.ApplicationID(id)
	return m.Directory.PutApplication(tx, *app)
}

// VersionRequest describes a version of an application. URLs are absolute, http
// or https, or empty.
type VersionRequest struct {
	Application *onevent.Application
	Version     string // digits and dots, at most 20
	Scope       string // codes with commas between them, whose order is kept
	AppURL      string // the page in the frame; empty of a static application: its uploaded files
	InstallURL  string // the installer's page in the frame
	EventURL    string // where ONAPPINSTALL of an application without pages goes
}

// RegisterVersion adds a version, whose text is unique within the application.
func (m *Manager) RegisterVersion(ctx context.Context, r VersionRequest) (*onevent.Version, error) {
	m.registry.Lock()
	defer m.registry.Unlock()
	row, err := newVersion(r)
	if err != nil {
		return nil, err
	}
	taken := "the application has a version " + row.Text + " already"
	if m.Directory.VersionByText(r.Application.ID, row.Text) != nil {
		return nil, onevent.Errorf(onevent.CodeConflict, "%s", taken)
	}
	row.Ordinal = m.lastOrdinal(r.Application.ID) + 1
	err = m.store(ctx, taken, func(tx onevent.Tx) error { return m.Directory.PutVersion(tx, row) })
	return &row, err
}

// ChangeVersion gives a registered version another scope and other URLs. An
// installation takes them over when it is next installed or updated to it.
func (m *Manager) ChangeVersion(ctx context.Context, r VersionRequest) (*onevent.Version, error) {
	m.registry.Lock()
	defer m.registry.Unlock()
	row, err := newVersion(r)
	if err != nil {
		return nil, err
	}
	now := m.Directory.VersionByText(r.Application.ID, row.Text)
	if now == nil {
		return nil, notFound("the application has no version %s", row.Text)
	}
	row.Ordinal = now.Ordinal
	err = m.Store.Update(ctx, func(tx onevent.Tx) error { return m.Directory.PutVersion(tx, row) })
	return &row, err
}

func newVersion(r VersionRequest) (onevent.Version, error) {
	if r.Application.Static && r.EventURL != "" {
		return onevent.Version{}, invalid("a static application has no server that could take events: event_url must be empty")
	}
	scope, err := catalog.ParseScope(r.Scope)
	v := onevent.Version{
		Application: r.Application.ID, Text: r.Version, Scope: scope,
		AppURL: r.AppURL, InstallURL: r.InstallURL, EventURL: r.EventURL,
	}
	return v, cmp.Or(
		checkVersion(r.Version), err,
		checkURL("app_url", r.AppURL), checkURL("install_url", r.InstallURL), checkURL("event_url", r.EventURL),
	)
}

func (m *Manager) lastOrdinal(app onevent.ApplicationID) int64 {
	if list := m.Directory.Versions(app); len(list) > 0 {
		return list[len(list)-1].Ordinal
	}
	return 0
}
