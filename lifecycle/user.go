package lifecycle

import (
	"context"
	"fmt"

	"golang.org/x/crypto/bcrypt"

	"github.com/onevent/onevent"
)

// UserRequest describes a user to be made.
type UserRequest struct {
	Email    string
	Password onevent.Secret // at most 72 bytes; empty: the user cannot sign in
	Name     string
	LastName string
	TimeZone string // IANA name; empty: the portal's
	Admin    bool
}

// CreateUser makes an active user of a portal, with the next id there.
func (m *Manager) CreateUser(ctx context.Context, portal onevent.PortalID, r UserRequest) (*onevent.User, error) {
	if m.Directory.Portal(portal) == nil {
		return nil, notFound("no such portal")
	}
	user, err := m.newUser(r)
	if err != nil {
		return nil, err
	}
	user.Portal = portal
	err = m.Store.Update(ctx, func(tx onevent.Tx) error { return m.putNewUser(tx, &user) })
	return &user, err
}

func (m *Manager) newUser(r UserRequest) (onevent.User, error) {
	u := onevent.User{
		Active: true, Admin: r.Admin, Email: r.Email, Name: r.Name, LastName: r.LastName,
		TimeZone: r.TimeZone, CreatedAt: m.Clock.Now(),
	}
	if err := firstError(checkEmail(r.Email), checkTimeZone(r.TimeZone)); err != nil {
		return u, err
	}
	hash, err := hashPassword(r.Password)
	u.Password = hash
	return u, err
}

const maxPassword = 72 // bytes: bcrypt reads no further

func hashPassword(password onevent.Secret) (string, error) {
	if password == "" {
		return "", nil
	}
	if len(password) > maxPassword {
		return "", invalid("password must have at most %d bytes", maxPassword)
	}
	hash, err := bcrypt.GenerateFromPassword([]byte(password.Reveal()), bcrypt.DefaultCost)
	return string(hash), err
}

// PasswordMatches compares a password with the user's, slowly on purpose. A
// user without a password matches none.
func PasswordMatches(u *onevent.User, password string) bool {
	return bcrypt.CompareHashAndPassword([]byte(u.Password), []byte(password)) == nil
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
	Active *bool // false dismisses: every token of the user dies at once
	Admin  *bool
}

// ChangeUser dismisses a user or takes him back, makes him an administrator or
// an ordinary user. The last active administrator of a portal stays one.
func (m *Manager) ChangeUser(ctx context.Context, portal onevent.PortalID, id onevent.UserID, change UserChange) (*onevent.User, error) {
	defer m.lock(portal)()
	now := m.Directory.User(portal, id)
	if now == nil {
		return nil, notFound("the portal has no user %d", id)
	}
	row := *now
	set(&row.Active, change.Active)
	set(&row.Admin, change.Admin)
	if now.Active && !row.Active {
		row.Epoch++
	}
	if !m.leavesAdmin(row) {
		return nil, onevent.Errorf(onevent.CodeConflict, "user %d is the last active administrator of the portal", id)
	}
	err := m.Store.Update(ctx, func(tx onevent.Tx) error { return m.Directory.PutUser(tx, row) })
	return &row, err
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
