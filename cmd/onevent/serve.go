package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/onevent/onevent/config"
	"github.com/onevent/onevent/service"
)

type serveCmd struct {
	Config string `help:"YAML file; every key can also be an environment variable." placeholder:"FILE"`
	Check  bool   `help:"Check what is stored, and end."`
}

// Help lists the keys.
func (serveCmd) Help() string { return "Keys, their variables and [defaults]:\n\n" + config.Describe() }

// Run serves until it is told to end, or checks the store.
func (c serveCmd) Run(ctx context.Context, out io.Writer) error {
	defer spareCollector()()
	settings, err := config.Load(c.Config, os.Environ())
	if err != nil {
		return err
	}
	p := service.Service{Config: settings, Logger: logger(settings.Log), Version: version()}
	if !c.Check {
		return p.Run(ctx)
	}
	if err := p.Check(ctx); err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "%s is in order\n", settings.Store)
	return err
}
