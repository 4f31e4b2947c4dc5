package bench

import (
	"context"
	"fmt"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/directory"
)

func (f *filler) addApplications(tx onevent.Tx) error {
	f.applications = make([]onevent.ApplicationID, applications)
	for i := range f.applications {
		if err := next(tx, "application", &f.applications[i]); err != nil {
			return err
		}
		a := onevent.Application{
			ID: f.applications[i], ClientID: fmt.Sprintf("local.%014x.%08d", i, i), SecretHash: make([]byte, 32),
			Name: fmt.Sprint("bench ", i), Kind: onevent.KindLocal, Created: time.Now(),
		}
		if err := f.directory.PutApplication(tx, a); err != nil {
			return err
		}
		v := onevent.Version{Application: a.ID, Ordinal: 1, Text: "1.0.0", Scope: []string{"crm"}}
		if err := f.directory.PutVersion(tx, v); err != nil {
			return err
		}
	}
	return nil
}

func (f *filler) addGroup(ctx context.Context, group Group) error {
	g := &filled{
		Group:         group,
		portals:       make([]onevent.PortalID, group.portals()),
		installations: make([]onevent.InstallationID, group.portals()),
		destinations:  make([]onevent.DestinationID, group.Handlers),
		handlers:      make([]onevent.HandlerID, group.Handlers),
	}
	f.groups = append(f.groups, g)
	if err := f.each(ctx, len(g.portals), func(tx onevent.Tx, i int) error { return f.addPortal(tx, g, i) }); err != nil {
		return err
	}
	return f.each(ctx, len(g.handlers), func(tx onevent.Tx, i int) error { return f.addHandler(tx, g, i) })
}

// addPortal adds a portal with its administrator and the application of its turn.
func (f *filler) addPortal(tx onevent.Tx, g *filled, i int) error {
	if err := next(tx, "portal", &g.portals[i]); err != nil {
		return err
	}
	domain := g.domainOf(i)
	p := onevent.Portal{
		ID: g.portals[i], MemberID: g.memberOf(i), Domain: domain, PublicURL: "https://" + domain,
		Language: "en", TimeZone: "UTC", Created: time.Now(),
	}
	if err := f.directory.PutPortal(tx, p); err != nil {
		return err
	}
	u := onevent.User{Portal: p.ID, Active: true, Admin: true, Email: "administrator@" + domain, CreatedAt: p.Created}
	if err := next(tx, fmt.Sprintf("user/%d", p.ID), &u.ID); err != nil {
		return err
	}
	if err := f.directory.PutUser(tx, u); err != nil {
		return err
	}
	return f.install(tx, g, i)
}

func (f *filler) install(tx onevent.Tx, g *filled, i int) error {
	if err := next(tx, "installation", &g.installations[i]); err != nil {
		return err
	}
	return f.directory.PutInstallation(tx, directory.Installation{
		Installation: onevent.Installation{
			ID: g.installations[i], Portal: g.portals[i], Application: f.applications[i%applications], Version: 1, Scope: []string{"crm"},
			Status: "L", Installed: true, Language: "en", InstalledBy: 1, Epoch: 1, Created: time.Now(),
		},
		Secrets: onevent.InstallationSecrets{
			ApplicationToken: onevent.Secret(onevent.RandomText(32, onevent.Hex)),
			SigningSecret:    onevent.Secret("whsec_" + onevent.RandomText(32, onevent.Alphanumeric)),
		},
	})
}

// addHandler adds a handler and, unless an earlier one of its portal has it, the
// destination.
func (f *filler) addHandler(tx onevent.Tx, g *filled, i int) error {
	portal := g.portalOf(i)
	owner := onevent.Owner{Installation: g.installations[portal]}
	d := onevent.Destination{Portal: g.portals[portal], Owner: owner, URL: g.urlOf(i), Created: time.Now()}
	if first := i%g.onEach() == 0; first || g.Own {
		if err := next(tx, "destination", &g.destinations[i]); err != nil {
			return err
		}
		d.ID = g.destinations[i]
		if err := f.directory.PutDestination(tx, d); err != nil {
			return err
		}
	} else {
		g.destinations[i] = g.destinations[i-1]
	}
	if err := next(tx, "handler", &g.handlers[i]); err != nil {
		return err
	}
	return f.directory.PutHandler(tx, onevent.Handler{
		ID: g.handlers[i], Portal: d.Portal, Owner: owner, Event: g.codeOf(i), URL: d.URL,
		Destination: g.destinations[i], Created: d.Created,
	})
}
