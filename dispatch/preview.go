package dispatch

import (
	"strconv"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/catalog"
	"github.com/onevent/onevent/egress"
	"github.com/onevent/onevent/oauth"
	"github.com/onevent/onevent/wire"
)

// struckOut stands where a token is sent.
const struckOut = "***"

// Preview renders the request of a delivery as it is, or was, made at a moment,
// with *** in place of every token and secret and without signatures. No token is
// minted. The handler, its owner and its user are those of now; false: they
// are known no more.
func (e *Engine) Preview(event *onevent.Event, d *onevent.Delivery, at time.Time) (egress.Request, bool) {
	to, ok := e.addressee(event, d)
	if !ok {
		return egress.Request{}, false
	}
	entry, form := (&content{Event: event}).encoded(func(string) string { return struckOut })
	if entry == nil {
		return egress.Request{}, false
	}
	body := wire.Body{Event: event.Code, HandlerID: int64(d.Handler), Data: form, TS: at.Unix(), Auth: e.redactedAuth(to, entry, at)}
	header := [][2]string{
		{"Webhook-Id", strconv.FormatInt(int64(d.ID), 10)},
		{"Webhook-Timestamp", strconv.FormatInt(at.Unix(), 10)},
		{"Onevent-Event-Time", strconv.FormatInt(event.Time.Unix(), 10)},
	}
	if d.ReplayOf != 0 {
		header = append(header, [2]string{replayHeader, repeated(d.ReplayOf, event.ID)})
	}
	return egress.Request{
		URL:         to.handler.URL,
		ContentType: "application/x-www-form-urlencoded",
		Header:      header,
		Body:        wire.RedactForm(body.Append(nil)),
	}, true
}

func (e *Engine) addressee(event *onevent.Event, d *onevent.Delivery) (recipient, bool) {
	h := e.Directory.Handler(d.Handler)
	if h == nil {
		return recipient{}, false
	}
	to, known := e.owner(h)
	id := h.User
	if id == 0 {
		id = event.Actor
	}
	if user := e.Directory.User(h.Portal, id); user != nil && user.Active {
		to.user = user
	}
	return to, known
}

func (e *Engine) redactedAuth(to recipient, entry *catalog.Event, at time.Time) wire.Auth {
	a := e.authWithoutTokens(to, entry)
	a.ApplicationToken = struckOut
	if a.Bare || to.user == nil {
		return a
	}
	a.AccessToken, a.UserID = struckOut, int64(to.user.ID)
	a.Expires, a.ExpiresIn = at.Add(oauth.AccessLife).Unix(), int64(oauth.AccessLife/time.Second)
	if refreshes(to, entry) {
		a.RefreshToken = struckOut
	}
	return a
}
