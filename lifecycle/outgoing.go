package lifecycle

import (
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/catalog"
	"github.com/onevent/onevent/directory"
	"github.com/onevent/onevent/egress"
	"github.com/onevent/onevent/signature"
)

// MaxWebhookEvents is how many events an outgoing webhook may have at most.
const MaxWebhookEvents = 100

// OutgoingRequest describes an outgoing webhook to be made.
type OutgoingRequest struct {
	URL     string   // where all its events go; absolute, http or https
	Events  []string // codes in any letter case, each once, 1 to MaxWebhookEvents
	User    onevent.UserID
	Name    string // perhaps empty
	Options onevent.DeliveryOptions
}

// CreateOutgoingWebhook makes an outgoing webhook, with one handler for each event and
// one destination for all of them. Its user is an active one, 0 the portal's first
// administrator: by his rights it is judged. docs/protocol/events.md section 9.
func (m *Manager) CreateOutgoingWebhook(ctx context.Context, portal *onevent.Portal, r OutgoingRequest) (*directory.OutgoingWebhook, error) {
	codes, err := checkOutgoing(r)
	if err != nil {
		return nil, err
	}
	defer m.lock(portal.ID)()
	user, err := m.creator(portal.ID, r.User)
	if err != nil {
		return nil, err
	}
	row := directory.OutgoingWebhook{
		OutgoingWebhook: onevent.OutgoingWebhook{Portal: portal.ID, User: user.ID, Name: r.Name, Created: m.Clock.Now()},
		Secrets:         onevent.InstallationSecrets{ApplicationToken: newWebhookToken(), SigningSecret: signature.New()},
	}
	err = m.Store.Update(ctx, func(tx onevent.Tx) error { return m.putNewOutgoing(tx, &row, r, codes) })
	if err != nil {
		return nil, err
	}
	return m.Directory.OutgoingWebhook(portal.ID, row.ID), nil
}

func (m *Manager) creator(portal onevent.PortalID, id onevent.UserID) (*onevent.User, error) {
	if id == 0 {
		return m.administrator(portal, 0)
	}
	return m.activeUser(portal, id)
}

// checkOutgoing judges a request and gives the codes of its events. The URL needs no
// dot, as event.bind asks for.
func checkOutgoing(r OutgoingRequest) ([]string, error) {
	if err := egress.CheckURL(r.URL, false); err != nil {
		return nil, onevent.Errorf(onevent.CodeInvalid, "url: %w", err)
	}
	if utf8.RuneCountInString(r.Name) > maxName {
		return nil, invalid("name must have at most %d characters", maxName)
	}
	if err := r.Options.Check(); err != nil {
		return nil, onevent.Errorf(onevent.CodeInvalid, "options.%w", err)
	}
	return webhookEvents(r.Events)
}

func webhookEvents(names []string) ([]string, error) {
	if len(names) == 0 || len(names) > MaxWebhookEvents {
		return nil, invalid("events must name 1 to %d events", MaxWebhookEvents)
	}
	var codes []string
	for _, name := range names {
		event, known := catalog.Lookup(name)
		switch {
		case !known:
			return nil, invalid("unknown event %q", name)
		case event.Global() || strings.HasPrefix(event.Code, "ONAPP"):
			return nil, invalid("%s is not for outgoing webhooks: it concerns one application alone", event.Code)
		case slices.Contains(codes, event.Code):
			return nil, invalid("%s comes more than once", event.Code)
		}
		codes = append(codes, event.Code)
	}
	return codes, nil
}

// newWebhookToken is "32 random characters"; docs/protocol/events.md section 3.6.
func newWebhookToken() onevent.Secret {
	return onevent.Secret(onevent.RandomText(32, onevent.LowerAlnum))
}

func (m *Manager) putNewOutgoing(tx onevent.Tx, row *directory.OutgoingWebhook, r OutgoingRequest, codes []string) error {
	id, err := tx.NextID("outgoing_webhook")
	if err != nil {
		return err
	}
	row.ID = onevent.WebhookID(id)
	if err := m.Directory.PutOutgoingWebhook(tx, *row); err != nil {
		return err
	}
	dest, err := m.Directory.FindDestination(tx, onevent.Destination{
		Portal: row.Portal, Owner: row.Owner(), URL: r.URL, Options: r.Options, Created: row.Created,
	})
	if err != nil {
		return err
	}
	for _, code := range codes {
		if err := m.putWebhookHandler(tx, row, &dest, code); err != nil {
			return err
		}
	}
	return nil
}

