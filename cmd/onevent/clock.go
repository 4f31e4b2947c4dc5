package main

import (
	"context"
	"io"

	"github.com/onevent/onevent/client"
	"github.com/onevent/onevent/config"
	"github.com/onevent/onevent/devportal"
	"github.com/onevent/onevent/terminal"
)

type clockCmd struct {
	accessFlags
	By   string `arg:"" optional:"" help:"How far to set it forward, such as 90s, 12h or 5d; without it, the time is shown."`
	To   string `help:"Set it forward to then: 2026-03-01T12:00:00Z, or seconds since 1970." placeholder:"TIME"`
	JSON bool   `name:"json" help:"One JSON object."`
}

// Run moves the clock where that is asked for, and shows it.
func (c clockCmd) Run(ctx context.Context, out io.Writer) error {
	if c.By != "" && c.To != "" {
		return wrong("say how far or to which time, not both")
	}
	api, _, err := c.connect("")
	if err != nil {
		return err
	}
	now, err := c.move(ctx, api)
	switch {
	case err != nil:
		return devportal.Told(err)
	case c.JSON:
		return printJSON(out, now)
	}
	return terminal.New(out).Clock(now)
}

func (c clockCmd) move(ctx context.Context, api *client.Client) (client.Clock, error) {
	switch {
	case c.By != "":
		by, err := config.ParseDuration(c.By)
		if err != nil {
			return client.Clock{}, wrong("%w", err)
		}
		return api.AdvanceClock(ctx, by)
	case c.To != "":
		return api.AdvanceClockTo(ctx, c.To)
	}
	return api.Clock(ctx)
}
