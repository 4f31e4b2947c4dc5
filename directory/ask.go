package directory

import (
	"crypto/sha256"
	"crypto/subtle"
	"slices"
	"strings"

	"github.com/onevent/onevent"
)

// Portal finds a portal by id; nil when there is none.
func (d *Directory) Portal(id onevent.PortalID) *onevent.Portal {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.portals[id].portalRow()
}

func (p *portal) portalRow() *onevent.Portal {
	if p == nil {
		return nil
	}
	return p.row
}

// PortalByMember finds a portal by member_id; nil when there is none.
func (d *Directory) PortalByMember(memberID string) *onevent.Portal {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.byMember[memberID].portalRow()
}

// PortalByDomain finds a portal by its host in lower case; nil when there is none.
func (d *Directory) PortalByDomain(domain string) *onevent.Portal {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.byDomain[domain].portalRow()
}

// PortalByFormerDomain finds the portal that had a host, in lower case, and has
// another one now; nil when there is none, or when the host is a portal's now.
func (d *Directory) PortalByFormerDomain(domain string) *onevent.Portal {
	d.mu.RLock()
	defer d.mu.RUnlock()
	if d.byDomain[domain] != nil {
		return nil
	}
	return d.byFormer[domain].portalRow()
}

// Portals lists all portals in the order of id.
func (d *Directory) Portals() []*onevent.Portal {
	d.mu.RLock()
	defer d.mu.RUnlock()
	var out []*onevent.Portal
	for _, p := range d.portals {
		out = append(out, p.row)
	}
	slices.SortFunc(out, func(a, b *onevent.Portal) int { return int(a.ID - b.ID) })
	return out
}

// User finds a user of a portal, dismissed ones included; nil when there is none.
func (d *Directory) User(portal onevent.PortalID, id onevent.UserID) *onevent.User {
	d.mu.RLock()
	defer d.mu.RUnlock()
	if p := d.portals[portal]; p != nil {
		return p.users.of(id)
	}
	return nil
}

// Users lists the users of a portal in the order of id.
func (d *Directory) Users(portal onevent.PortalID) []*onevent.User {
	d.mu.RLock()
	defer d.mu.RUnlock()
	if p := d.portals[portal]; p != nil {
		return slices.Clone(p.users)
	}
	return nil
}

// UserByEmail finds the user of a portal whose e-mail address it is, in any case;
// nil when there is none. It looks at all of them, whoever it is.
func (d *Directory) UserByEmail(portal onevent.PortalID, email string) *onevent.User {
	d.mu.RLock()
	defer d.mu.RUnlock()
	var found *onevent.User
	if p := d.portals[portal]; p != nil && email != "" {
		for _, u := range p.users {
			if strings.EqualFold(u.Email, email) {
				found = u
			}
		}
	}
	return found
}

// FirstAdmin is the active administrator of the lowest id; nil when there is none.
func (d *Directory) FirstAdmin(portal onevent.PortalID) *onevent.User {
	for _, u := range d.Users(portal) {
		if u.Admin && u.Active {
			return u
		}
	}
	return nil
}

// Application finds an application by id; nil when there is none.
func (d *Directory) Application(id onevent.ApplicationID) *onevent.Application {
	d.mu.RLock()
	defer d.mu.RUnlock()
	if a := d.applications[id]; a != nil {
		return a.row
	}
	return nil
}

// ApplicationByClientID finds an application by its client_id; nil when there is none.
func (d *Directory) ApplicationByClientID(clientID string) *onevent.Application {
	d.mu.RLock()
	defer d.mu.RUnlock()
	if a := d.byClient[clientID]; a != nil {
		return a.row
	}
	return nil
}

// Applications lists all applications in the order of id.
func (d *Directory) Applications() []*onevent.Application {
	d.mu.RLock()
	defer d.mu.RUnlock()
	out := make([]*onevent.Application, 0, len(d.applications))
	for _, a := range d.applications {
		out = append(out, a.row)
	}
	slices.SortFunc(out, func(a, b *onevent.Application) int { return int(a.ID - b.ID) })
	return out
}

