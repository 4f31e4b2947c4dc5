package session

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/directory"
	"github.com/onevent/onevent/page"
	"github.com/onevent/onevent/password"
	"github.com/onevent/onevent/rest/limit"
	"github.com/onevent/onevent/seal"
)

// Door lets people in on a portal. All exported fields but Open and Matches must
// be set; it is safe for concurrent use and must not be copied.
type Door struct {
	Ring      *seal.Ring
	Directory *directory.Directory
	Clock     onevent.Clock
	Logger    *slog.Logger
	// Open lets anybody be a user who has no password: on a laptop.
	Open bool
	// Matches compares what is stored of a password with what was typed, and takes
	// its time; nil: password.Matches.
	Matches func(ctx context.Context, stored string, typed onevent.Secret) (bool, error)

	attempts attempts
}

// visit is one request to the door.
type visit struct {
	*Door
	w      http.ResponseWriter
	r      *http.Request
	portal *onevent.Portal
	secure bool
}

func (d *Door) visit(w http.ResponseWriter, r *http.Request, portal *onevent.Portal, base string) *visit {
	return &visit{d, w, r, portal, secure(base)}
}

// Enter gives who is signed in. Anybody else is answered with the sign-in page,
// whose form posts to the same address, and gets nil; so does whoever posts that
// form. Once he is known he is sent back by 303 to the path, which is the
// address that he came by, with its query as it came. base is scheme, host and
// port by which he came.
func (d *Door) Enter(w http.ResponseWriter, r *http.Request, portal *onevent.Portal, base, path string) *onevent.User {
	v := d.visit(w, r, portal, base)
	if r.Method == http.MethodPost {
		v.signIn(path)
		return nil
	}
	u := d.User(r, portal, base)
	if u == nil {
		v.ask(http.StatusOK, "", "")
	}
	return u
}

// Leave answers the form by which people sign out.
func (d *Door) Leave(w http.ResponseWriter, r *http.Request, portal *onevent.Portal, base string) {
	v := d.visit(w, r, portal, base)
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		v.notice("This page does not exist", "Signing out is a button, not an address.").Write(w, http.StatusMethodNotAllowed)
		return
	}
	if v.foreign() {
		return
	}
	http.SetCookie(w, cookie("", v.secure))
	v.notice("You are signed out", "You can close this window.").Write(w, http.StatusOK)
}

func (v *visit) notice(title, text string) page.Notice {
	return page.Notice{Portal: v.portal.Domain, Title: title, Text: text}
}

func (v *visit) ask(status int, problem, email string) {
	page.SignIn{Portal: v.portal.Domain, Problem: problem, Email: email, Users: v.choices()}.Write(v.w, status)
}

// choices are those who need no password.
func (v *visit) choices() []page.User {
	if !v.Open {
		return nil
	}
	var out []page.User
	for _, u := range v.Directory.Users(v.portal.ID) {
		if u.Active && u.Password == "" {
			out = append(out, page.User{ID: int64(u.ID), Name: Name(u)})
		}
	}
	return out
}

// Name is what a person is called on a page.
func Name(u *onevent.User) string {
	return cmp.Or(strings.TrimSpace(u.Name+" "+u.LastName), u.Email, "user "+strconv.FormatInt(int64(u.ID), 10))
}

// guard refuses forms that another site sent: one that signs a person in as
// somebody else, or out. It goes by Sec-Fetch-Site, which every browser of today
// sends by https, else by Origin; so no secret has to be put into the form, nor
// kept anywhere. Who sends neither is no browser, and has no cookies of anybody.
var guard = http.NewCrossOriginProtection()

// foreign answers a form of another site.
func (v *visit) foreign() bool {
	if guard.Check(v.r) == nil {
		return false
	}
	v.notice("Another site sent this form", "Nothing was done. Open the page that you want by its address.").Write(v.w, http.StatusForbidden)
	return true
}

// longestForm is enough for what the form of the page may hold, in bytes.
const longestForm = 16 << 10

