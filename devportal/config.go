// Package devportal is what `onevent dev` adds to a server: a portal that is
// there at once, with users, an application, a webhook and a handler that
// answers everything; names and certificates for a laptop; a clock that can be
// set forward; and a file that tells programs where all of it is.
package devportal

import (
	"io"
	"log/slog"
	"net/netip"
	"path/filepath"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/catalog"
	"github.com/onevent/onevent/egress"
	"github.com/onevent/onevent/listener"
)

// DefaultData and DefaultCreds are where a portal is, and the file about it,
// unless told otherwise.
const (
	DefaultData  = ".onevent"
	DefaultCreds = ".onevent/creds.json"
)

// DefaultScope is what the application and the webhook get unless told
// otherwise.
const DefaultScope = "crm,calendar,user,task,im,imbot,catalog,sale,log,placement"

// Config says how the dev portal runs. Data, Out and Logger must be set, and
// one of the listeners.
type Config struct {
	Listen    string // HOST:PORT of plain http; empty: none
	TLSListen string // HOST:PORT of https; empty: none
	Domain    string // host name or address by which the portal is called
	Data      string // folder that keeps everything
	Creds     string // file to be written; empty: creds.json in Data
	Handler   string // URL that gets the application's events; empty: none
	AppURL    string // of the application's page; empty: as before
	Echo      bool
	Operator  string // URL that gets operator events; empty: none
	Scope     string // comma list; empty: as before, at first DefaultScope
	Allow     []netip.Prefix
	// AllowRemote lets it listen beyond loopback.
	AllowRemote bool
	// Delivery is the default of every destination, where the server's own is not
	// wanted.
	Delivery onevent.DeliveryOptions
	Reserve  int64 // bytes of free disk below which nothing new is stored
	Version  string
	Out      io.Writer // for people
	Logger   *slog.Logger
}

func invalid(format string, args ...any) error {
	return onevent.Errorf(onevent.CodeInvalid, format, args...)
}

// judged returns the configuration in its normal form, or what is wrong with it.
func (c Config) judged() (Config, error) {
	var err error
	if c.Domain, err = parseDomain(c.Domain); err != nil {
		return c, err
	}
	if c.Creds == "" {
		c.Creds = filepath.Join(c.Data, "creds.json")
	}
	if c.Listen == "" && c.TLSListen == "" {
		return c, invalid("--listen and --tls-listen are both off: there is nothing to listen on")
	}
	for _, check := range []func() error{
		func() error { return c.checkListen("--listen", c.Listen) },
		func() error { return c.checkListen("--tls-listen", c.TLSListen) },
		func() error { return checkURL("--handler", c.Handler) },
		func() error { return checkURL("--app-url", c.AppURL) },
		func() error { return checkURL("--operator", c.Operator) },
		func() error { return checkScope(c.Scope) },
	} {
		if err := check(); err != nil {
			return c, err
		}
	}
	return c, nil
}

func (c Config) checkListen(flag, address string) error {
	if address == "" {
		return nil
	}
	at, err := listener.Check(address)
	switch {
	case err != nil:
		return invalid("%s: %w", flag, err)
	case !at.Addr().IsLoopback() && !c.AllowRemote:
		return invalid("%s %s is beyond this machine, where others could use the portal: --allow-remote permits it", flag, address)
	}
	return nil
}

func checkURL(flag, raw string) error {
	if raw == "" {
		return nil
	}
	if err := egress.CheckURL(raw, false); err != nil {
		return invalid("%s: %w", flag, err)
	}
	return nil
}

func checkScope(list string) error {
	codes, err := catalog.ParseScope(list)
	switch {
	case err != nil:
		return invalid("--scope: %w", err)
	case list != "" && len(codes) == 0:
		return invalid("--scope names no scope")
	}
	return nil
}
