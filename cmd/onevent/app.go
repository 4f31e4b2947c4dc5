package main

import (
	"context"
	"io"

	"github.com/onevent/onevent/devportal"
)

type appCmd struct {
	Install   appInstallCmd   `cmd:"" help:"Install an application, or install it again."`
	Finish    appFinishCmd    `cmd:"" help:"Say that an application's installer has done its work."`
	Update    appUpdateCmd    `cmd:"" help:"Move an application to another version."`
	Uninstall appUninstallCmd `cmd:"" help:"Uninstall an application."`
	Pay       appPayCmd       `cmd:"" help:"Say how it stands with the payment of a market application."`
	Confirm   appConfirmCmd   `cmd:"" help:"Allow a method that waits for an administrator's confirmation, or refuse it."`
}

// appFlags are those of every step.
type appFlags struct {
	ClientID string `arg:"" optional:"" help:"The application; that of the file unless named."`
	Creds    string `help:"File that onevent dev wrote." default:"${creds}"`
}

func (f appFlags) life(out io.Writer) (devportal.Life, error) {
	creds, err := devportal.ReadCreds(f.Creds)
	return devportal.Life{Creds: creds, ClientID: f.ClientID, Out: out}, err
}

// stepFlags are those of install and update.
type stepFlags struct {
	Version  string `help:"Version, such as 2.1.0. One that the application does not have is registered with the URLs and the scope of the one before."`
	Scope    string `help:"Scope of a version that is registered, with commas." placeholder:"S"`
	EventURL string `name:"event-url" help:"Where ONAPPINSTALL of a version that is registered goes." placeholder:"URL"`
	User     int64  `help:"Administrator who does it; the first unless named." placeholder:"ID"`
	Language string `help:"LANGUAGE_ID of its events, such as de." placeholder:"XX"`
}

func (f stepFlags) step() devportal.Step {
	return devportal.Step{Version: f.Version, Scope: f.Scope, EventURL: f.EventURL, User: f.User, Language: f.Language}
}

type appInstallCmd struct {
	appFlags
	stepFlags
}

// Run installs.
func (c appInstallCmd) Run(ctx context.Context, out io.Writer) error {
	life, err := c.life(out)
	if err != nil {
		return err
	}
	return life.Install(ctx, c.step())
}

type appUpdateCmd struct {
	appFlags
	stepFlags
}

// Run updates.
func (c appUpdateCmd) Run(ctx context.Context, out io.Writer) error {
	life, err := c.life(out)
	if err != nil {
		return err
	}
	return life.Update(ctx, c.step())
}

type appFinishCmd struct {
	appFlags
	User int64 `help:"Administrator who does it; the first unless named." placeholder:"ID"`
}

// Run finishes.
func (c appFinishCmd) Run(ctx context.Context, out io.Writer) error {
	life, err := c.life(out)
	if err != nil {
		return err
	}
	return life.Finish(ctx, c.User)
}

type appUninstallCmd struct {
	appFlags
	Clean bool `help:"Delete the application's data, as is always done for a local one."`
}

// Run uninstalls.
func (c appUninstallCmd) Run(ctx context.Context, out io.Writer) error {
	life, err := c.life(out)
	if err != nil {
		return err
	}
	return life.Uninstall(ctx, c.Clean)
}

type appPayCmd struct {
	appFlags
	Status string  `help:"F, D, T, P or S; as it was unless given." placeholder:"P"`
	Until  *string `help:"Last day that is paid for, such as 2026-12-31, in the portal's time zone; empty: there is nothing to pay; as it was unless given." placeholder:"DATE"`
}

// Run pays.
func (c appPayCmd) Run(ctx context.Context, out io.Writer) error {
	life, err := c.life(out)
	if err != nil {
		return err
	}
	return life.Pay(ctx, c.Status, c.Until)
}

type appConfirmCmd struct {
	appFlags
	Method string `help:"The method; the only one that waits unless named." placeholder:"M"`
	Deny   bool   `help:"Refuse it."`
}

// Run decides.
func (c appConfirmCmd) Run(ctx context.Context, out io.Writer) error {
	life, err := c.life(out)
	if err != nil {
		return err
	}
	return life.Confirm(ctx, c.Method, c.Deny)
}
