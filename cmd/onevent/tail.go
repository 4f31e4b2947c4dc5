package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/onevent/onevent/client"
	"github.com/onevent/onevent/devportal"
	"github.com/onevent/onevent/terminal"
)

type tailCmd struct {
	accessFlags
	filterFlags
	JSON bool `name:"json" help:"One JSON object a line, as the server sends them."`
}

// Run shows what happens until it is told to end.
func (c tailCmd) Run(ctx context.Context, out io.Writer) error {
	api, portal, err := c.connect(c.Portal)
	if err != nil {
		return err
	}
	p := terminal.New(out)
	filter := client.TailFilter{Portal: portal, ClientID: c.App, HandlerID: c.Handler, Event: c.Event, Object: c.Object, States: c.State}
	for line, err := range api.Tail(ctx, filter) {
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, io.EOF):
			return errors.New("the server has ended the stream")
		case err != nil:
			return devportal.Told(err)
		case c.JSON:
			_, err = fmt.Fprintf(out, "%s\n", terminal.JSON(line.Raw))
		default:
			err = p.Line(line)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
