package service

import (
	"context"
	"log/slog"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/listener"
)

// logReady writes the line of the start: what the server is and goes by.
func (s *Service) logReady(p *parts, tls bool) {
	p.ready = onevent.SystemClock{}.Now()
	c := s.Config
	s.Logger.Info("ready",
		slog.String("version", s.Version),
		slog.String("listen", listener.Address(p.listen).String()),
		slog.Bool("tls", tls),
		slog.String("store", c.Store),
		slog.Int("portals", len(p.server.Directory.Portals())),
		slog.Any("egress_allow", c.EgressAllow),
		slog.Bool("traced", p.tracer != nil),
		slog.Int("limit_server", c.Limits.Server),
		slog.Int("limit_host", c.Limits.Host),
		slog.Int("limit_backlog", c.Limits.Backlog),
		slog.Duration("retention_age", c.Retention.Age),
		slog.Int64("retention_bytes", c.Retention.Size))
}

// logEnd writes the line of the end of a server that was ready, and was told to end
// or failed at a moment.
func (s *Service) logEnd(p *parts, told time.Time, err error) {
	if p.ready.IsZero() {
		return
	}
	now := onevent.SystemClock{}.Now()
	level, cause := slog.LevelInfo, ""
	if err != nil {
		level, cause = slog.LevelError, err.Error()
	}
	s.Logger.LogAttrs(context.Background(), level, "stopped",
		slog.String("cause", cause),
		slog.Duration("uptime", told.Sub(p.ready)),
		slog.Int("in_flight", p.flying),
		slog.Duration("took", now.Sub(told)))
}
