// Package directory holds in memory what every check asks and few rows tell:
// portals, users, applications, installations, webhooks, handlers and
// destinations, as of the newest commit.
//
// Rows of these kinds are written only through its Put functions: they write in
// the caller's transaction and renew the memory when it commits, before the
// caller is answered. So an uninstall, a dismissal or an unbind holds at once.
// Values that it returns are shared: nobody changes them.
package directory

import (
	"context"
	"slices"
	"sync"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/seal"
	"github.com/onevent/onevent/signature"
)

// Directory answers from memory. It is safe for concurrent use.
type Directory struct {
	ring *seal.Ring

	mu            sync.RWMutex
	portals       map[onevent.PortalID]*portal
	byMember      map[string]*portal
	byDomain      map[string]*portal
	byFormer      map[string]*portal
	applications  map[onevent.ApplicationID]*application
	byClient      map[string]*application
	installations map[onevent.InstallationID]*Installation
	outgoing      map[onevent.WebhookID]*OutgoingWebhook
	handlers      handlerRows
	ended         endedHandlers
	destinations  map[onevent.DestinationID]*onevent.Destination
	destinationOf map[destinationKey]*onevent.Destination
	texts         texts
	count         Count
	paid          paid
	loading       bool // lists of handlers are put in order at the end
}

type portal struct {
	row      *onevent.Portal
	users    users
	standing standing
	webhooks []*onevent.IncomingWebhook
	handlers portalHandlers
	all      []*Installation
	outgoing []*OutgoingWebhook // in the order of id
	// destinations in the order of id
	destinations []*onevent.Destination
}

type application struct {
	row      *onevent.Application
	versions []*onevent.Version         // in the order of ordinal
	files    map[int64]*onevent.FileSet // those that stand, by the ordinal of their version
}

type destinationKey struct {
	owner onevent.Owner
	url   string
}

// Installation is an installation with its secrets opened.
type Installation struct {
	onevent.Installation
	Secrets onevent.InstallationSecrets
	// Signer signs with the secrets, as PutInstallation or Load read them.
	Signer signature.Signer
}

// OutgoingWebhook is an outgoing webhook with its secrets opened; one that has ended
// has none.
type OutgoingWebhook struct {
	onevent.OutgoingWebhook
	Secrets onevent.InstallationSecrets
	// Signer signs with the secrets, as PutOutgoingWebhook or Load read them.
	Signer signature.Signer
}

// Owner is the webhook as the owner of its handlers.
func (w *OutgoingWebhook) Owner() onevent.Owner { return onevent.Owner{Webhook: w.ID} }

// Load reads the store. The ring opens what is sealed in it.
func Load(ctx context.Context, store onevent.Store, ring *seal.Ring) (*Directory, error) {
	d := &Directory{
		ring:          ring,
		portals:       map[onevent.PortalID]*portal{},
		byMember:      map[string]*portal{},
		byDomain:      map[string]*portal{},
		byFormer:      map[string]*portal{},
		applications:  map[onevent.ApplicationID]*application{},
		byClient:      map[string]*application{},
		installations: map[onevent.InstallationID]*Installation{},
		outgoing:      map[onevent.WebhookID]*OutgoingWebhook{},
		handlers:      newHandlerRows(),
		ended:         endedHandlers{},
		destinations:  map[onevent.DestinationID]*onevent.Destination{},
		destinationOf: map[destinationKey]*onevent.Destination{},
		texts:         newTexts(),
		paid:          paid{},
		loading:       true,
	}
	if err := store.View(ctx, d.read); err != nil {
		return nil, err
	}
	d.loading = false
	for _, p := range d.portals {
		p.handlers.sort(&d.handlers)
	}
	return d, nil
}

func (d *Directory) read(r onevent.Reader) error {
	return firstError(
		func() error { return r.Portals().Each(keep(d.setPortal)) },
		func() error { return r.Users().Each(keep(d.setUser)) },
		func() error { return r.Applications().Each(keep(d.setApplication)) },
		func() error { return r.Versions().Each(keep(d.setVersion)) },
		func() error { return r.FileSets().Each(keep(d.setFileSet)) },
		func() error { return r.Installations().Each(d.openInstallation) },
		func() error { return r.IncomingWebhooks().Each(keep(d.setWebhook)) },
		func() error { return r.OutgoingWebhooks().Each(d.openOutgoing) },
		func() error { return r.Destinations().Each(keep(d.setDestination)) },
		func() error { return r.Handlers().Each(keep(d.setHandler)) },
	)
}

