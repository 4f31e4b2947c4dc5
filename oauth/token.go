// Package oauth is the authorisation server: sealed codes, access and refresh
// tokens, their exchange and refresh, and the answers about them.
// docs/protocol/oauth.md.
//
// A token is its own record: minting one writes nothing, and checking one asks
// only the directory. Epochs of installation and user inside the token make
// all older ones void at once.
package oauth

import (
	"encoding/hex"
	"math/rand/v2"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/directory"
	"github.com/onevent/onevent/seal"
)

// Lifetimes; docs/protocol/oauth.md section 3.
const (
	AccessLife  = time.Hour
	RefreshLife = 180 * 24 * time.Hour
)

// Authority mints and opens tokens. All fields must be set.
type Authority struct {
	Ring      *seal.Ring
	Directory *directory.Directory
	Store     onevent.Store
	Clock     onevent.Clock
	Addresses onevent.Addresses
}

// Grant says whose token is minted.
type Grant struct {
	Installation *directory.Installation
	User         *onevent.User
	Chain        onevent.Chain // of the event that carries the token; zero: none
	Refresh      bool          // mint a refresh token too
}

// Tokens are what a grant gives.
type Tokens struct {
	Access  string
	Refresh string // empty unless asked for
	Expires int64  // unix seconds
}

// claims are what a token says; the order of fields is the order on the wire.
type claims struct {
	portal       onevent.PortalID
	installation onevent.InstallationID
	user         onevent.UserID
	expires      int64 // unix seconds
	depth        int64
	chainStart   int64 // unix seconds
	family       int64
	generation   int64
	installEpoch int64
	userEpoch    int64
}

const (
	purposeAccess  = "access token"
	purposeRefresh = "refresh token"
)

// Mint makes tokens. It writes nothing.
func (a *Authority) Mint(g Grant) Tokens {
	return a.mintAt(g, a.Clock.Now())
}

// MintExpired makes an access token that has expired already, for trying an
// application's refresh.
func (a *Authority) MintExpired(g Grant) string {
	return a.mintAt(g, a.Clock.Now().Add(-2*AccessLife)).Access
}

func (a *Authority) mintAt(g Grant, now time.Time) Tokens {
	c := claimsOf(g)
	c.expires = now.Add(AccessLife).Unix()
	t := Tokens{Expires: c.expires}
	if g.Refresh {
		c.family = newFamily()
	}
	t.Access = a.sealClaims(purposeAccess, c)
	if g.Refresh {
		c.expires = now.Add(RefreshLife).Unix()
		t.Refresh = a.sealClaims(purposeRefresh, c)
	}
	return t
}

// newFamily draws what no other family has, as far as chance goes.
func newFamily() int64 { return rand.Int64N(1<<53-1) + 1 }

func claimsOf(g Grant) claims {
	c := claims{
		portal:       g.Installation.Portal,
		installation: g.Installation.ID,
		user:         g.User.ID,
		depth:        int64(g.Chain.Depth),
		installEpoch: g.Installation.Epoch,
		userEpoch:    g.User.Epoch,
	}
	if g.Chain.Depth > 0 {
		c.chainStart = g.Chain.Start.Unix()
	}
	return c
}

func (c claims) chain() onevent.Chain {
	if c.depth == 0 {
		return onevent.Chain{}
	}
	return onevent.Chain{Depth: int(c.depth), Start: time.Unix(c.chainStart, 0)}
}

func (c *claims) fields() [10]*int64 {
	return [...]*int64{(*int64)(&c.portal), (*int64)(&c.installation), (*int64)(&c.user), &c.expires, &c.depth,
		&c.chainStart, &c.family, &c.generation, &c.installEpoch, &c.userEpoch}
}

// maxToken bounds the characters of a token; docs/protocol/oauth.md section 6.
const maxToken = 200

// sealClaims gives lower-case hex of at most maxToken characters for ids that
// the root's types allow.
func (a *Authority) sealClaims(purpose string, c claims) string {
	fields := c.fields()
	plain := seal.AppendInts(make([]byte, 0, 64), fields[:]...)
	var text [maxToken]byte
	return string(hex.AppendEncode(text[:0], a.Ring.Seal(purpose, plain)))
}

func (a *Authority) openClaims(purpose, text string) (claims, bool) {
	var c claims
	if len(text) > maxToken {
		return c, false
	}
	sealed, err := hex.DecodeString(text)
	if err != nil {
		return c, false
	}
	plain, err := a.Ring.Open(purpose, sealed)
	if err != nil {
		return c, false
	}
	fields := c.fields()
	plain, ok := seal.ReadInts(plain, fields[:]...)
	return c, ok && len(plain) == 0
}
