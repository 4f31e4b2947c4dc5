package explain

import (
	"strings"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/catalog"
	"github.com/onevent/onevent/directory"
)

// nobody says why an event met no handler, and what each application on the
// portal could do.
func (x *Explainer) nobody(e *onevent.Event) (string, []Application) {
	text := "Nobody was told: no handler of " + e.Code + " was bound on this portal when it happened."
	if isOfOne(e) {
		return "Nobody was told: " + e.Code + " concerns one application alone, and that had no handler of it.", nil
	}
	var all []Application
	for _, inst := range x.Directory.Installations(e.Portal) {
		app := x.Directory.Application(inst.Application)
		if inst.Active() && app != nil {
			all = append(all, Application{ClientID: app.ClientID, Name: app.Name, Text: x.couldBind(e, inst)})
		}
	}
	if all == nil {
		return text + " No application is installed here: install one and let it call event.bind, or make an outgoing webhook.", nil
	}
	return text, all
}

func (x *Explainer) couldBind(e *onevent.Event, inst *directory.Installation) string {
	entry, known := catalog.Lookup(e.Code)
	switch {
	case !known:
		return "This event is not in the catalogue, so nothing can be bound to it."
	case !entry.AllowedBy(inst.Scope):
		return "It has no handler of this event, and may not bind one: it needs scope " + strings.Join(entry.Scopes, " or ") + " and has " + scopeOf(inst) + ". Update it to a version with that scope, then let it call event.bind."
	case x.hasBound(e, inst):
		return "It has bound a handler of this event since: it gets what happens from then on."
	case !inst.Installed:
		return "Its installer has not finished, so it has no handlers. Let it call installFinish, or finish it by the management API."
	case inst.Expired && !entry.Global():
		return "It has no handler of this event, and its payment has expired. Renew it, then let it call event.bind."
	}
	return "It has no handler of this event and may bind one: event.bind with event=" + e.Code + " and handler=URL."
}

func (x *Explainer) hasBound(e *onevent.Event, inst *directory.Installation) bool {
	for _, h := range x.Directory.Handlers(e.Portal, e.Code) {
		if h.Owner.Installation == inst.ID {
			return true
		}
	}
	return false
}

func scopeOf(inst *directory.Installation) string {
	if len(inst.Scope) == 0 {
		return "none"
	}
	return strings.Join(inst.Scope, ",")
}