func firstError(steps ...func() error) error {
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func keep[T any](set func(*T)) func(T) error {
	return func(row T) error { set(&row); return nil }
}

func (d *Directory) setPortal(row *onevent.Portal) {
	d.mu.Lock()
	defer d.mu.Unlock()
	row.Language, row.TimeZone = d.texts.share(row.Language), d.texts.share(row.TimeZone)
	p := d.portals[row.ID]
	if p == nil {
		p = &portal{}
		d.portals[row.ID] = p
	} else {
		d.forgetDomains(p)
	}
	p.row = row
	d.byMember[row.MemberID] = p
	d.byDomain[row.Domain] = p
	for _, domain := range row.Formerly {
		d.byFormer[domain] = p
	}
}

// forgetDomains leaves alone those that another portal has taken meanwhile.
func (d *Directory) forgetDomains(p *portal) {
	if d.byDomain[p.row.Domain] == p {
		delete(d.byDomain, p.row.Domain)
	}
	for _, domain := range p.row.Formerly {
		if d.byFormer[domain] == p {
			delete(d.byFormer, domain)
		}
	}
}

func (d *Directory) setUser(row *onevent.User) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if p := d.portals[row.Portal]; p != nil {
		p.users.set(row)
	}
}

func (d *Directory) setApplication(row *onevent.Application) {
	d.mu.Lock()
	defer d.mu.Unlock()
	a := d.applications[row.ID]
	if a == nil {
		a = &application{files: map[int64]*onevent.FileSet{}}
		d.applications[row.ID] = a
	}
	a.row = row
	d.byClient[row.ClientID] = a
}

func (d *Directory) setVersion(row *onevent.Version) {
	d.mu.Lock()
	defer d.mu.Unlock()
	a := d.applications[row.Application]
	if a == nil {
		return
	}
	versions := slices.Clone(a.versions)
	i, found := slices.BinarySearchFunc(versions, row.Ordinal, func(v *onevent.Version, n int64) int { return int(v.Ordinal - n) })
	if found {
		versions[i] = row
	} else {
		versions = slices.Insert(versions, i, row)
	}
	a.versions = versions
}

// setFileSet forgets a set that stands no more, unless another took its place.
func (d *Directory) setFileSet(row *onevent.FileSet) {
	d.mu.Lock()
	defer d.mu.Unlock()
	a := d.applications[row.Application]
	if a == nil {
		return
	}
	if row.Stands() {
		a.files[row.Version] = row
	} else if now := a.files[row.Version]; now != nil && now.ID == row.ID {
		delete(a.files, row.Version)
	}
}

func (d *Directory) setInstallation(row *Installation) {
	d.mu.Lock()
	defer d.mu.Unlock()
	p := d.portals[row.Portal]
	if p == nil {
		return
	}
	row.Scope = d.texts.shareAll(row.Scope)
	row.Language = d.texts.share(row.Language)
	d.paid.renew(d.installations[row.ID], row)
	d.installations[row.ID] = row
	p.standing.renew(row)
	others := slices.DeleteFunc(slices.Clone(p.all), func(i *Installation) bool { return i.ID == row.ID })
	p.all = append(others, row)
}

func (d *Directory) setWebhook(row *onevent.IncomingWebhook) {
	d.mu.Lock()
	defer d.mu.Unlock()
	p := d.portals[row.Portal]
	if p == nil {
		return
	}
	others := slices.DeleteFunc(slices.Clone(p.webhooks), func(w *onevent.IncomingWebhook) bool { return w.ID == row.ID })
	if row.Ended.IsZero() {
		others = append(others, row)
	}
	p.webhooks = others
}

func (d *Directory) setOutgoing(row *OutgoingWebhook) {
	d.mu.Lock()
	defer d.mu.Unlock()
	p := d.portals[row.Portal]
	if p == nil {
		return
	}
	d.outgoing[row.ID] = row
	others := slices.DeleteFunc(slices.Clone(p.outgoing), func(w *OutgoingWebhook) bool { return w.ID == row.ID })
	i, _ := slices.BinarySearchFunc(others, row.ID, func(w *OutgoingWebhook, id onevent.WebhookID) int { return int(w.ID - id) })
	p.outgoing = slices.Insert(others, i, row)
}

func (d *Directory) setDestination(row *onevent.Destination) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.destinations[row.ID] = row
	d.destinationOf[destinationKey{row.Owner, row.URL}] = row
	if p := d.portals[row.Portal]; p != nil {
		p.destinations = withDestination(p.destinations, row)
	}
}

func (d *Directory) forgetDestination(id onevent.DestinationID) {
	row := d.destinations[id]
	if row == nil {
		return
	}
	delete(d.destinations, id)
	delete(d.destinationOf, destinationKey{row.Owner, row.URL})
	if p := d.portals[row.Portal]; p != nil {
		p.destinations = slices.DeleteFunc(slices.Clone(p.destinations), func(other *onevent.Destination) bool { return other.ID == id })
	}
}

// withDestination returns list with row in its place by id. A new one, which has
// the highest id, costs no copy: readers see no more than their own length.
func withDestination(list []*onevent.Destination, row *onevent.Destination) []*onevent.Destination {
	i, found := slices.BinarySearchFunc(list, row.ID, func(d *onevent.Destination, id onevent.DestinationID) int { return int(d.ID - id) })
	switch {
	case i == len(list):
		return append(list, row)
	case found:
		list = slices.Clone(list)
		list[i] = row
		return list
	}
	return slices.Insert(slices.Clone(list), i, row)
}
