package dispatch

import (
	"context"
	"sync"
)

// slots bound the attempts at once of the server and of each host. Whoever
// waits is served in turn.
type slots struct {
	server  chan struct{}
	perHost int

	mu    sync.Mutex
	hosts map[string]*hostSlots
}

type hostSlots struct {
	free  chan struct{}
	users int
}

func newSlots(server, perHost int) *slots {
	return &slots{server: make(chan struct{}, server), perHost: perHost, hosts: map[string]*hostSlots{}}
}

// acquire waits for a slot of the host, then for one of the server; release
// gives both back. It fails only when ctx ends.
func (s *slots) acquire(ctx context.Context, host string) (release func(), err error) {
	h := s.host(host)
	if err := enter(ctx, h.free); err != nil {
		s.leave(host, h)
		return nil, err
	}
	if err := enter(ctx, s.server); err != nil {
		<-h.free
		s.leave(host, h)
		return nil, err
	}
	return func() {
		<-s.server
		<-h.free
		s.leave(host, h)
	}, nil
}

func enter(ctx context.Context, slots chan struct{}) error {
	select {
	case slots <- struct{}{}:
		return nil
	default:
	}
	select {
	case slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *slots) host(name string) *hostSlots {
	s.mu.Lock()
	defer s.mu.Unlock()
	h := s.hosts[name]
	if h == nil {
		h = &hostSlots{free: make(chan struct{}, s.perHost)}
		s.hosts[name] = h
	}
	h.users++
	return h
}

func (s *slots) leave(name string, h *hostSlots) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if h.users--; h.users == 0 {
		delete(s.hosts, name)
	}
}
