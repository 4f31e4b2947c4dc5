package sqlite

import "github.com/onevent/onevent"

var applications = kind[onevent.Application]{
	all: `SELECT id, client_id, secret_hash, name, kind, ui, static, rotate_token, delivery, created
		FROM application ORDER BY id`,
	put: `INSERT INTO application (id, client_id, secret_hash, name, kind, ui, static, rotate_token, delivery, created)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET client_id = excluded.client_id, secret_hash = excluded.secret_hash,
			name = excluded.name, kind = excluded.kind, ui = excluded.ui, static = excluded.static,
			rotate_token = excluded.rotate_token, delivery = excluded.delivery, created = excluded.created`,
	remove: `DELETE FROM application WHERE id = ?`,

	scan: func(s *stmt) onevent.Application {
		a := onevent.Application{
			ID:          onevent.ApplicationID(s.readInt()),
			ClientID:    s.readText(),
			SecretHash:  s.readBytes(),
			Name:        s.readText(),
			Kind:        s.readText(),
			UI:          s.readBool(),
			Static:      s.readBool(),
			RotateToken: s.readText(),
		}
		s.readJSON(&a.Delivery)
		a.Created = s.readTime()
		return a
	},
	bind: func(s *stmt, a *onevent.Application) {
		s.int(int64(a.ID))
		s.text(a.ClientID)
		s.bytes(a.SecretHash)
		s.text(a.Name)
		s.text(a.Kind)
		s.bool(a.UI)
		s.bool(a.Static)
		s.text(a.RotateToken)
		bindOptions(s, a.Delivery)
		s.time(a.Created)
	},
	identify: func(s *stmt, a *onevent.Application) { s.int(int64(a.ID)) },
}

var versions = kind[onevent.Version]{
	all: `SELECT application, ordinal, text, scope, app_url, install_url, event_url
		FROM version ORDER BY application, ordinal`,
	put: `INSERT INTO version (application, ordinal, text, scope, app_url, install_url, event_url)
		VALUES (?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (application, ordinal) DO UPDATE SET text = excluded.text, scope = excluded.scope,
			app_url = excluded.app_url, install_url = excluded.install_url, event_url = excluded.event_url`,
	remove: `DELETE FROM version WHERE application = ? AND ordinal = ?`,

	scan: func(s *stmt) onevent.Version {
		return onevent.Version{
			Application: onevent.ApplicationID(s.readInt()),
			Ordinal:     s.readInt(),
			Text:        s.readText(),
			Scope:       s.readList(),
			AppURL:      s.readText(),
			InstallURL:  s.readText(),
			EventURL:    s.readText(),
		}
	},
	bind: func(s *stmt, v *onevent.Version) {
		s.int(int64(v.Application))
		s.int(v.Ordinal)
		s.text(v.Text)
		s.list(v.Scope)
		s.text(v.AppURL)
		s.text(v.InstallURL)
		s.text(v.EventURL)
	},
	identify: func(s *stmt, v *onevent.Version) {
		s.int(int64(v.Application))
		s.int(v.Ordinal)
	},
}

