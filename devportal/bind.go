package devportal

import (
	"context"
	"slices"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/directory"
	"github.com/onevent/onevent/rest"
	"github.com/onevent/onevent/wire"
)

// unbound are listed by the method events, but not for a handler to be bound
// by: the platform sends the first itself, the second tells of a pull queue.
var unbound = []string{installEvent, "ONOFFLINEEVENT"}

const installEvent = "ONAPPINSTALL"

// bindAll binds a URL, in actor mode, to all that an application may bind, as
// far as it is not bound yet, by the methods that the application itself would
// call. It returns to how many events the URL is bound.
func (s *seeder) bindAll(ctx context.Context, inst *directory.Installation, url string) (int, error) {
	codes, err := s.call(ctx, inst, "events", wire.Map())
	if err != nil {
		return 0, err
	}
	bound := s.boundTo(inst, url)
	for _, code := range codes.([]string) {
		if bound[code] || slices.Contains(unbound, code) {
			continue
		}
		params := wire.Map(wire.F("event", wire.String(code)), wire.F("handler", wire.String(url)))
		if _, err := s.call(ctx, inst, "event.bind", params); err != nil {
			return 0, err
		}
	}
	return len(s.boundTo(inst, url)), nil
}

// boundTo are the events of the handlers in actor mode that lead to a URL. That
// of the platform is none of them.
func (s *seeder) boundTo(inst *directory.Installation, url string) map[string]bool {
	bound := map[string]bool{}
	for _, h := range s.handlers(inst, url) {
		bound[h.Event] = true
	}
	return bound
}

func (s *seeder) handlers(inst *directory.Installation, url string) []onevent.Handler {
	var out []onevent.Handler
	for _, h := range s.handlersOf(inst) {
		if h.URL == url && h.User == 0 && h.Connector == "" && !h.Platform && !h.Offline {
			out = append(out, *h)
		}
	}
	return out
}

func (s *seeder) handlersOf(inst *directory.Installation) []*onevent.Handler {
	return s.server.Directory.HandlersOf(inst.Portal, onevent.Owner{Installation: inst.ID})
}

// unbindAll takes away what bindAll made for a URL that nobody listens at any
// more.
func (s *seeder) unbindAll(ctx context.Context, inst *directory.Installation, url string) error {
	list := s.handlers(inst, url)
	err := s.store.Settle(ctx, func(tx onevent.Tx) error {
		return s.server.Publisher.End(tx, list, onevent.VerdictUnbound)
	})
	if err != nil {
		return err
	}
	return s.server.Publisher.CancelRest(ctx, s.store, list, onevent.VerdictUnbound)
}

// call calls a method of the registry with an administrator's token of the
// installation.
func (s *seeder) call(ctx context.Context, inst *directory.Installation, method string, params wire.Value) (any, error) {
	return s.server.Registry.Lookup(method).Func(ctx, &rest.Call{
		Method:       method,
		Portal:       s.portal,
		User:         s.admin,
		Installation: inst,
		Scope:        inst.Scope,
		Params:       params,
		Endpoints:    s.sites.Endpoints(s.portal, ""),
		Now:          s.clock.Now(),
		Registry:     s.server.Registry,
	})
}