// SecretMatches compares a client_secret in constant time.
func SecretMatches(a *onevent.Application, secret string) bool {
	sum := sha256.Sum256([]byte(secret))
	return subtle.ConstantTimeCompare(sum[:], a.SecretHash) == 1
}

// Versions lists the versions of an application, oldest first.
func (d *Directory) Versions(id onevent.ApplicationID) []*onevent.Version {
	d.mu.RLock()
	defer d.mu.RUnlock()
	if a := d.applications[id]; a != nil {
		return a.versions
	}
	return nil
}

// Version finds a version by its ordinal; nil when there is none.
func (d *Directory) Version(id onevent.ApplicationID, ordinal int64) *onevent.Version {
	return findVersion(d.Versions(id), func(v *onevent.Version) bool { return v.Ordinal == ordinal })
}

// VersionByText finds a version by the text under which it was registered.
func (d *Directory) VersionByText(id onevent.ApplicationID, text string) *onevent.Version {
	return findVersion(d.Versions(id), func(v *onevent.Version) bool { return v.Text == text })
}

func findVersion(list []*onevent.Version, ok func(*onevent.Version) bool) *onevent.Version {
	if i := slices.IndexFunc(list, ok); i >= 0 {
		return list[i]
	}
	return nil
}

// FileSet finds the files of a version, by its ordinal; nil when it has none.
func (d *Directory) FileSet(id onevent.ApplicationID, version int64) *onevent.FileSet {
	d.mu.RLock()
	defer d.mu.RUnlock()
	if a := d.applications[id]; a != nil {
		return a.files[version]
	}
	return nil
}

// Installation finds an installation of a portal, ended ones included; nil when
// there is none.
func (d *Directory) Installation(portal onevent.PortalID, id onevent.InstallationID) *Installation {
	d.mu.RLock()
	defer d.mu.RUnlock()
	if i := d.installations[id]; i != nil && i.Portal == portal {
		return i
	}
	return nil
}

// Standing finds the installation of an application that stands on a portal;
// nil when there is none.
func (d *Directory) Standing(portal onevent.PortalID, app onevent.ApplicationID) *Installation {
	d.mu.RLock()
	defer d.mu.RUnlock()
	if p := d.portals[portal]; p != nil {
		return p.standing.of(app)
	}
	return nil
}

// Installations lists the installations of a portal, ended ones included.
func (d *Directory) Installations(portal onevent.PortalID) []*Installation {
	d.mu.RLock()
	defer d.mu.RUnlock()
	p := d.portals[portal]
	if p == nil {
		return nil
	}
	out := slices.Clone(p.all)
	slices.SortFunc(out, func(a, b *Installation) int { return int(a.ID - b.ID) })
	return out
}

// NewestOf lists the newest installation of an application on each portal where it has,
// or had, one, in the order of the portals' ids. It looks at every portal.
func (d *Directory) NewestOf(app onevent.ApplicationID) []*Installation {
	d.mu.RLock()
	defer d.mu.RUnlock()
	var out []*Installation
	for _, p := range d.portals {
		if inst := newest(p.all, app); inst != nil {
			out = append(out, inst)
		}
	}
	slices.SortFunc(out, func(a, b *Installation) int { return int(a.Portal - b.Portal) })
	return out
}

// Newest finds the newest installation of an application on a portal, which may have
// ended; nil when it never had one.
func (d *Directory) Newest(portal onevent.PortalID, app onevent.ApplicationID) *Installation {
	d.mu.RLock()
	defer d.mu.RUnlock()
	if p := d.portals[portal]; p != nil {
		return newest(p.all, app)
	}
	return nil
}

func newest(list []*Installation, app onevent.ApplicationID) (found *Installation) {
	for _, inst := range list {
		if inst.Application == app && (found == nil || inst.ID > found.ID) {
			found = inst
		}
	}
	return found
}