var installations = kind[onevent.Installation]{
	all: `SELECT id, portal, application, version, scope, status, installed, expired, paid_until,
			language, installed_by, epoch, sealed, created, ended
		FROM installation ORDER BY id`,
	put: `INSERT INTO installation (id, portal, application, version, scope, status, installed, expired,
			paid_until, language, installed_by, epoch, sealed, created, ended)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET portal = excluded.portal, application = excluded.application,
			version = excluded.version, scope = excluded.scope, status = excluded.status,
			installed = excluded.installed, expired = excluded.expired, paid_until = excluded.paid_until,
			language = excluded.language, installed_by = excluded.installed_by, epoch = excluded.epoch,
			sealed = excluded.sealed, created = excluded.created, ended = excluded.ended`,
	remove: `DELETE FROM installation WHERE id = ?`,

	scan: func(s *stmt) onevent.Installation {
		return onevent.Installation{
			ID:          onevent.InstallationID(s.readInt()),
			Portal:      onevent.PortalID(s.readInt()),
			Application: onevent.ApplicationID(s.readInt()),
			Version:     s.readInt(),
			Scope:       s.readList(),
			Status:      s.readText(),
			Installed:   s.readBool(),
			Expired:     s.readBool(),
			PaidUntil:   s.readTime(),
			Language:    s.readText(),
			InstalledBy: onevent.UserID(s.readInt()),
			Epoch:       s.readInt(),
			Sealed:      s.readBytes(),
			Created:     s.readTime(),
			Ended:       s.readTime(),
		}
	},
	bind: func(s *stmt, i *onevent.Installation) {
		s.int(int64(i.ID))
		s.int(int64(i.Portal))
		s.int(int64(i.Application))
		s.int(i.Version)
		s.list(i.Scope)
		s.text(i.Status)
		s.bool(i.Installed)
		s.bool(i.Expired)
		s.time(i.PaidUntil)
		s.text(i.Language)
		s.int(int64(i.InstalledBy))
		s.int(i.Epoch)
		s.bytes(i.Sealed)
		s.time(i.Created)
		s.time(i.Ended)
	},
	identify: func(s *stmt, i *onevent.Installation) { s.int(int64(i.ID)) },
}

var incomingWebhooks = kind[onevent.IncomingWebhook]{
	all: `SELECT id, portal, user, code_hash, scope, created, ended
		FROM incoming_webhook ORDER BY id`,
	put: `INSERT INTO incoming_webhook (id, portal, user, code_hash, scope, created, ended)
		VALUES (?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET portal = excluded.portal, user = excluded.user,
			code_hash = excluded.code_hash, scope = excluded.scope, created = excluded.created,
			ended = excluded.ended`,
	remove: `DELETE FROM incoming_webhook WHERE id = ?`,

	scan: func(s *stmt) onevent.IncomingWebhook {
		return onevent.IncomingWebhook{
			ID:       onevent.WebhookID(s.readInt()),
			Portal:   onevent.PortalID(s.readInt()),
			User:     onevent.UserID(s.readInt()),
			CodeHash: s.readBytes(),
			Scope:    s.readList(),
			Created:  s.readTime(),
			Ended:    s.readTime(),
		}
	},
	bind: func(s *stmt, w *onevent.IncomingWebhook) {
		s.int(int64(w.ID))
		s.int(int64(w.Portal))
		s.int(int64(w.User))
		s.bytes(w.CodeHash)
		s.list(w.Scope)
		s.time(w.Created)
		s.time(w.Ended)
	},
	identify: func(s *stmt, w *onevent.IncomingWebhook) { s.int(int64(w.ID)) },
}

var outgoingWebhooks = kind[onevent.OutgoingWebhook]{
	all: `SELECT id, portal, user, name, sealed, created, ended
		FROM outgoing_webhook ORDER BY id`,
	put: `INSERT INTO outgoing_webhook (id, portal, user, name, sealed, created, ended)
		VALUES (?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET portal = excluded.portal, user = excluded.user,
			name = excluded.name, sealed = excluded.sealed, created = excluded.created,
			ended = excluded.ended`,
	remove: `DELETE FROM outgoing_webhook WHERE id = ?`,

	scan: func(s *stmt) onevent.OutgoingWebhook {
		return onevent.OutgoingWebhook{
			ID:      onevent.WebhookID(s.readInt()),
			Portal:  onevent.PortalID(s.readInt()),
			User:    onevent.UserID(s.readInt()),
			Name:    s.readText(),
			Sealed:  s.readBytes(),
			Created: s.readTime(),
			Ended:   s.readTime(),
		}
	},
	bind: func(s *stmt, w *onevent.OutgoingWebhook) {
		s.int(int64(w.ID))
		s.int(int64(w.Portal))
		s.int(int64(w.User))
		s.text(w.Name)
		s.bytes(w.Sealed)
		s.time(w.Created)
		s.time(w.Ended)
	},
	identify: func(s *stmt, w *onevent.OutgoingWebhook) { s.int(int64(w.ID)) },
}
