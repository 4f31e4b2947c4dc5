package sqlite

import (
	"unicode/utf8"

	"github.com/onevent/onevent"
)

var portals = kind[onevent.Portal]{
	all: `SELECT id, member_id, domain, formerly, public_url, language, time_zone, settings, created
		FROM portal ORDER BY id`,
	put: `INSERT INTO portal (id, member_id, domain, formerly, public_url, language, time_zone, settings, created)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET member_id = excluded.member_id, domain = excluded.domain,
			formerly = excluded.formerly, public_url = excluded.public_url, language = excluded.language,
			time_zone = excluded.time_zone, settings = excluded.settings, created = excluded.created`,
	remove: `DELETE FROM portal WHERE id = ?`,

	scan: func(s *stmt) onevent.Portal {
		p := onevent.Portal{
			ID:        onevent.PortalID(s.readInt()),
			MemberID:  s.readText(),
			Domain:    s.readText(),
			Formerly:  s.readList(),
			PublicURL: s.readText(),
			Language:  s.readText(),
			TimeZone:  s.readText(),
		}
		s.readJSON(&p.Settings)
		p.Created = s.readTime()
		return p
	},
	bind: func(s *stmt, p *onevent.Portal) {
		s.int(int64(p.ID))
		s.text(p.MemberID)
		s.text(p.Domain)
		s.list(p.Formerly)
		s.text(p.PublicURL)
		s.text(p.Language)
		s.text(p.TimeZone)
		if !utf8.ValidString(p.Settings.RefreshToken) {
			s.refuse()
		}
		s.json(p.Settings)
		s.time(p.Created)
	},
	identify: func(s *stmt, p *onevent.Portal) { s.int(int64(p.ID)) },
}

var users = kind[onevent.User]{
	all: `SELECT portal, id, active, admin, email, name, last_name, gender, time_zone, password, epoch, created
		FROM user ORDER BY portal, id`,
	put: `INSERT INTO user (portal, id, active, admin, email, name, last_name, gender, time_zone, password, epoch, created)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (portal, id) DO UPDATE SET active = excluded.active, admin = excluded.admin,
			email = excluded.email, name = excluded.name, last_name = excluded.last_name, gender = excluded.gender,
			time_zone = excluded.time_zone, password = excluded.password, epoch = excluded.epoch,
			created = excluded.created`,
	remove: `DELETE FROM user WHERE portal = ? AND id = ?`,

	scan: func(s *stmt) onevent.User {
		return onevent.User{
			Portal:    onevent.PortalID(s.readInt()),
			ID:        onevent.UserID(s.readInt()),
			Active:    s.readBool(),
			Admin:     s.readBool(),
			Email:     s.readText(),
			Name:      s.readText(),
			LastName:  s.readText(),
			Gender:    s.readText(),
			TimeZone:  s.readText(),
			Password:  s.readText(),
			Epoch:     s.readInt(),
			CreatedAt: s.readTime(),
		}
	},
	bind: func(s *stmt, u *onevent.User) {
		s.int(int64(u.Portal))
		s.int(int64(u.ID))
		s.bool(u.Active)
		s.bool(u.Admin)
		s.text(u.Email)
		s.text(u.Name)
		s.text(u.LastName)
		s.text(u.Gender)
		s.text(u.TimeZone)
		s.text(u.Password)
		s.int(u.Epoch)
		s.time(u.CreatedAt)
	},
	identify: func(s *stmt, u *onevent.User) {
		s.int(int64(u.Portal))
		s.int(int64(u.ID))
	},
}
