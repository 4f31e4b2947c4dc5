package publish

import "github.com/onevent/onevent"

// judge decides for one event which handlers it is for. A user's right to read
// the object is asked once.
type judge struct {
	p      *Publisher
	tx     onevent.RecordReader
	r      *Raised
	event  *onevent.Event
	find   installations
	access map[onevent.UserID]Access
}

// verdict is empty for a handler that is to be served.
func (j *judge) verdict(h *onevent.Handler) (onevent.Verdict, error) {
	if h.Owner.Webhook == 0 {
		if v := j.application(h); v != "" {
			return v, nil
		}
	}
	if h.Offline {
		return onevent.VerdictOffline, nil
	}
	if j.event.Chain.Depth > MaxDepth {
		return onevent.VerdictLoop, nil
	}
	if v, err := j.reader(h); v != "" || err != nil {
		return v, err
	}
	if j.event.Object.Type != onevent.LifecycleObject && j.p.Queue.Full(h.Destination) {
		return onevent.VerdictBacklogFull, nil
	}
	return "", nil
}

func (j *judge) application(h *onevent.Handler) onevent.Verdict {
	inst := j.find(h.Portal, h.Owner.Installation)
	switch {
	case inst == nil || !inst.Active() || !inst.Installed:
		return onevent.VerdictNotInstalled
	case inst.Expired && !j.r.Event.Global():
		return onevent.VerdictNotActive
	case !j.r.Event.AllowedBy(inst.Scope):
		return onevent.VerdictNoScope
	}
	return ""
}

// reader asks for the handler's user, or else the actor. An actor who was
// dismissed meanwhile gets no tokens, but a handler's own user must be active.
func (j *judge) reader(h *onevent.Handler) (onevent.Verdict, error) {
	id := h.User
	if id == 0 {
		id = j.event.Actor
	}
	if id == 0 {
		return "", nil
	}
	user := j.p.Directory.User(j.event.Portal, id)
	if h.User != 0 && (user == nil || !user.Active) {
		return onevent.VerdictUserInactive, nil
	}
	if user == nil {
		return "", nil
	}
	access, err := j.mayRead(user)
	if err != nil || access != AccessDenied {
		return "", err
	}
	return onevent.VerdictNoAccess, nil
}

func (j *judge) mayRead(user *onevent.User) (Access, error) {
	guard := j.p.Guards[j.event.Object.Type]
	if guard == nil || j.event.Object.IsZero() || j.r.Portal.Settings.NoAccessCheck {
		return AccessUnknown, nil
	}
	if a, asked := j.access[user.ID]; asked {
		return a, nil
	}
	a, err := guard.MayRead(j.tx, j.r.Portal, user, j.event.Object.ID)
	if err != nil {
		return AccessUnknown, err
	}
	if j.access == nil {
		j.access = map[onevent.UserID]Access{}
	}
	j.access[user.ID] = a
	return a, nil
}
