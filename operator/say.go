package operator

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/url"

	"github.com/onevent/onevent"
)

// say writes the line of the log. It names the portal as the management API does.
// URLs may hold secrets, so the destination is a number.
func (t *Teller) say(e onevent.OperatorEvent) {
	d := t.describe(e)
	attrs := []slog.Attr{
		slog.String("type", e.Type),
		slog.Time("at", e.Time),
		slog.String("portal", d.Portal),
		slog.Int64("destination", int64(d.Destination)),
		slog.Int64("handler", int64(d.Handler)),
		slog.String("verdict", string(d.Verdict)),
	}
	if d.Object != nil {
		attrs = append(attrs, slog.String("client_id", d.ClientID), slog.Int("count", d.Count),
			slog.Group("object", slog.String("type", d.Object.Type), slog.String("id", d.Object.ID)))
	}
	if n := t.unsent.Swap(0); n > 0 {
		attrs = append(attrs, slog.Int64("unsent", n))
	}
	t.Logger.LogAttrs(context.Background(), slog.LevelWarn, "operator event", attrs...)
	if t.Listen != nil {
		t.Listen(e)
	}
}

// description is the data of an event as the operator gets it. What is of no
// concern to it is left out.
type description struct {
	Portal      string                `json:"portal,omitempty"` // member_id
	Domain      string                `json:"domain,omitempty"`
	ClientID    string                `json:"client_id,omitempty"`
	Webhook     onevent.WebhookID     `json:"webhook,omitempty"` // an outgoing one
	Destination onevent.DestinationID `json:"destination,omitempty"`
	URL         string                `json:"url,omitempty"` // without what may be secret in it
	Handler     onevent.HandlerID     `json:"handler,omitempty"`
	Event       string                `json:"event,omitempty"` // which the handler is bound to
	Object      *object               `json:"object,omitempty"`
	Count       int                   `json:"count,omitempty"`
	Verdict     onevent.Verdict       `json:"verdict,omitempty"`
	Text        string                `json:"text"`
}

type object struct {
	Type string `json:"type"`
	ID   string `json:"id"`
}

func (t *Teller) data(e onevent.OperatorEvent) []byte {
	data, err := json.Marshal(t.describe(e))
	if err != nil {
		panic(err) // texts and numbers always marshal
	}
	return data
}

func (t *Teller) describe(e onevent.OperatorEvent) description {
	d := description{Destination: e.Destination, Handler: e.Handler, Verdict: e.Verdict, Count: e.Count, Text: Text(e)}
	if p := t.Directory.Portal(e.Portal); p != nil {
		d.Portal, d.Domain = p.MemberID, p.Domain
	}
	if h := t.Directory.Handler(e.Handler); h != nil {
		d.Event = h.Event
	}
	owner := onevent.Owner{Installation: e.Installation}
	if to := t.Directory.Destination(e.Destination); to != nil {
		d.URL, owner = visible(to.URL), to.Owner
	}
	d.Webhook = owner.Webhook
	if app := t.Directory.ApplicationOf(owner); app != nil {
		d.ClientID = app.ClientID
	}
	if !e.Object.IsZero() {
		d.Object = &object{e.Object.Type, e.Object.ID}
	}
	return d
}

// visible is a URL as far as its path: a query, a user or a password may be secret.
func visible(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return ""
	}
	return u.Scheme + "://" + u.Host + u.EscapedPath()
}

// Text says in a sentence what happened, and in another what to do.
func Text(e onevent.OperatorEvent) string {
	switch e.Type {
	case onevent.OperatorHandlerDisabled:
		why := "It answered 410"
		if e.Verdict == onevent.VerdictNoSuccess {
			why = "Nothing that was sent to it succeeded in five days and twenty attempts"
		}
		return why + ", so the handler is disabled and its events wait until their deadline. " +
			"Tell who runs it: event.bind enables it again, and so does POST /admin/v1/portals/{member_id}/handlers/{id}/enable."
	case onevent.OperatorBacklogFull:
		return "As many deliveries wait for the destination as may, so further events are not kept for it. " +
			"Tell who runs it that it is too slow or away; limits.backlog says how many may wait."
	case onevent.OperatorBacklogLate:
		return "Deliveries to the destination are due and go out late. " +
			"Look at its condition among the portal's destinations, and at the load of the server."
	case onevent.OperatorDiskLow:
		return "The disk of the store is nearly full: below store.reserve nothing new is stored. " +
			"Free space, or give the store a larger disk."
	case onevent.OperatorLooping:
		return fmt.Sprintf("The application changed one object %d times within a minute with its tokens, and may be answering its own events. "+
			"Tell its developer; a rate of its deliveries slows it down.", e.Count)
	}
	return e.Type + "."
}
