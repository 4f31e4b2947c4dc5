package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/onevent/onevent/client"
	"github.com/onevent/onevent/devportal"
	"github.com/onevent/onevent/terminal"
)

type deliveriesCmd struct {
	accessFlags
	filterFlags
	Verdict string `help:"Why it ended without success, such as expired." placeholder:"V"`
	From    string `help:"Of events from then on: 2026-03-01T12:00:00Z, or seconds since 1970." placeholder:"TIME"`
	Until   string `help:"Of events before then." placeholder:"TIME"`
	Oldest  bool   `help:"Oldest first."`
	Limit   int    `help:"How many at most." default:"50"`
	JSON    bool   `name:"json" help:"One JSON object a line."`
}

// Run lists what is found.
func (c deliveriesCmd) Run(ctx context.Context, out io.Writer) error {
	if c.Limit < 1 {
		return wrong("--limit must be positive")
	}
	api, portal, err := c.connect(c.Portal)
	if err != nil {
		return err
	}
	p, found := terminal.New(out), 0
	for d, err := range api.AllDeliveries(ctx, c.filter(portal)) {
		if err != nil {
			return devportal.Told(err)
		}
		if found++; found > c.Limit {
			break
		}
		if c.JSON {
			err = printJSON(out, d)
		} else {
			err = p.Delivery(d)
		}
		if err != nil {
			return err
		}
	}
	if found == 0 {
		fmt.Fprintln(os.Stderr, "nothing was found")
	}
	return nil
}

func (c deliveriesCmd) filter(portal string) client.DeliveryFilter {
	return client.DeliveryFilter{
		Portal: portal, ClientID: c.App, HandlerID: c.Handler, Event: c.Event, Object: c.Object, States: c.State,
		Verdict: c.Verdict, From: c.From, Until: c.Until, Oldest: c.Oldest, Limit: min(c.Limit, 1000),
	}
}
