package explain

import "github.com/onevent/onevent"

// words say what a verdict means and what to do about it.
type words struct{ what, do string }

// sentences are the words of every verdict.
var sentences = map[onevent.Verdict]words{
	onevent.VerdictNotInstalled: {"the application's installer had not finished",
		"Let the installer call installFinish, or POST .../installations/CLIENT_ID/finish; later events are then sent."},
	onevent.VerdictNotActive: {"the application's payment had expired",
		"Renew it; later events are then sent."},
	onevent.VerdictNoScope: {"the installation lacks the event's scope",
		"Update the application to a version with that scope; later events are then sent."},
	onevent.VerdictNoAccess: {"the handler's user, or else the event's, may not read the object",
		"Give the user the right to read it, or bind the handler with auth_type of a user who may."},
	onevent.VerdictLoop: {"the event is eight steps deep in a chain of events that cause events",
		"Look for a handler that changes what it is told of, and have it leave its own changes alone."},
	onevent.VerdictBacklogFull: {"as many deliveries as may wait for the destination did wait",
		"Look at the receiver; later events are kept again when there is room. limits.backlog says how many may wait."},
	onevent.VerdictOffline: {"the handler belongs to the pull queue",
		"Nothing is sent to such handlers; bind a URL to be called."},
	onevent.VerdictUnbound: {"the handler was unbound while it waited",
		"Bind it again by event.bind, if later events are wanted."},
	onevent.VerdictUpdated: {"the application was updated while it waited, which ends its handlers",
		"The new version binds anew by event.bind; look whether it has."},
	onevent.VerdictUninstalled: {"the application was uninstalled while it waited",
		"Install it again, if later events are wanted."},
	onevent.VerdictUserInactive: {"the handler's user was dismissed",
		"Bind the handler with auth_type of an active user, or let the user come back."},
	onevent.VerdictExpired: {"its deadline passed before an attempt succeeded",
		"Look at the answers of its attempts; the option deadline of the destination gives more time."},
	onevent.VerdictExhausted: {"its retries are used up and none succeeded",
		"Look at the answers of its attempts; the option retry of the destination gives more of them."},
	onevent.VerdictCancelled: {"the operator cancelled it while it waited",
		"Replay it, if it is wanted after all."},
	onevent.VerdictWaiting: {"it waits: there is nothing to repeat yet",
		"Wait for its outcome, or cancel it first."},
	onevent.VerdictReplayed: {"another delivery repeats it already",
		"Look at that one, or ask with again."},
	onevent.VerdictServed: {"the handler had a delivery of the event",
		"Replay that delivery, or ask with again."},
	onevent.VerdictHandlerEnded: {"its handler has ended, and no other one leads from its event to its URL",
		"Bind one by event.bind, then replay it."},
	onevent.VerdictSettled: {"it waits no more",
		"Nothing is left to be cancelled."},
	onevent.VerdictGone: {"the receiver answered 410",
		"Bind the handler again, or POST .../handlers/ID/enable; what waits is sent then."},
	onevent.VerdictNoSuccess: {"nothing succeeded at its destination in five days and twenty attempts",
		"Mend the receiver, then bind the handler again, or POST .../handlers/ID/enable; what waits is sent then."},
}

// sentencesOfWebhooks are the words where the handler is an outgoing webhook's and
// they are others.
var sentencesOfWebhooks = map[onevent.Verdict]words{
	onevent.VerdictNoAccess: {"the webhook's creator may not read the object",
		"Give him the right to read it, or make the webhook anew as a user who may."},
	onevent.VerdictUnbound: {"the webhook was ended while it waited",
		"Make another one by POST .../webhooks/outgoing, if later events are wanted."},
	onevent.VerdictUserInactive: {"the webhook's creator was dismissed",
		"Make the webhook anew as an active user, or let its creator come back."},
	onevent.VerdictHandlerEnded: {"its webhook has ended",
		"Make another one; a replay of the event brings it there."},
	onevent.VerdictGone: {"the receiver answered 410",
		"POST .../handlers/ID/enable; what waits is sent then."},
	onevent.VerdictNoSuccess: {"nothing succeeded at its destination in five days and twenty attempts",
		"Mend the receiver, then POST .../handlers/ID/enable; what waits is sent then."},
}

// Meaning is a verdict in words: what it means, and what to do. Both are empty
// for one that is not known.
func Meaning(v onevent.Verdict) (what, do string) {
	w := sentences[v]
	return w.what, w.do
}

// Known says whether there is such a verdict.
func Known(v onevent.Verdict) bool {
	_, ok := sentences[v]
	return ok
}

// because words a verdict behind what happened; h is the handler, nil when it is known
// no more.
func because(happened string, v onevent.Verdict, h *onevent.Handler) string {
	w, ok := sentences[v]
	if h != nil && h.Owner.Webhook != 0 {
		if own, differs := sentencesOfWebhooks[v]; differs {
			w, ok = own, true
		}
	}
	if !ok {
		return happened + " (" + string(v) + ")."
	}
	return happened + " (" + string(v) + "): " + w.what + ". " + w.do
}
