package main

import (
	"context"
	"io"

	"github.com/onevent/onevent/terminal"
)

type cancelCmd struct {
	accessFlags
	ID string `arg:"" optional:"" help:"Id of a delivery; without it, all that wait and that the conditions find."`
	manyFlags
}

// Run cancels one at once, or begins a job.
func (c cancelCmd) Run(ctx context.Context, out io.Writer) error {
	api, _, err := c.connect("")
	if err != nil {
		return err
	}
	p := terminal.New(out)
	if c.ID != "" {
		inFlight, err := api.Cancel(ctx, c.ID)
		answer := map[string]any{"id": c.ID, "state": "cancelled", "in_flight": inFlight}
		return c.show(out, answer, err, func() error { return p.Cancelled(c.ID, inFlight) })
	}
	if err := c.judge(""); err != nil {
		return err
	}
	if !c.Yes {
		n, err := api.CountCancelling(ctx, c.filter(""))
		return c.show(out, n, err, func() error { return p.Counted(n) })
	}
	j, err := api.BeginCancelling(ctx, c.filter(""))
	return c.show(out, j, err, func() error { return p.Job(j) })
}
