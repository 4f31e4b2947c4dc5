package sqlite

import (
	"unicode/utf8"

	"github.com/onevent/onevent"
)

var handlers = kind[onevent.Handler]{
	all: `SELECT id, portal, installation, webhook, event, url, user, connector, offline, platform,
			destination, base, created, disabled, ended, ended_by
		FROM handler ORDER BY id`,
	put: `INSERT INTO handler (id, portal, installation, webhook, event, url, user, connector, offline,
			platform, destination, base, created, disabled, ended, ended_by)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET portal = excluded.portal, installation = excluded.installation,
			webhook = excluded.webhook, event = excluded.event, url = excluded.url, user = excluded.user,
			connector = excluded.connector, offline = excluded.offline, platform = excluded.platform,
			destination = excluded.destination, base = excluded.base, created = excluded.created,
			disabled = excluded.disabled, ended = excluded.ended, ended_by = excluded.ended_by`,
	remove: `DELETE FROM handler WHERE id = ?`,

	scan: func(s *stmt) onevent.Handler {
		return onevent.Handler{
			ID:          onevent.HandlerID(s.readInt()),
			Portal:      onevent.PortalID(s.readInt()),
			Owner:       readOwner(s),
			Event:       s.readText(),
			URL:         s.readText(),
			User:        onevent.UserID(s.readInt()),
			Connector:   s.readText(),
			Offline:     s.readBool(),
			Platform:    s.readBool(),
			Destination: onevent.DestinationID(s.readInt()),
			Base:        s.readText(),
			Created:     s.readTime(),
			Disabled:    onevent.Verdict(s.readText()),
			Ended:       s.readTime(),
			EndedBy:     onevent.Verdict(s.readText()),
		}
	},
	bind: func(s *stmt, h *onevent.Handler) {
		s.int(int64(h.ID))
		s.int(int64(h.Portal))
		bindOwner(s, h.Owner)
		s.text(h.Event)
		s.text(h.URL)
		s.int(int64(h.User))
		s.text(h.Connector)
		s.bool(h.Offline)
		s.bool(h.Platform)
		s.int(int64(h.Destination))
		s.text(h.Base)
		s.time(h.Created)
		s.text(string(h.Disabled))
		s.time(h.Ended)
		s.text(string(h.EndedBy))
	},
	identify: func(s *stmt, h *onevent.Handler) { s.int(int64(h.ID)) },
}

var destinations = kind[onevent.Destination]{
	all: `SELECT id, portal, installation, webhook, url, options, created
		FROM destination ORDER BY id`,
	put: `INSERT INTO destination (id, portal, installation, webhook, url, options, created)
		VALUES (?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET portal = excluded.portal, installation = excluded.installation,
			webhook = excluded.webhook, url = excluded.url, options = excluded.options,
			created = excluded.created`,
	remove: `DELETE FROM destination WHERE id = ?`,

	scan: func(s *stmt) onevent.Destination {
		d := onevent.Destination{
			ID:     onevent.DestinationID(s.readInt()),
			Portal: onevent.PortalID(s.readInt()),
			Owner:  readOwner(s),
			URL:    s.readText(),
		}
		s.readJSON(&d.Options)
		d.Created = s.readTime()
		return d
	},
	bind: func(s *stmt, d *onevent.Destination) {
		s.int(int64(d.ID))
		s.int(int64(d.Portal))
		bindOwner(s, d.Owner)
		s.text(d.URL)
		bindOptions(s, d.Options)
		s.time(d.Created)
	},
	identify: func(s *stmt, d *onevent.Destination) { s.int(int64(d.ID)) },
}

func (t *tx) DestinationOf(owner onevent.Owner, url string) (onevent.Destination, error) {
	s := t.prepare(`SELECT id, portal, installation, webhook, url, options, created
		FROM destination WHERE installation = ? AND webhook = ? AND url = ?`)
	bindOwner(&s, owner)
	s.text(url)
	var d onevent.Destination
	err := s.one(func() { d = destinations.scan(&s) })
	return d, t.result(err)
}

func (t *tx) RemoveDestination(id onevent.DestinationID) (bool, error) {
	s := t.prepare(`DELETE FROM destination WHERE id = ?1
		AND NOT EXISTS (SELECT 1 FROM handler WHERE destination = ?1)`)
	s.int(int64(id))
	removed, err := t.changed(&s)
	if err != nil || !removed {
		return false, err
	}
	return true, t.Outages().Delete(onevent.Outage{Destination: id})
}

func readOwner(s *stmt) onevent.Owner {
	return onevent.Owner{
		Installation: onevent.InstallationID(s.readInt()),
		Webhook:      onevent.WebhookID(s.readInt()),
	}
}

func bindOwner(s *stmt, o onevent.Owner) {
	s.int(int64(o.Installation))
	s.int(int64(o.Webhook))
}

func bindOptions(s *stmt, o onevent.DeliveryOptions) {
	if !utf8.ValidString(o.Order) || !utf8.ValidString(o.Retry) {
		s.refuse()
	}
	s.json(o)
}

var outages = kind[onevent.Outage]{
	all: `SELECT destination, since, attempts, open, probes, several FROM outage ORDER BY destination`,
	put: `INSERT INTO outage (destination, since, attempts, open, probes, several) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (destination) DO UPDATE SET since = excluded.since, attempts = excluded.attempts,
			open = excluded.open, probes = excluded.probes, several = excluded.several`,
	remove: `DELETE FROM outage WHERE destination = ?`,

	scan: func(s *stmt) onevent.Outage {
		return onevent.Outage{
			Destination: onevent.DestinationID(s.readInt()),
			Since:       s.readTime(),
			Attempts:    int(s.readInt()),
			Open:        s.readBool(),
			Probes:      int(s.readInt()),
			Several:     s.readBool(),
		}
	},
	bind: func(s *stmt, o *onevent.Outage) {
		s.int(int64(o.Destination))
		s.time(o.Since)
		s.int(int64(o.Attempts))
		s.bool(o.Open)
		s.int(int64(o.Probes))
		s.bool(o.Several)
	},
	identify: func(s *stmt, o *onevent.Outage) { s.int(int64(o.Destination)) },
}
