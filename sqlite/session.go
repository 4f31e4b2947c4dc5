package sqlite

import (
	"strings"

	"github.com/onevent/onevent"
	"zombiezen.com/go/sqlite"
)

// session is one closure's use of a connection: what Reader and Tx have in
// common.
type session struct {
	conn *sqlite.Conn
	// failed is the error that ended the session, or the end itself.
	failed error
	wrote  bool // a statement was run that may change something
	budget int  // of a search; 0: the usual
}

var errOver = onevent.Errorf(onevent.CodeInternal, "the transaction is over: its closure has returned")

func (s *session) prepare(query string) stmt {
	if s.failed != nil {
		return stmt{err: s.failed}
	}
	s.wrote = s.wrote || !strings.HasPrefix(query, "SELECT")
	return prepare(s.conn, query)
}

// forget ends a statement that was prepared often, and is not kept for later.
func (s *session) forget(query string) {
	if s.failed == nil {
		q := s.prepare(query)
		q.drop()
	}
}

// result translates the outcome of a statement.
func (s *session) result(err error) error {
	if err == nil {
		return nil
	}
	err = translate(err)
	if s.failed == nil && !refusal(err) {
		s.failed = err
	}
	return err
}

// reader is a session on a snapshot.
type reader struct{ session }

var _ onevent.Reader = (*reader)(nil)

func (r *reader) Portals() onevent.Rows[onevent.Portal] {
	return rows(&r.session, &portals)
}

func (r *reader) Users() onevent.Rows[onevent.User] {
	return rows(&r.session, &users)
}

func (r *reader) Applications() onevent.Rows[onevent.Application] {
	return rows(&r.session, &applications)
}

func (r *reader) Versions() onevent.Rows[onevent.Version] {
	return rows(&r.session, &versions)
}

func (r *reader) Installations() onevent.Rows[onevent.Installation] {
	return rows(&r.session, &installations)
}

func (r *reader) IncomingWebhooks() onevent.Rows[onevent.IncomingWebhook] {
	return rows(&r.session, &incomingWebhooks)
}

func (r *reader) OutgoingWebhooks() onevent.Rows[onevent.OutgoingWebhook] {
	return rows(&r.session, &outgoingWebhooks)
}

func (r *reader) Handlers() onevent.Rows[onevent.Handler] {
	return rows(&r.session, &handlers)
}

func (r *reader) Destinations() onevent.Rows[onevent.Destination] {
	return rows(&r.session, &destinations)
}

func (r *reader) Jobs() onevent.Rows[onevent.Job] {
	return rows(&r.session, &jobs)
}

func (r *reader) Outages() onevent.Rows[onevent.Outage] {
	return rows(&r.session, &outages)
}

func (r *reader) FileSets() onevent.Rows[onevent.FileSet] {
	return rows(&r.session, &fileSets)
}
