package main

import (
	"context"
	"io"

	"github.com/onevent/onevent/devportal"
	"github.com/onevent/onevent/terminal"
)

type jobsCmd struct {
	accessFlags
	Stop string `help:"Stop the job of this id." placeholder:"ID"`
	JSON bool   `name:"json" help:"One JSON object a line."`
}

// Run lists the jobs, or stops one.
func (c jobsCmd) Run(ctx context.Context, out io.Writer) error {
	api, _, err := c.connect("")
	if err != nil {
		return err
	}
	if c.Stop != "" {
		j, err := api.StopJob(ctx, c.Stop)
		if err != nil {
			return devportal.Told(err)
		}
		return terminal.New(out).Job(j)
	}
	list, err := api.Jobs(ctx)
	if err != nil {
		return devportal.Told(err)
	}
	for _, j := range list {
		if c.JSON {
			err = printJSON(out, j)
		} else {
			err = terminal.New(out).Job(j)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
