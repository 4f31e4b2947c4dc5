package client

import (
	"context"
	"net/http"
	"time"
)

// Clock is the clock of a server that lets it be moved, as a dev portal does.
type Clock struct {
	Now   string  `json:"now"`
	Ahead float64 `json:"ahead"` // seconds that it was set forward in all
}

// Clock reads the clock; where it is the machine's, the error has status 404.
func (c *Client) Clock(ctx context.Context) (Clock, error) {
	var out Clock
	err := c.call(ctx, http.MethodGet, "/clock", nil, &out)
	return out, err
}

// AdvanceClock sets the clock forward by d. What was due meanwhile happens at once.
func (c *Client) AdvanceClock(ctx context.Context, d time.Duration) (Clock, error) {
	return c.moveClock(ctx, map[string]float64{"advance": d.Seconds()})
}

// AdvanceClockTo sets the clock forward to a time in RFC 3339, or in seconds since
// 1970.
func (c *Client) AdvanceClockTo(ctx context.Context, t string) (Clock, error) {
	return c.moveClock(ctx, map[string]string{"to": t})
}

func (c *Client) moveClock(ctx context.Context, how any) (Clock, error) {
	var out Clock
	err := c.call(ctx, http.MethodPost, "/clock", how, &out)
	return out, err
}
