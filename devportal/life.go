package devportal

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/onevent/onevent/client"
	"github.com/onevent/onevent/lifecycle"
	"github.com/onevent/onevent/terminal"
)

// Life carries an application of a running dev portal through its life, as an
// administrator on the portal would.
type Life struct {
	Creds    Creds
	ClientID string // empty: that of Creds
	Out      io.Writer
}

// Step says how.
type Step struct {
	Version  string // empty: the one that is installed, else the newest
	Scope    string // of a version that is registered on the way
	EventURL string // the same
	User     int64  // 0: the portal's first administrator
	Language string
}

func (l Life) clientID() string { return cmp.Or(l.ClientID, l.Creds.ClientID) }

// Install installs the application, or installs it again. A version that it does
// not have is registered first, as by Update.
func (l Life) Install(ctx context.Context, s Step) error {
	api, err := l.Creds.Client()
	if err != nil {
		return err
	}
	app, err := api.Application(ctx, l.clientID())
	if err != nil {
		return fromClient(err)
	}
	return l.to(ctx, api, app, l.present(ctx, api, app), s)
}

// Update moves the application to another version. One that it does not have is
// registered with the URLs and the scope of the one before, but for what the
// step says otherwise.
func (l Life) Update(ctx context.Context, s Step) error {
	if s.Version == "" {
		return invalid("--version is missing: to which version?")
	}
	api, err := l.Creds.Client()
	if err != nil {
		return err
	}
	if _, err := api.Installation(ctx, l.Creds.MemberID, l.clientID()); err != nil {
		return fromClient(err)
	}
	app, err := api.Application(ctx, l.clientID())
	if err != nil {
		return fromClient(err)
	}
	return l.to(ctx, api, app, l.present(ctx, api, app), s)
}

// present is the version that is installed, or else the newest; empty when
// there is none.
func (l Life) present(ctx context.Context, api *client.Client, app client.Application) client.Version {
	if inst, err := api.Installation(ctx, l.Creds.MemberID, l.clientID()); err == nil {
		return app.Versions[find(app, inst.Version)]
	}
	if len(app.Versions) == 0 {
		return client.Version{}
	}
	return app.Versions[len(app.Versions)-1]
}

func find(app client.Application, version string) int {
	return slices.IndexFunc(app.Versions, func(v client.Version) bool { return v.Version == version })
}

func (l Life) to(ctx context.Context, api *client.Client, app client.Application, before client.Version, s Step) error {
	s.Version = cmp.Or(s.Version, before.Version)
	switch known := find(app, s.Version) >= 0; {
	case s.Version == "":
		return invalid("the application has no version yet: --version names its first")
	case known && (s.Scope != "" || s.EventURL != ""):
		return invalid("version %s is registered already: --scope and --event-url are for a new one", s.Version)
	case !known:
		if err := l.register(ctx, api, before, s); err != nil {
			return err
		}
	}
	return l.put(ctx, api, s)
}

// register leaves no version behind to which the application may not move.
func (l Life) register(ctx context.Context, api *client.Client, before client.Version, s Step) error {
	if inst, err := api.Installation(ctx, l.Creds.MemberID, l.clientID()); err == nil {
		if err := lifecycle.CheckMove(inst.Version, s.Version); err != nil {
			return err
		}
	}
	next := before
	next.Version = s.Version
	next.Scope, next.EventURL = cmp.Or(s.Scope, before.Scope), cmp.Or(s.EventURL, before.EventURL)
	if err := api.RegisterVersion(ctx, l.clientID(), next); err != nil {
		return fromClient(err)
	}
	_, err := fmt.Fprintf(l.Out, "version %s registered: scope %s, event URL %s\n",
		next.Version, cmp.Or(next.Scope, "none"), cmp.Or(terminal.URL(next.EventURL), "none"))
	return err
}

func (l Life) put(ctx context.Context, api *client.Client, s Step) error {
	done, err := api.Install(ctx, l.Creds.MemberID, l.clientID(), client.Install{
		Version: s.Version, UserID: s.User, Language: s.Language,
	})
	if err != nil {
		return fromClient(err)
	}
	return l.tell(done)
}

func (l Life) tell(done client.Installed) error {
	state := "installed"
	if !done.Installed {
		state = "there; its installer has not finished"
	}
	_, err := fmt.Fprintf(l.Out, "%s is %s at version %s, status %s\n", l.clientID(), state, done.Version, done.Status)
	if err == nil && l.clientID() == l.Creds.ClientID && done.ApplicationToken != l.Creds.ApplicationToken {
		_, err = fmt.Fprintln(l.Out, "its tokens in the creds file are of the installation before: `onevent dev`, started again, writes new ones")
	}
	return err
}

// Finish says that the installer has done its work.
func (l Life) Finish(ctx context.Context, user int64) error {
	api, err := l.Creds.Client()
	if err != nil {
		return err
	}
	done, err := api.Finish(ctx, l.Creds.MemberID, l.clientID(), user)
	if err != nil {
		return fromClient(err)
	}
	return l.tell(done)
}

// Uninstall ends the installation.
func (l Life) Uninstall(ctx context.Context, clean bool) error {
	api, err := l.Creds.Client()
	if err != nil {
		return err
	}
	if err := api.Uninstall(ctx, l.Creds.MemberID, l.clientID(), clean); err != nil {
		return fromClient(err)
	}
	_, err = fmt.Fprintf(l.Out, "%s is uninstalled; its tokens are void\n", l.clientID())
	return err
}
