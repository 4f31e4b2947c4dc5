package main

import (
	"context"
	"io"

	"github.com/onevent/onevent/client"
	"github.com/onevent/onevent/devportal"
	"github.com/onevent/onevent/terminal"
)

// manyFlags say which of many are meant.
type manyFlags struct {
	filterFlags
	From  string `help:"Of events from then on: 2026-03-01T12:00:00Z, or seconds since 1970." placeholder:"TIME"`
	Until string `help:"Of events before then." placeholder:"TIME"`
	All   bool   `help:"All that the server has, where nothing else is said."`
	Yes   bool   `help:"Begin; else it is only counted."`
	JSON  bool   `name:"json" help:"Print the answers as JSON."`
}

func (f manyFlags) judge(verdict string) error {
	named := f.filterFlags.named() || f.From != "" || f.Until != "" || verdict != ""
	switch {
	case !named && !f.All:
		return wrong("name a delivery, or say which are meant: --state, --event, --handler ..., or --all")
	case named && f.All:
		return wrong("--all and another condition contradict each other")
	}
	return nil
}

// filter leaves the portal out that was not named: a job of all portals is told from
// one of a dev portal's.
func (f manyFlags) filter(verdict string) client.DeliveryFilter {
	return client.DeliveryFilter{
		Portal: f.Portal, ClientID: f.App, HandlerID: f.Handler, Event: f.Event, Object: f.Object, States: f.State,
		Verdict: verdict, From: f.From, Until: f.Until,
	}
}

type replayCmd struct {
	accessFlags
	ID      string  `arg:"" optional:"" help:"Id of a delivery; without it, all that the conditions find."`
	OfEvent string  `name:"of-event" help:"Instead of a delivery: bring an event to the handlers that had none of it." placeholder:"ID"`
	Again   bool    `help:"Also what was replayed before."`
	Verdict string  `help:"Why it ended without success, such as expired." placeholder:"V"`
	Missed  bool    `help:"Instead of deliveries: events that matched no handler, to the handlers of now."`
	Rate    float64 `help:"Deliveries a second; 500 if not given." placeholder:"N"`
	manyFlags
}

// Run replays one at once, or begins a job.
func (c replayCmd) Run(ctx context.Context, out io.Writer) error {
	api, _, err := c.connect("")
	if err != nil {
		return err
	}
	p := terminal.New(out)
	switch {
	case c.ID != "" && c.OfEvent != "":
		return wrong("name a delivery or an event, not both")
	case c.ID != "":
		r, err := api.Replay(ctx, c.ID, c.Again)
		return c.show(out, r, err, func() error { return p.Replayed(r) })
	case c.OfEvent != "":
		r, err := api.ReplayEvent(ctx, c.OfEvent, c.Again)
		return c.show(out, r, err, func() error { return p.EventReplay(r) })
	}
	if err := c.judge(c.Verdict); err != nil {
		return err
	}
	what := client.Replays{Rate: c.Rate, Again: c.Again}
	if f := c.filter(c.Verdict); c.Missed {
		what.Events = &client.EventFilter{Portal: f.Portal, Event: f.Event, Object: f.Object, From: f.From, Until: f.Until, Unserved: true}
	} else {
		what.Deliveries = &f
	}
	if !c.Yes {
		n, err := api.CountReplays(ctx, what)
		return c.show(out, n, err, func() error { return p.Counted(n) })
	}
	j, err := api.BeginReplays(ctx, what)
	return c.show(out, j, err, func() error { return p.Job(j) })
}

// show prints an answer for a person, or as JSON.
func (f manyFlags) show(out io.Writer, answer any, err error, print func() error) error {
	switch {
	case err != nil:
		return devportal.Told(err)
	case f.JSON:
		return printJSON(out, answer)
	}
	return print()
}