func (m *Manager) putWebhookHandler(tx onevent.Tx, row *directory.OutgoingWebhook, dest *onevent.Destination, code string) error {
	id, err := tx.NextID("handler")
	if err != nil {
		return err
	}
	return m.Directory.PutHandler(tx, onevent.Handler{
		ID: onevent.HandlerID(id), Portal: row.Portal, Owner: row.Owner(), Event: code, URL: dest.URL, User: row.User,
		Destination: dest.ID, Created: row.Created,
	})
}

// EndOutgoingWebhook ends an outgoing webhook and its handlers; what waits for them is
// cancelled with the verdict unbound before it returns. CodeConflict: it has ended.
func (m *Manager) EndOutgoingWebhook(ctx context.Context, portal onevent.PortalID, id onevent.WebhookID) error {
	ended, err := m.endOutgoing(ctx, portal, id)
	if err != nil {
		return err
	}
	return m.Publisher.CancelRest(context.WithoutCancel(ctx), m.Store, ended, onevent.VerdictUnbound)
}

func (m *Manager) endOutgoing(ctx context.Context, portal onevent.PortalID, id onevent.WebhookID) (ended []onevent.Handler, err error) {
	defer m.lock(portal)()
	row, err := m.standingWebhook(portal, id)
	if err != nil {
		return nil, err
	}
	row.Ended = m.Clock.Now()
	err = m.Store.Settle(ctx, func(tx onevent.Tx) error {
		ended = nil
		for _, h := range m.Directory.HandlersOf(portal, row.Owner()) {
			ended = append(ended, *h)
		}
		if err := m.Directory.PutOutgoingWebhook(tx, row); err != nil {
			return err
		}
		return m.Publisher.End(tx, ended, onevent.VerdictUnbound)
	})
	return ended, err
}

// RenewWebhookToken gives an outgoing webhook another application_token, which every
// attempt from then on carries.
func (m *Manager) RenewWebhookToken(ctx context.Context, portal onevent.PortalID, id onevent.WebhookID) (*directory.OutgoingWebhook, error) {
	return m.changeWebhook(ctx, portal, id, func(s *onevent.InstallationSecrets) { s.ApplicationToken = newWebhookToken() })
}

// RotateWebhookSecret gives an outgoing webhook another signing secret, as
// RotateSigningSecret does an installation.
func (m *Manager) RotateWebhookSecret(ctx context.Context, portal onevent.PortalID, id onevent.WebhookID, overlap int64) (*directory.OutgoingWebhook, error) {
	if err := checkOverlap(overlap); err != nil {
		return nil, err
	}
	return m.changeWebhook(ctx, portal, id, func(s *onevent.InstallationSecrets) { *s = rotated(*s, overlap, m.Clock.Now()) })
}

func (m *Manager) changeWebhook(ctx context.Context, portal onevent.PortalID, id onevent.WebhookID, change func(*onevent.InstallationSecrets)) (*directory.OutgoingWebhook, error) {
	defer m.lock(portal)()
	row, err := m.standingWebhook(portal, id)
	if err != nil {
		return nil, err
	}
	change(&row.Secrets)
	err = m.Store.Update(ctx, func(tx onevent.Tx) error { return m.Directory.PutOutgoingWebhook(tx, row) })
	return &row, err
}

// standingWebhook copies a webhook that may be changed. The portal is locked.
func (m *Manager) standingWebhook(portal onevent.PortalID, id onevent.WebhookID) (directory.OutgoingWebhook, error) {
	w := m.Directory.OutgoingWebhook(portal, id)
	switch {
	case w == nil:
		return directory.OutgoingWebhook{}, notFound("the portal has no outgoing webhook %d", id)
	case !w.Stands():
		return directory.OutgoingWebhook{}, onevent.Errorf(onevent.CodeConflict, "outgoing webhook %d has ended: make another one", id)
	}
	return *w, nil
}
