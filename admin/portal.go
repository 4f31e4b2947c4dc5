package admin

import (
	"cmp"
	"net/http"
	"strings"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/lifecycle"
)

type userBody struct {
	Email    string `json:"email"`
	Password string `json:"password"`
	Name     string `json:"name"`
	LastName string `json:"last_name"`
	TimeZone string `json:"time_zone"`
}

func (b userBody) request() lifecycle.UserRequest {
	return lifecycle.UserRequest{
		Email: b.Email, Password: onevent.Secret(b.Password),
		Name: b.Name, LastName: b.LastName, TimeZone: b.TimeZone,
	}
}

func (s *server) createPortal(w http.ResponseWriter, r *http.Request) error {
	body, err := decode[struct {
		Domain    string                 `json:"domain"`
		PublicURL string                 `json:"public_url"`
		Language  string                 `json:"language"`
		TimeZone  string                 `json:"time_zone"`
		Settings  onevent.PortalSettings `json:"settings"`
		Admin     userBody               `json:"admin"`
	}](w, r)
	if err != nil {
		return err
	}
	portal, user, err := s.Manager.CreatePortal(r.Context(), lifecycle.PortalRequest{
		Domain: body.Domain, PublicURL: body.PublicURL, Language: body.Language,
		TimeZone: body.TimeZone, Settings: body.Settings, Admin: body.Admin.request(),
	})
	if err != nil {
		return err
	}
	return write(w, http.StatusCreated, map[string]any{"member_id": portal.MemberID, "user_id": user.ID})
}

type portalItem struct {
	MemberID  string         `json:"member_id"`
	Domain    string         `json:"domain"`
	PublicURL string         `json:"public_url"`
	Formerly  []string       `json:"formerly"`
	Language  string         `json:"language"`
	TimeZone  string         `json:"time_zone"`
	Settings  portalSettings `json:"settings"`
}

// portalSettings shows every setting, those at their default too.
type portalSettings struct {
	RefreshToken   string  `json:"events.refresh_token"`
	NoAccessCheck  bool    `json:"events.no_access_check"`
	RateBurst      int     `json:"rest.rate_burst"`
	RatePerSecond  float64 `json:"rest.rate_per_second"`
	OperatingLimit int     `json:"rest.operating_limit"`
	EventRate      float64 `json:"events.rate"`
	EventBurst     int     `json:"events.burst"`
	RevokeReused   bool    `json:"oauth.revoke_reused"`

	ConfirmMethods []string `json:"rest.confirm_methods"`
}

func portalItemOf(p *onevent.Portal) portalItem {
	settings := portalSettings(p.Settings)
	settings.RefreshToken = cmp.Or(settings.RefreshToken, onevent.RefreshTokenDocumented)
	settings.ConfirmMethods = append([]string{}, settings.ConfirmMethods...)
	formerly := append([]string{}, p.Formerly...)
	return portalItem{p.MemberID, p.Domain, p.PublicURL, formerly, p.Language, p.TimeZone, settings}
}

func (s *server) listPortals(w http.ResponseWriter, _ *http.Request) error {
	list := []portalItem{}
	for _, p := range s.Directory.Portals() {
		list = append(list, portalItemOf(p))
	}
	return write(w, http.StatusOK, map[string]any{"portals": list})
}

type portalChange struct {
	Domain    *string `json:"domain"`
	PublicURL *string `json:"public_url"`
	Language  *string `json:"language"`
	TimeZone  *string `json:"time_zone"`
	Settings  struct {
		RefreshToken   *string  `json:"events.refresh_token"`
		NoAccessCheck  *bool    `json:"events.no_access_check"`
		RateBurst      *int     `json:"rest.rate_burst"`
		RatePerSecond  *float64 `json:"rest.rate_per_second"`
		OperatingLimit *int     `json:"rest.operating_limit"`
		EventRate      *float64 `json:"events.rate"`
		EventBurst     *int     `json:"events.burst"`
		RevokeReused   *bool    `json:"oauth.revoke_reused"`

		ConfirmMethods *[]string `json:"rest.confirm_methods"`
	} `json:"settings"`
}

