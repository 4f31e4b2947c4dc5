package lifecycle

import (
	"context"
	"fmt"
	"strings"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/password"
)

// UserRequest describes a user to be made.
type UserRequest struct {
	Email    string
	Password onevent.Secret // at most 1024 bytes; empty: the user cannot sign in
	Name     string
	LastName string
	Gender   string // "M", "F" or empty
	TimeZone string // IANA name; empty: the portal's
	Admin    bool
	Inactive bool // he is made, and may do nothing until ChangeUser takes him in
}

// UserStep writes what belongs to a user in the transaction that makes or
// changes him; the user is as he will be, with his id. An error undoes all.
type UserStep func(tx onevent.Tx, user *onevent.User) error

// CreateUser makes a user of a portal, with the next id there. Two users of a
// portal never have one e-mail address: CodeConflict.
func (m *Manager) CreateUser(ctx context.Context, portal onevent.PortalID, r UserRequest, also ...UserStep) (*onevent.User, error) {
	if m.Directory.Portal(portal) == nil {
		return nil, notFound("no such portal")
	}
	user, err := m.newUser(ctx, r)
	if err != nil {
		return nil, err
	}
	user.Portal = portal
	defer m.lock(portal)()
	if err := m.checkFree(&user); err != nil {
		return nil, err
	}
	err = m.Store.Update(ctx, func(tx onevent.Tx) error {
		if err := m.putNewUser(tx, &user); err != nil {
			return err
		}
		return run(also, tx, &user)
	})
	return &user, err
}

func run(steps []UserStep, tx onevent.Tx, user *onevent.User) error {
	for _, step := range steps {
		if err := step(tx, user); err != nil {
			return err
		}
	}
	return nil
}

func (m *Manager) newUser(ctx context.Context, r UserRequest) (onevent.User, error) {
	u := onevent.User{
		Active: !r.Inactive, Admin: r.Admin, Email: r.Email, Name: r.Name, LastName: r.LastName, Gender: r.Gender,
		TimeZone: r.TimeZone, CreatedAt: m.Clock.Now(),
	}
	if err := checkUser(&u); err != nil {
		return u, err
	}
	hash, err := hashPassword(ctx, r.Password)
	u.Password = hash
	return u, err
}

// hashPassword is called before a lock is taken or a transaction begins: it is
// slow, and waits for others.
func hashPassword(ctx context.Context, p onevent.Secret) (string, error) {
	if p == "" {
		return "", nil
	}
	return password.Hash(ctx, p)
}

func (m *Manager) putNewUser(tx onevent.Tx, user *onevent.User) error {
	id, err := tx.NextID(fmt.Sprintf("user/%d", user.Portal))
	if err != nil {
		return err
	}
	user.ID = onevent.UserID(id)
	return m.Directory.PutUser(tx, *user)
}

// UserChange is what changes of a user; nil leaves it as it is.
type UserChange struct {
	Active   *bool // false dismisses: every token of the user dies at once
	Admin    *bool
	Email    *string
	Name     *string
	LastName *string
	Gender   *string // "M", "F" or empty
	TimeZone *string // IANA name; empty: the portal's
	// Password ends the sessions of the user, and leaves his tokens. Empty: he
	// can't sign in any more.
	Password *onevent.Secret
}

// ChangeUser changes what is known of a user, dismisses him or takes him back,
// makes him an administrator or an ordinary user. The last active administrator
// of a portal stays one, and an e-mail address is that of one user: CodeConflict.
func (m *Manager) ChangeUser(ctx context.Context, portal onevent.PortalID, id onevent.UserID, change UserChange, also ...UserStep) (*onevent.User, error) {
	hash, err := change.hash(ctx)
	if err != nil {
		return nil, err
	}
	defer m.lock(portal)()
	now := m.Directory.User(portal, id)
	if now == nil {
		return nil, notFound("the portal has no user %d", id)
	}
	row := change.of(*now)
	set(&row.Password, hash)
	if err := m.checkChanged(now, &row); err != nil {
		return nil, err
	}
	err = m.Store.Update(ctx, func(tx onevent.Tx) error {
		if err := m.Directory.PutUser(tx, row); err != nil {
			return err
		}
		return run(also, tx, &row)
	})
	return &row, err
}

// hash is the one of the new password; nil: the old one stays.
func (c UserChange) hash(ctx context.Context) (*string, error) {
	if c.Password == nil {
		return nil, nil
	}
	hash, err := hashPassword(ctx, *c.Password)
	return &hash, err
}

func (c UserChange) of(row onevent.User) onevent.User {
	wasActive := row.Active
	set(&row.Active, c.Active)
	set(&row.Admin, c.Admin)
	set(&row.Email, c.Email)
	set(&row.Name, c.Name)
	set(&row.LastName, c.LastName)
	set(&row.Gender, c.Gender)
	set(&row.TimeZone, c.TimeZone)
	if wasActive && !row.Active {
		row.Epoch++
	}
	return row
}

// checkChanged lets what was kept stay as it is.
func (m *Manager) checkChanged(was, row *onevent.User) error {
	if !m.leavesAdmin(*row) {
		return onevent.Errorf(onevent.CodeConflict, "user %d is the last active administrator of the portal", row.ID)
	}
	if row.Email != was.Email {
		if err := m.checkFree(row); err != nil {
			return err
		}
	}
	return checkUser(row)
}

func set[T any](field, value *T) {
	if value != nil {
		*field = *value
	}
}

func (m *Manager) leavesAdmin(row onevent.User) bool {
	for _, u := range m.Directory.Users(row.Portal) {
		if u.ID == row.ID {
			u = &row
		}
		if u.Active && u.Admin {
			return true
		}
	}
	return false
}

// checkFree says that no other user of the portal has the e-mail address.
func (m *Manager) checkFree(row *onevent.User) error {
	for _, u := range m.Directory.Users(row.Portal) {
		if u.ID != row.ID && row.Email != "" && strings.EqualFold(u.Email, row.Email) {
			return onevent.Errorf(onevent.CodeConflict, "user %d of the portal has the e-mail address already", u.ID)
		}
	}
	return nil
}

// administrator is who acts: the given user, or the portal's first
// administrator for 0.
func (m *Manager) administrator(portal onevent.PortalID, id onevent.UserID) (*onevent.User, error) {
	if id == 0 {
		if u := m.Directory.FirstAdmin(portal); u != nil {
			return u, nil
		}
		return nil, onevent.Errorf(onevent.CodeDenied, "the portal has no active administrator")
	}
	u := m.Directory.User(portal, id)
	if u == nil || !u.Active || !u.Admin {
		return nil, onevent.Errorf(onevent.CodeDenied, "user %d is no active administrator of the portal", id)
	}
	return u, nil
}
