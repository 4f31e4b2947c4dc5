package lifecycle

import (
	"github.com/onevent/onevent"
	"github.com/onevent/onevent/directory"
	"github.com/onevent/onevent/oauth"
)

// IssueTokens makes tokens of an active user for an installation. Nothing is
// stored.
func (m *Manager) IssueTokens(inst *directory.Installation, user onevent.UserID) (oauth.Tokens, error) {
	u, err := m.activeUser(inst.Portal, user)
	if err != nil {
		return oauth.Tokens{}, err
	}
	return m.Authority.Mint(oauth.Grant{Installation: inst, User: u, Refresh: true}), nil
}