func (b portalChange) change() lifecycle.PortalChange {
	return lifecycle.PortalChange{
		Domain: b.Domain, PublicURL: b.PublicURL, Language: b.Language, TimeZone: b.TimeZone,
		RefreshToken: b.Settings.RefreshToken, NoAccessCheck: b.Settings.NoAccessCheck,
		RateBurst: b.Settings.RateBurst, RatePerSecond: b.Settings.RatePerSecond, OperatingLimit: b.Settings.OperatingLimit,
		EventRate: b.Settings.EventRate, EventBurst: b.Settings.EventBurst, RevokeReused: b.Settings.RevokeReused,
		ConfirmMethods: b.Settings.ConfirmMethods,
	}
}

func (s *server) changePortal(w http.ResponseWriter, r *http.Request) error {
	portal, err := s.portal(r)
	if err != nil {
		return err
	}
	body, err := decode[portalChange](w, r)
	if err != nil {
		return err
	}
	portal, err = s.Manager.ChangePortal(r.Context(), portal.ID, body.change())
	if err != nil {
		return err
	}
	return write(w, http.StatusOK, portalItemOf(portal))
}

type userItem struct {
	UserID   onevent.UserID `json:"user_id"`
	Email    string         `json:"email"`
	Name     string         `json:"name"`
	LastName string         `json:"last_name"`
	Admin    bool           `json:"admin"`
	Active   bool           `json:"active"`
}

func itemOf(u *onevent.User) userItem {
	return userItem{u.ID, u.Email, u.Name, u.LastName, u.Admin, u.Active}
}

func (s *server) listUsers(w http.ResponseWriter, r *http.Request) error {
	portal, err := s.portal(r)
	if err != nil {
		return err
	}
	list := []userItem{}
	for _, u := range s.Directory.Users(portal.ID) {
		list = append(list, itemOf(u))
	}
	return write(w, http.StatusOK, map[string]any{"users": list})
}

func (s *server) createUser(w http.ResponseWriter, r *http.Request) error {
	portal, err := s.portal(r)
	if err != nil {
		return err
	}
	body, err := decode[struct {
		userBody
		Admin bool `json:"admin"`
	}](w, r)
	if err != nil {
		return err
	}
	request := body.request()
	request.Admin = body.Admin
	user, err := s.Manager.CreateUser(r.Context(), portal.ID, request)
	if err != nil {
		return err
	}
	return write(w, http.StatusCreated, map[string]any{"user_id": user.ID})
}

func (s *server) changeUser(w http.ResponseWriter, r *http.Request) error {
	portal, err := s.portal(r)
	if err != nil {
		return err
	}
	id, err := parseID("user_id", r.PathValue("user_id"))
	if err != nil {
		return err
	}
	body, err := decode[struct {
		Active   *bool   `json:"active"`
		Admin    *bool   `json:"admin"`
		Email    *string `json:"email"`
		Password *string `json:"password"`
		Name     *string `json:"name"`
		LastName *string `json:"last_name"`
		TimeZone *string `json:"time_zone"`
	}](w, r)
	if err != nil {
		return err
	}
	user, err := s.Manager.ChangeUser(r.Context(), portal.ID, onevent.UserID(id),
		lifecycle.UserChange{Active: body.Active, Admin: body.Admin, Email: body.Email, Password: (*onevent.Secret)(body.Password),
			Name: body.Name, LastName: body.LastName, TimeZone: body.TimeZone})
	if err != nil {
		return err
	}
	return write(w, http.StatusOK, itemOf(user))
}

func (s *server) createIncomingWebhook(w http.ResponseWriter, r *http.Request) error {
	portal, err := s.portal(r)
	if err != nil {
		return err
	}
	body, err := decode[struct {
		UserID onevent.UserID `json:"user_id"`
		Scope  string         `json:"scope"`
	}](w, r)
	if err != nil {
		return err
	}
	hook, code, err := s.Manager.CreateIncomingWebhook(r.Context(), portal.ID, body.UserID, body.Scope)
	if err != nil {
		return err
	}
	url := strings.Join([]string{portal.PublicURL, "rest", formatID(hook.User), code.Reveal(), ""}, "/")
	return write(w, http.StatusCreated, map[string]any{"id": formatID(hook.ID), "code": code.Reveal(), "url": url})
}
