package main

import (
	"context"
	"encoding/json"
	"io"
	"time"

	"github.com/onevent/onevent/client"
	"github.com/onevent/onevent/devportal"
)

type emitCmd struct {
	Event   string        `arg:"" help:"Code of the event, such as ONCRMACTIVITYUPDATE."`
	Data    string        `help:"Its data as JSON." placeholder:"JSON"`
	User    int64         `help:"Id of the user who causes it; 0 for nobody."`
	Creds   string        `help:"File that onevent dev wrote." default:"${creds}"`
	Timeout time.Duration `help:"How long to wait for 2xx answers." default:"30s"`
}

// Run raises the event and follows its deliveries.
func (c emitCmd) Run(ctx context.Context, out io.Writer) error {
	if c.Data != "" && !json.Valid([]byte(c.Data)) {
		return wrong("--data is not JSON")
	}
	creds, err := devportal.ReadCreds(c.Creds)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	return devportal.Emit(ctx, creds, client.Event{Event: c.Event, UserID: c.User, Data: json.RawMessage(c.Data)}, out)
}