func (v *visit) signIn(path string) {
	if v.foreign() {
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(v.w, v.r.Body, longestForm))
	if err != nil {
		v.ask(http.StatusBadRequest, "The form could not be read. Try again.", "")
		return
	}
	form, _ := url.ParseQuery(string(body)) // what is no form has no fields
	u := v.whom(form)
	if u == nil {
		return
	}
	v.Logger.Debug("signed in", "portal", v.portal.Domain, "user", int64(u.ID))
	http.SetCookie(v.w, cookie(v.seal(claimsOf(u, v.Clock.Now())), v.secure))
	page.Private(v.w.Header())
	v.w.Header().Set("Location", back(path, v.r.URL.RawQuery))
	v.w.WriteHeader(http.StatusSeeOther)
}

// back is an address on the portal itself, whatever the query holds: path is ours.
func back(path, query string) string {
	if query == "" {
		return path
	}
	return path + "?" + query
}

// whom is whose password the form has, or whom it chooses; nil: it was answered.
func (v *visit) whom(form url.Values) *onevent.User {
	if v.Open && form.Get("user") != "" {
		return v.chosen(form.Get("user"))
	}
	email, typed := form.Get("email"), onevent.Secret(form.Get("password"))
	if email == "" || typed == "" {
		v.ask(http.StatusBadRequest, "Type your e-mail address and your password.", email)
		return nil
	}
	return v.judged(email, typed)
}

func (v *visit) chosen(id string) *onevent.User {
	n, err := strconv.ParseInt(id, 10, 64)
	u := v.Directory.User(v.portal.ID, onevent.UserID(n))
	if err != nil || u == nil || !u.Active || u.Password != "" {
		v.ask(http.StatusForbidden, "This user can't sign in without a password.", "")
		return nil
	}
	return u
}

// judged says no more to the wrong person than that he is: not by what it answers,
// nor by how long it takes, whether there is such a user. An attempt counts before
// it is judged, so that many at once count as many.
func (v *visit) judged(email string, typed onevent.Secret) *onevent.User {
	network := limit.NetworkOf(v.r.RemoteAddr)
	try := attempt{who: personOf(v.portal.ID, email), from: callerOf(v.portal.ID, network)}
	if wait := v.attempts.begin(try, v.Clock.Now()); wait > 0 {
		v.Logger.Info("attempts to sign in are held back", "portal", v.portal.Domain, "client", network.String())
		v.holdBack(wait, email)
		return nil
	}
	u, err := v.match(v.r.Context(), email, typed)
	if err != nil {
		v.ask(http.StatusServiceUnavailable, "You could not be signed in now. Try again.", email)
		return nil
	}
	if u == nil {
		v.ask(http.StatusForbidden, "The e-mail address or the password is wrong.", email)
		return nil
	}
	v.attempts.succeeded(try)
	return u
}

// match finds the active user whose e-mail address and password these are. It
// hashes what was typed in any case.
func (v *visit) match(ctx context.Context, email string, typed onevent.Secret) (*onevent.User, error) {
	u := v.Directory.UserByEmail(v.portal.ID, email)
	stored := ""
	if u != nil && u.Active {
		stored = u.Password
	}
	matches := v.Matches
	if matches == nil {
		matches = password.Matches
	}
	ok, err := matches(ctx, stored, typed)
	if !ok || err != nil {
		return nil, err
	}
	return u, nil
}

func (v *visit) holdBack(wait time.Duration, email string) {
	seconds := int64(math.Ceil(wait.Seconds()))
	v.w.Header().Set("Retry-After", strconv.FormatInt(seconds, 10))
	v.ask(http.StatusTooManyRequests, fmt.Sprintf("Too many attempts did not succeed. Try again in %s.", inWords(seconds)), email)
}

func inWords(seconds int64) string {
	switch minutes := (seconds + 59) / 60; {
	case seconds == 1:
		return "a second"
	case seconds < 60:
		return strconv.FormatInt(seconds, 10) + " seconds"
	case minutes == 1:
		return "a minute"
	default:
		return strconv.FormatInt(minutes, 10) + " minutes"
	}
}
