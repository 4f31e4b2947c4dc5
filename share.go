package onevent

import "context"

// ShareViews returns a context under which the Views of a store may read on one
// snapshot, which spares beginning one for each. Whoever writes under it reads
// what he wrote: an Update or Settle ends the snapshot, and the next View begins
// another. So none of them is called inside of such a View, nor another View; one
// goroutine at a time uses the context. Views obey the end of ctx, not that of a
// context derived from the one returned. done must be called.
func ShareViews(ctx context.Context) (shared context.Context, done func()) {
	s := &SharedView{ctx: ctx}
	return context.WithValue(ctx, sharedKey{}, s), s.End
}

type sharedKey struct{}

// SharedViewOf is for drivers; nil when the context shares nothing.
func SharedViewOf(ctx context.Context) *SharedView {
	s, _ := ctx.Value(sharedKey{}).(*SharedView)
	return s
}

// SharedView is where a driver keeps the snapshot between Views.
type SharedView struct {
	ctx      context.Context
	snapshot any
	end      func()
}

// Context is what ends a snapshot that is kept.
func (s *SharedView) Context() context.Context { return s.ctx }

// Snapshot is what was kept last; nil after its end.
func (s *SharedView) Snapshot() any { return s.snapshot }

// Keep keeps a snapshot, and how it is to be ended.
func (s *SharedView) Keep(snapshot any, end func()) { s.snapshot, s.end = snapshot, end }

// End ends the snapshot, if there is one. A nil SharedView has none.
func (s *SharedView) End() {
	if s == nil || s.snapshot == nil {
		return
	}
	s.snapshot = nil
	s.end()
}