// Webhook finds the incoming webhook of a user by its code; nil when there is
// none. The comparison takes constant time for each webhook.
func (d *Directory) Webhook(portal onevent.PortalID, user onevent.UserID, code string) *onevent.IncomingWebhook {
	d.mu.RLock()
	p := d.portals[portal]
	var list []*onevent.IncomingWebhook
	if p != nil {
		list = p.webhooks
	}
	d.mu.RUnlock()
	sum := sha256.Sum256([]byte(code))
	for _, w := range list {
		if w.User == user && subtle.ConstantTimeCompare(sum[:], w.CodeHash) == 1 {
			return w
		}
	}
	return nil
}

// OutgoingWebhook finds an outgoing webhook of a portal, ended ones included; nil when
// there is none.
func (d *Directory) OutgoingWebhook(portal onevent.PortalID, id onevent.WebhookID) *OutgoingWebhook {
	d.mu.RLock()
	defer d.mu.RUnlock()
	if w := d.outgoing[id]; w != nil && w.Portal == portal {
		return w
	}
	return nil
}

// OutgoingWebhooks lists the outgoing webhooks of a portal, ended ones included, in
// the order of id.
func (d *Directory) OutgoingWebhooks(portal onevent.PortalID) []*OutgoingWebhook {
	d.mu.RLock()
	defer d.mu.RUnlock()
	if p := d.portals[portal]; p != nil {
		return p.outgoing
	}
	return nil
}

// Webhooks lists the incoming webhooks of a portal that have not ended.
func (d *Directory) Webhooks(portal onevent.PortalID) []*onevent.IncomingWebhook {
	d.mu.RLock()
	defer d.mu.RUnlock()
	if p := d.portals[portal]; p != nil {
		return p.webhooks[:len(p.webhooks):len(p.webhooks)]
	}
	return nil
}

// WebhookByID finds an incoming webhook of a portal that has not ended; nil when
// there is none.
func (d *Directory) WebhookByID(portal onevent.PortalID, id onevent.WebhookID) *onevent.IncomingWebhook {
	d.mu.RLock()
	defer d.mu.RUnlock()
	if p := d.portals[portal]; p != nil {
		if i := slices.IndexFunc(p.webhooks, func(w *onevent.IncomingWebhook) bool { return w.ID == id }); i >= 0 {
			return p.webhooks[i]
		}
	}
	return nil
}

// Destination finds a destination; nil when there is none.
func (d *Directory) Destination(id onevent.DestinationID) *onevent.Destination {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.destinations[id]
}

// DestinationOf finds the destination of a URL of an owner; nil when there is
// none.
func (d *Directory) DestinationOf(owner onevent.Owner, url string) *onevent.Destination {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.destinationOf[destinationKey{owner, url}]
}

// Destinations lists the destinations of a portal, those to which no handler
// leads any more included, in the order of id.
func (d *Directory) Destinations(portal onevent.PortalID) []*onevent.Destination {
	d.mu.RLock()
	defer d.mu.RUnlock()
	if p := d.portals[portal]; p != nil {
		return p.destinations[:len(p.destinations):len(p.destinations)]
	}
	return nil
}

// DeliveryOptions are what counts for a destination: what it says itself, else
// its application, else the server.
func (d *Directory) DeliveryOptions(dest *onevent.Destination, server onevent.DeliveryOptions) onevent.DeliveryOptions {
	return Merged(dest, d.ApplicationOf(dest.Owner), server)
}

// Merged is DeliveryOptions by rows that the caller knows better: those of its
// own transaction. A nil application stands for none, as an outgoing webhook has.
// RetryDefault of a destination or an application is what the server says.
func Merged(dest *onevent.Destination, app *onevent.Application, server onevent.DeliveryOptions) onevent.DeliveryOptions {
	o := dest.Options
	if app != nil {
		o = o.Or(app.Delivery.Unlimited())
	}
	if o = o.Or(server); o.Retry == onevent.RetryDefault {
		o.Retry = server.Retry
	}
	return o
}

// ApplicationOf finds the application whose installation an owner is; nil when it
// is an outgoing webhook, or unknown.
func (d *Directory) ApplicationOf(owner onevent.Owner) *onevent.Application {
	d.mu.RLock()
	defer d.mu.RUnlock()
	i := d.installations[owner.Installation]
	if i == nil || d.applications[i.Application] == nil {
		return nil
	}
	return d.applications[i.Application].row
}
