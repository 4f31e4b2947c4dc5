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

type explainCmd struct {
	accessFlags
	ID     string `arg:"" optional:"" help:"Id of an event."`
	Object string `help:"Instead of an event: all events about an object, such as crm.activity:999, newest first." placeholder:"TYPE:ID"`
	Portal string `help:"member_id of the object's portal; the dev portal unless named." placeholder:"M"`
	From   string `help:"Events of the object from then on; else those of the last 24 hours." placeholder:"TIME"`
	Until  string `help:"Events of the object before then." placeholder:"TIME"`
	JSON   bool   `name:"json" help:"One JSON object an event."`
}

// Run explains one event, or those about an object.
func (c explainCmd) Run(ctx context.Context, out io.Writer) error {
	if (c.ID == "") == (c.Object == "") {
		return wrong("name an event by its id, or an object by --object")
	}
	api, portal, err := c.connect(c.Portal)
	if err != nil {
		return err
	}
	if c.ID != "" {
		e, err := api.Explain(ctx, c.ID)
		if err != nil {
			return devportal.Told(err)
		}
		return c.print(out, e)
	}
	if portal == "" {
		return wrong("--portal is missing: the member_id of the object's portal")
	}
	return c.object(ctx, api, portal, out)
}

func (c explainCmd) object(ctx context.Context, api *client.Client, portal string, out io.Writer) error {
	found := false
	for e, err := range api.AllExplanations(ctx, portal, client.EventFilter{Object: c.Object, From: c.From, Until: c.Until}) {
		if err != nil {
			return devportal.Told(err)
		}
		found = true
		if err := c.print(out, e); err != nil {
			return err
		}
	}
	if !found {
		fmt.Fprintln(os.Stderr, "no event about it was found; --from looks further back")
	}
	return nil
}

func (c explainCmd) print(out io.Writer, e client.Explanation) error {
	if c.JSON {
		return printJSON(out, e)
	}
	return terminal.New(out).Explanation(e)
}
