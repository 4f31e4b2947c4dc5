// Package session knows who sits at a browser: it asks people to sign in on a
// portal, and keeps that they did in a sealed cookie. Nothing is stored.
package session

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strings"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/seal"
)

// Life is how long a session lasts.
const Life = 12 * time.Hour

const purpose = "session"

// digestSize is enough to tell one password hash from another, in bytes: its
// salt is random.
const digestSize = 16

// claims are what a cookie says. A session ends with what it was begun by: the
// password, and the epoch that a dismissal raises.
type claims struct {
	portal onevent.PortalID
	user   onevent.UserID
	epoch  int64
	began  int64 // unix seconds
	digest [digestSize]byte
}

func (c *claims) fields() [4]*int64 {
	return [...]*int64{(*int64)(&c.portal), (*int64)(&c.user), &c.epoch, &c.began}
}

func claimsOf(u *onevent.User, began time.Time) claims {
	c := claims{portal: u.Portal, user: u.ID, epoch: u.Epoch, began: began.Unix()}
	sum := sha256.Sum256([]byte(u.Password))
	copy(c.digest[:], sum[:])
	return c
}

// User is who is signed in on the portal; nil: nobody.
func (d *Door) User(r *http.Request, portal *onevent.Portal, base string) *onevent.User {
	cookie, err := r.Cookie(cookieName(secure(base)))
	if err != nil {
		return nil
	}
	c, ok := d.open(cookie.Value)
	if !ok || c.portal != portal.ID || !d.Clock.Now().Before(time.Unix(c.began, 0).Add(Life)) {
		return nil
	}
	u := d.Directory.User(c.portal, c.user)
	if u == nil || !u.Active || claimsOf(u, time.Unix(c.began, 0)) != c {
		return nil
	}
	return u
}

func (d *Door) open(value string) (claims, bool) {
	var c claims
	sealed, err := base64.RawURLEncoding.DecodeString(value)
	if err != nil {
		return c, false
	}
	plain, err := d.Ring.Open(purpose, sealed)
	if err != nil {
		return c, false
	}
	fields := c.fields()
	plain, ok := seal.ReadInts(plain, fields[:]...)
	return c, ok && copy(c.digest[:], plain) == digestSize && len(plain) == digestSize
}

func (d *Door) seal(c claims) string {
	fields := c.fields()
	plain := seal.AppendInts(nil, fields[:]...)
	return base64.RawURLEncoding.EncodeToString(d.Ring.Seal(purpose, append(plain, c.digest[:]...)))
}

// cookie holds a session; an empty value ends it. Lax, since an application's
// link to the portal must find the session, and its forms must not.
func cookie(value string, secure bool) *http.Cookie {
	age := int(Life / time.Second)
	if value == "" {
		age = -1
	}
	return &http.Cookie{
		Name: cookieName(secure), Value: value, Path: "/", MaxAge: age,
		HttpOnly: true, Secure: secure, SameSite: http.SameSiteLaxMode,
	}
}

// cookieName makes browsers refuse a cookie of that name from any other host.
func cookieName(secure bool) string {
	if secure {
		return "__Host-onevent"
	}
	return "onevent"
}

func secure(base string) bool { return strings.HasPrefix(base, "https://") }
