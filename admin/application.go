package admin

import (
	"cmp"
	"net/http"
	"strings"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/directory"
	"github.com/onevent/onevent/lifecycle"
	"github.com/onevent/onevent/oauth"
)

func (s *server) registerApplication(w http.ResponseWriter, r *http.Request) error {
	body, err := decode[struct {
		Name        string `json:"name"`
		Kind        string `json:"kind"`
		UI          bool   `json:"ui"`
		Static      bool   `json:"static"`
		RotateToken string `json:"rotate_application_token"`
	}](w, r)
	if err != nil {
		return err
	}
	app, secret, err := s.Manager.RegisterApplication(r.Context(), lifecycle.ApplicationRequest{
		Name: body.Name, Kind: body.Kind, UI: body.UI, Static: body.Static, RotateToken: body.RotateToken,
	})
	if err != nil {
		return err
	}
	return write(w, http.StatusCreated, map[string]string{"client_id": app.ClientID, "client_secret": secret.Reveal()})
}

func (s *server) renewSecret(w http.ResponseWriter, r *http.Request) error {
	app, err := s.application(r)
	if err != nil {
		return err
	}
	if _, err := decode[struct{}](w, r); err != nil {
		return err
	}
	secret, err := s.Manager.RenewSecret(r.Context(), app.ID)
	if err != nil {
		return err
	}
	return write(w, http.StatusOK, map[string]string{"client_secret": secret.Reveal()})
}

type versionBody struct {
	Version    string `json:"version"`
	Scope      string `json:"scope"`
	AppURL     string `json:"app_url"`
	InstallURL string `json:"install_url"`
	EventURL   string `json:"event_url"`
}

func bodyOf(v *onevent.Version) versionBody {
	return versionBody{v.Text, strings.Join(v.Scope, ","), v.AppURL, v.InstallURL, v.EventURL}
}

func (s *server) showApplication(w http.ResponseWriter, r *http.Request) error {
	app, err := s.application(r)
	if err != nil {
		return err
	}
	return s.writeApplication(w, app)
}

func (s *server) changeApplication(w http.ResponseWriter, r *http.Request) error {
	app, err := s.application(r)
	if err != nil {
		return err
	}
	body, err := decode[struct {
		Name        *string        `json:"name"`
		RotateToken *string        `json:"rotate_application_token"`
		Delivery    deliveryChange `json:"delivery"`
	}](w, r)
	if err != nil {
		return err
	}
	app, err = s.Manager.ChangeApplication(r.Context(), app.ID, lifecycle.ApplicationChange{
		Name: body.Name, RotateToken: body.RotateToken, Delivery: lifecycle.DeliveryChange(body.Delivery),
	})
	if err != nil {
		return err
	}
	return s.writeApplication(w, app)
}

func (s *server) writeApplication(w http.ResponseWriter, app *onevent.Application) error {
	return write(w, http.StatusOK, s.applicationItemOf(app))
}

type applicationItem struct {
	ClientID    string                  `json:"client_id"`
	Name        string                  `json:"name"`
	Kind        string                  `json:"kind"`
	UI          bool                    `json:"ui"`
	Static      bool                    `json:"static"`
	RotateToken string                  `json:"rotate_application_token"`
	Delivery    onevent.DeliveryOptions `json:"delivery"`
	Versions    []versionBody           `json:"versions"`
}

func (s *server) applicationItemOf(app *onevent.Application) applicationItem {
	item := applicationItem{app.ClientID, app.Name, app.Kind, app.UI, app.Static,
		cmp.Or(app.RotateToken, onevent.RotateNever), app.Delivery, []versionBody{}}
	for _, v := range s.Directory.Versions(app.ID) {
		item.Versions = append(item.Versions, bodyOf(v))
	}
	return item
}

func (s *server) listApplications(w http.ResponseWriter, _ *http.Request) error {
	list := []applicationItem{}
	for _, app := range s.Directory.Applications() {
		list = append(list, s.applicationItemOf(app))
	}
	return write(w, http.StatusOK, map[string]any{"applications": list})
}

func (s *server) registerVersion(w http.ResponseWriter, r *http.Request) error {
	app, err := s.application(r)
	if err != nil {
		return err
	}
	body, err := decode[versionBody](w, r)
	if err != nil {
		return err
	}
	version, err := s.Manager.RegisterVersion(r.Context(), lifecycle.VersionRequest{
		Application: app, Version: body.Version, Scope: body.Scope,
		AppURL: body.AppURL, InstallURL: body.InstallURL, EventURL: body.EventURL,
	})
	if err != nil {
		return err
	}
	return write(w, http.StatusCreated, bodyOf(version))
}

