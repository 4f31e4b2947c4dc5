package main

import (
	"context"
	"fmt"
	"io"
	"net/netip"
	"path/filepath"
	"strings"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/config"
	"github.com/onevent/onevent/devportal"
)

type devCmd struct {
	Listen      string   `help:"Address of plain http; port 0 takes a free one, an empty value turns it off." default:"127.0.0.1:8055"`
	TLSListen   string   `name:"tls-listen" help:"Address of https, likewise." default:"127.0.0.1:8443"`
	Domain      string   `help:"Host by which the portal is called." default:"127.0.0.1"`
	Data        string   `help:"Folder that keeps the portal." default:"${data}"`
	Creds       string   `help:"File to be written when it is ready (creds.json in --data)." placeholder:"FILE"`
	Handler     string   `help:"Bind this URL to every event of the application." placeholder:"URL"`
	AppURL      string   `name:"app-url" help:"Page of the application." placeholder:"URL"`
	Operator    string   `help:"Send operator events to this URL, signed with a secret that --data keeps." placeholder:"URL"`
	Echo        bool     `help:"Run a handler that answers 200 to every event." default:"true" negatable:""`
	Scope       string   `help:"Scopes of application and webhook, with commas; kept at the next start. At first: ${scope}." placeholder:"LIST"`
	Allow       []string `help:"Network that handlers may be in, beside loopback; may be repeated." placeholder:"CIDR"`
	AllowRemote bool     `name:"allow-remote" help:"Let it listen beyond this machine."`
	Retry       string   `help:"What follows a failure: default, none, or the delays before each retry, such as 1s,2s,5s." placeholder:"DELAYS"`
	Deadline    string   `help:"How long after its event a delivery must have succeeded (7d)." placeholder:"AGE"`
	Timeout     string   `help:"How long an attempt may take, 1s to 60s (20s)." placeholder:"AGE"`
	Reserve     string   `help:"Free disk below which nothing new is stored." default:"256MB"`
	Check       bool     `help:"Check what is stored, and end."`
	Log         string   `help:"debug, info, warn or error." default:"warn"`
}

// Run runs the portal until it is told to end, or checks it.
func (c devCmd) Run(ctx context.Context, out io.Writer) error {
	defer spareCollector()()
	portal, err := c.config(out)
	if err != nil {
		return err
	}
	if !c.Check {
		return devportal.Run(ctx, portal)
	}
	if err := devportal.Check(ctx, portal); err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "%s is in order\n", c.Data)
	return err
}

func (c devCmd) config(out io.Writer) (devportal.Config, error) {
	level, err := config.ParseLevel(c.Log)
	if err != nil {
		return devportal.Config{}, wrong("--log: %w", err)
	}
	reserve, err := config.ParseSize(c.Reserve)
	if err != nil {
		return devportal.Config{}, wrong("--reserve: %w", err)
	}
	allow, err := c.allow()
	if err != nil {
		return devportal.Config{}, wrong("--allow: %w", err)
	}
	delivery, err := c.delivery()
	if err != nil {
		return devportal.Config{}, err
	}
	return devportal.Config{
		Listen: c.Listen, TLSListen: c.TLSListen, Domain: c.Domain, Data: filepath.Clean(c.Data), Creds: c.Creds,
		Handler: c.Handler, AppURL: c.AppURL, Operator: c.Operator, Echo: c.Echo, Scope: c.Scope,
		Allow: allow, AllowRemote: c.AllowRemote, Reserve: reserve, Delivery: delivery,
		Version: version(), Out: out, Logger: logger(level),
	}, nil
}

func (c devCmd) allow() ([]netip.Prefix, error) {
	return config.ParseNetworks(strings.Join(c.Allow, ","))
}

// delivery reads what the keys of a server read.
func (c devCmd) delivery() (o onevent.DeliveryOptions, err error) {
	for _, f := range []struct{ name, value string }{{"retry", c.Retry}, {"deadline", c.Deadline}, {"timeout", c.Timeout}} {
		if f.value == "" {
			continue
		}
		if err := config.SetDelivery(&o, f.name, f.value); err != nil {
			return o, wrong("--%s: %w", f.name, err)
		}
	}
	return o, nil
}
