package dispatch

import (
	"strings"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/catalog"
	"github.com/onevent/onevent/directory"
	"github.com/onevent/onevent/oauth"
	"github.com/onevent/onevent/signature"
	"github.com/onevent/onevent/wire"
)

// usualBody is room for all of a body but its data.
const usualBody = 1024

// recipient is who a delivery goes to, as the directory has it at the attempt: an
// installation or an outgoing webhook.
type recipient struct {
	portal       *onevent.Portal
	handler      *onevent.Handler
	installation *directory.Installation
	webhook      *directory.OutgoingWebhook
	user         *onevent.User // whose tokens are sent; nil: none
}

// owner finds whose handler it is; false: it is known no more.
func (e *Engine) owner(h *onevent.Handler) (to recipient, known bool) {
	to = recipient{portal: e.Directory.Portal(h.Portal), handler: h}
	if h.Owner.Webhook != 0 {
		to.webhook = e.Directory.OutgoingWebhook(h.Portal, h.Owner.Webhook)
		return to, to.webhook != nil
	}
	to.installation = e.Directory.Installation(h.Portal, h.Owner.Installation)
	return to, to.installation != nil
}

// secrets are those of the owner, with what signs by them.
func (to recipient) secrets() (onevent.InstallationSecrets, *signature.Signer) {
	if to.webhook != nil {
		return to.webhook.Secrets, &to.webhook.Signer
	}
	return to.installation.Secrets, &to.installation.Signer
}

// render makes the body of one attempt: `ts` and tokens are of now.
// docs/protocol/events.md sections 2.2 and 3. Each attempt has a body of its
// own, as a connection may go on reading it after the attempt has ended. The
// tokens in it are returned beside it.
func (e *Engine) render(to recipient, c *content, now time.Time) ([]byte, tokens) {
	entry, form := c.encoded(e.openSecret)
	auth := e.auth(to, entry, c.Chain)
	body := wire.Body{
		Event:     c.Code,
		HandlerID: int64(to.handler.ID),
		Data:      form,
		TS:        now.Unix(),
		Auth:      auth,
	}.Append(make([]byte, 0, len(form)+usualBody))
	return body, tokens{auth.AccessToken, auth.RefreshToken, auth.ApplicationToken, c.secret}
}

// openSecret gives nothing for what another server's key sealed: the handler is told
// the rest.
func (e *Engine) openSecret(sealed string) string {
	secret, err := e.Authority.Ring.OpenText(catalog.SecretPurpose, sealed)
	if err != nil {
		return ""
	}
	return secret
}

func (e *Engine) auth(to recipient, entry *catalog.Event, chain onevent.Chain) wire.Auth {
	a := e.authWithoutTokens(to, entry)
	if !a.Bare && to.user != nil {
		e.addTokens(&a, to, entry, chain)
	}
	return a
}

func (e *Engine) authWithoutTokens(to recipient, entry *catalog.Event) wire.Auth {
	at := e.Addresses.Endpoints(to.portal, to.handler.Base)
	secrets, _ := to.secrets()
	a := wire.Auth{
		Domain:           at.Domain(),
		ServerEndpoint:   at.Server,
		ClientEndpoint:   at.Client,
		MemberID:         to.portal.MemberID,
		ApplicationToken: secrets.ApplicationToken.Reveal(),
		Bare:             to.webhook != nil || isBare(entry, to.user),
	}
	if a.Bare {
		return a
	}
	a.Scope = strings.Join(to.installation.Scope, ",")
	a.Status = to.installation.Status
	return a
}

// isBare says that an application gets only the five keys without scope and status.
func isBare(entry *catalog.Event, user *onevent.User) bool {
	return entry.Tokens == catalog.TokensNone || (entry.Code == "ONAPPPAYMENT" && user == nil)
}

func (e *Engine) addTokens(a *wire.Auth, to recipient, entry *catalog.Event, chain onevent.Chain) {
	t := e.Authority.Mint(oauth.Grant{
		Installation: to.installation,
		User:         to.user,
		Chain:        chain,
		Refresh:      refreshes(to, entry),
	})
	a.AccessToken, a.RefreshToken, a.Expires = t.Access, t.Refresh, t.Expires
	a.ExpiresIn = int64(oauth.AccessLife / time.Second)
	a.UserID = int64(to.user.ID)
}

// refreshes says that a refresh token goes with the access token.
func refreshes(to recipient, entry *catalog.Event) bool {
	return entry.Tokens == catalog.TokensRefresh || to.portal.Settings.RefreshToken == onevent.RefreshTokenAlways
}