func (s *server) install(w http.ResponseWriter, r *http.Request) error {
	portal, app, err := s.place(r)
	if err != nil {
		return err
	}
	body, err := decode[struct {
		Version  string         `json:"version"`
		UserID   onevent.UserID `json:"user_id"`
		Language string         `json:"language"`
		Status   string         `json:"status"`
	}](w, r)
	if err != nil {
		return err
	}
	done, err := s.Manager.Install(r.Context(), lifecycle.InstallRequest{
		Portal: portal, Application: app, Version: body.Version,
		User: body.UserID, Language: body.Language, Status: body.Status,
	})
	if err != nil {
		return err
	}
	status := http.StatusOK
	if done.New {
		status = http.StatusCreated
	}
	return s.writeInstalled(w, status, done)
}

func (s *server) finish(w http.ResponseWriter, r *http.Request) error {
	portal, app, err := s.place(r)
	if err != nil {
		return err
	}
	body, err := decode[struct {
		UserID onevent.UserID `json:"user_id"`
	}](w, r)
	if err != nil {
		return err
	}
	done, err := s.Manager.Finish(r.Context(), portal, app, body.UserID)
	if err != nil {
		return err
	}
	return s.writeInstalled(w, http.StatusOK, done)
}

// writeInstalled shows an installation with tokens of the user who made the
// change.
func (s *server) writeInstalled(w http.ResponseWriter, status int, done lifecycle.Installed) error {
	tokens, err := s.Manager.IssueTokens(done.Installation, done.User.ID)
	if err != nil {
		return err
	}
	return write(w, status, struct {
		Installed        bool   `json:"installed"`
		Status           string `json:"status"`
		Version          string `json:"version"`
		ApplicationToken string `json:"application_token"`
		AccessToken      string `json:"access_token"`
		RefreshToken     string `json:"refresh_token"`
		Expires          int64  `json:"expires"`
	}{
		done.Installation.Installed, done.Installation.Status, done.Version.Text,
		done.Installation.Secrets.ApplicationToken.Reveal(), tokens.Access, tokens.Refresh, tokens.Expires,
	})
}

func (s *server) showInstallation(w http.ResponseWriter, r *http.Request) error {
	portal, app, err := s.place(r)
	if err != nil {
		return err
	}
	inst := s.Directory.Standing(portal.ID, app.ID)
	if inst == nil {
		return errNotInstalled
	}
	return write(w, http.StatusOK, s.installationItemOf(portal, app, inst))
}

type installationItem struct {
	ClientID    string         `json:"client_id"`
	Installed   bool           `json:"installed"`
	Status      string         `json:"status"`
	Version     string         `json:"version"`
	Scope       string         `json:"scope"`
	Language    string         `json:"language"`
	InstalledBy onevent.UserID `json:"user_id"`
	paymentItem
}

func (s *server) installationItemOf(portal *onevent.Portal, app *onevent.Application, inst *directory.Installation) installationItem {
	return installationItem{
		app.ClientID, inst.Installed, inst.Status, s.Directory.Version(app.ID, inst.Version).Text,
		strings.Join(inst.Scope, ","), inst.Language, inst.InstalledBy, s.paymentItemOf(portal, inst),
	}
}

// listInstallations shows those that stand.
func (s *server) listInstallations(w http.ResponseWriter, r *http.Request) error {
	portal, err := s.portal(r)
	if err != nil {
		return err
	}
	list := []installationItem{}
	for _, inst := range s.Directory.Installations(portal.ID) {
		if inst.Active() {
			list = append(list, s.installationItemOf(portal, s.Directory.Application(inst.Application), inst))
		}
	}
	return write(w, http.StatusOK, map[string]any{"installations": list})
}

var errNotInstalled = notFound("the application is not installed on the portal")

func (s *server) uninstall(w http.ResponseWriter, r *http.Request) error {
	portal, app, err := s.place(r)
	if err != nil {
		return err
	}
	clean, err := flag(r, "clean")
	if err != nil {
		return err
	}
	if err := s.Manager.Uninstall(r.Context(), portal, app, clean); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (s *server) issueTokens(w http.ResponseWriter, r *http.Request) error {
	portal, app, err := s.place(r)
	if err != nil {
		return err
	}
	body, err := decode[struct {
		UserID onevent.UserID `json:"user_id"`
	}](w, r)
	if err != nil {
		return err
	}
	inst := s.Directory.Standing(portal.ID, app.ID)
	if inst == nil {
		return errNotInstalled
	}
	tokens, err := s.Manager.IssueTokens(inst, body.UserID)
	if err != nil {
		return err
	}
	return write(w, http.StatusCreated, tokensOf(tokens, body.UserID))
}

type tokenBody struct {
	AccessToken  string         `json:"access_token"`
	RefreshToken string         `json:"refresh_token"`
	Expires      int64          `json:"expires"`
	UserID       onevent.UserID `json:"user_id"`
}

func tokensOf(t oauth.Tokens, user onevent.UserID) tokenBody {
	return tokenBody{t.Access, t.Refresh, t.Expires, user}
}
