package devportal

import (
	"cmp"
	"context"
	"slices"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/catalog"
	"github.com/onevent/onevent/directory"
	"github.com/onevent/onevent/lifecycle"
)

// addApplication makes and installs creds' application, and leads its events to
// the handler when there is one.
func (s *seeder) addApplication(ctx context.Context) error {
	app, err := s.registered(ctx, s.secrets.ClientID, "Application", func(id string, secret onevent.Secret) {
		s.secrets.ClientID, s.secrets.ClientSecret = id, secret.Reveal()
	})
	if err == nil {
		err = s.keepSecret(ctx, app)
	}
	if err != nil {
		return err
	}
	s.app, err = s.installed(ctx, app, lifecycle.VersionRequest{
		EventURL: s.config.Handler, AppURL: s.config.AppURL, Scope: s.config.Scope,
	})
	if err != nil || s.config.Handler == "" {
		return err
	}
	s.bound, err = s.bindAll(ctx, s.app, s.config.Handler)
	return err
}

// keepSecret draws another secret when the one that was kept was renewed meanwhile by
// the management API: only whoever did that knows it.
func (s *seeder) keepSecret(ctx context.Context, app *onevent.Application) error {
	if directory.SecretMatches(app, s.secrets.ClientSecret) {
		return nil
	}
	secret, err := s.server.Manager.RenewSecret(ctx, app.ID)
	if err != nil {
		return err
	}
	s.secrets.ClientSecret = secret.Reveal()
	return s.folder.keep(s.secrets)
}

// addEcho does the same for the echo handler. One that is off must not leave
// its deliveries to a URL where nobody listens.
func (s *seeder) addEcho(ctx context.Context) error {
	if s.echoURL == "" {
		return s.silenceEcho(ctx)
	}
	app, err := s.registered(ctx, s.secrets.EchoClientID, "Echo", func(id string, _ onevent.Secret) {
		s.secrets.EchoClientID = id
	})
	if err != nil {
		return err
	}
	inst, err := s.installed(ctx, app, lifecycle.VersionRequest{EventURL: s.echoURL, Scope: s.config.Scope})
	if err != nil {
		return err
	}
	_, err = s.bindAll(ctx, inst, s.echoURL)
	return err
}

func (s *seeder) silenceEcho(ctx context.Context) error {
	app := s.server.Directory.ApplicationByClientID(s.secrets.EchoClientID)
	if app == nil {
		return nil
	}
	inst := s.server.Directory.Standing(s.portal.ID, app.ID)
	if inst == nil {
		return nil
	}
	return s.unbindAll(ctx, inst, s.eventURL(inst))
}

// registered finds an application, or registers it and keeps what is shown
// once. A crash in between leaves one that nobody uses.
func (s *seeder) registered(ctx context.Context, clientID, name string, note func(id string, secret onevent.Secret)) (*onevent.Application, error) {
	if app := s.server.Directory.ApplicationByClientID(clientID); app != nil {
		return app, nil
	}
	app, secret, err := s.server.Manager.RegisterApplication(ctx, lifecycle.ApplicationRequest{Name: name, Kind: onevent.KindLocal})
	if err != nil {
		return nil, err
	}
	note(app.ClientID, secret)
	return app, s.folder.keep(s.secrets)
}

// installed gives an application what is wanted of its newest version; what is
// empty stays as it was. ONAPPINSTALL goes out when it is installed, and when
// it gets another event URL.
func (s *seeder) installed(ctx context.Context, app *onevent.Application, want lifecycle.VersionRequest) (*directory.Installation, error) {
	inst := s.server.Directory.Standing(s.portal.ID, app.ID)
	version, err := s.version(ctx, app, s.present(app, inst), want)
	if err != nil {
		return nil, err
	}
	if inst == nil || !s.welcomed(inst, version.EventURL) {
		return s.install(ctx, app, inst, version)
	}
	return s.rescoped(ctx, inst, version.Scope)
}

// welcomed says whether ONAPPINSTALL leads to the event URL. What stands is
// asked, and not what the version was before, so that a start that was cut off
// in between is made good by the next one.
func (s *seeder) welcomed(inst *directory.Installation, eventURL string) bool {
	return eventURL == "" || slices.ContainsFunc(s.handlersOf(inst), func(h *onevent.Handler) bool {
		return h.Event == installEvent && h.URL == eventURL && h.User == 0
	})
}

// present is the version that is installed, or else the newest; nil when there
// is none.
func (s *seeder) present(app *onevent.Application, inst *directory.Installation) *onevent.Version {
	if inst != nil {
		return s.server.Directory.Version(app.ID, inst.Version)
	}
	if list := s.server.Directory.Versions(app.ID); len(list) > 0 {
		return list[len(list)-1]
	}
	return nil
}

func (s *seeder) version(ctx context.Context, app *onevent.Application, before *onevent.Version, want lifecycle.VersionRequest) (*onevent.Version, error) {
	want.Application = app
	if before == nil {
		want.Version, want.Scope = firstVersion, cmp.Or(want.Scope, DefaultScope)
		return s.server.Manager.RegisterVersion(ctx, want)
	}
	want.Version, want.InstallURL = before.Text, before.InstallURL
	want.Scope = cmp.Or(want.Scope, joined(before.Scope))
	want.EventURL = cmp.Or(want.EventURL, before.EventURL)
	want.AppURL = cmp.Or(want.AppURL, before.AppURL)
	if want.Scope == joined(before.Scope) && want.EventURL == before.EventURL && want.AppURL == before.AppURL {
		return before, nil
	}
	return s.server.Manager.ChangeVersion(ctx, want)
}

// install installs, or installs again. A URL that the application is led away
// from loses its handlers.
func (s *seeder) install(ctx context.Context, app *onevent.Application, was *directory.Installation, version *onevent.Version) (*directory.Installation, error) {
	for _, former := range s.platformURLs(was) {
		if err := s.unbindAll(ctx, was, former); err != nil {
			return nil, err
		}
	}
	done, err := s.server.Manager.Install(ctx, lifecycle.InstallRequest{
		Portal: s.portal, Application: app, Version: version.Text, User: s.admin.ID,
	})
	return done.Installation, err
}

func (s *seeder) platformURLs(inst *directory.Installation) []string {
	var urls []string
	if inst != nil {
		for _, h := range s.handlersOf(inst) {
			if h.Platform {
				urls = append(urls, h.URL)
			}
		}
	}
	return urls
}

// rescoped grants another scope when one was asked for. Nothing is installed
// again, so no event tells of it.
func (s *seeder) rescoped(ctx context.Context, inst *directory.Installation, scope []string) (*directory.Installation, error) {
	if s.config.Scope == "" || slices.Equal(inst.Scope, scope) {
		return inst, nil
	}
	row := *inst
	row.Scope = scope
	err := s.store.Update(ctx, func(tx onevent.Tx) error { return s.server.Directory.PutInstallation(tx, row) })
	return &row, err
}

func (s *seeder) eventURL(inst *directory.Installation) string {
	if v := s.server.Directory.Version(inst.Application, inst.Version); v != nil {
		return v.EventURL
	}
	return ""
}

// outOfScope names a method that the application may not call; empty when it
// may call all of them.
func outOfScope(scope []string) string {
	for _, m := range []struct{ scope, method string }{
		{"telephony", "telephony.externalline.get"}, {"crm", "crm.activity.list"}, {"calendar", "calendar.event.get"},
	} {
		if !catalog.Grants(scope, m.scope) {
			return m.method
		}
	}
	return ""
}
