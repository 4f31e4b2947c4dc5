package session_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/internal/testportal"
	"github.com/onevent/onevent/password"
	"github.com/onevent/onevent/session"
)

const (
	typed = "correct horse battery staple"
	email = "user@example.com"
	path  = "/oauth/authorize/"
)

// hall is a door with a portal behind it, whose user has a password.
type hall struct {
	*testportal.Portal
	door *session.Door
	log  bytes.Buffer
	base string
	from string // RemoteAddr

	salt, compared int
}

func open(t *testing.T) *hall {
	t.Helper()
	t.Parallel()
	h := &hall{Portal: testportal.Open(t), base: "https://portal.example.com", from: "192.0.2.1:5000"}
	logger := slog.New(slog.NewJSONHandler(&h.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	h.door = &session.Door{Ring: h.Authority.Ring, Directory: h.Directory, Clock: h.Clock, Logger: logger}
	h.door.Matches = func(_ context.Context, stored string, typed onevent.Secret) (bool, error) {
		h.compared++
		_, text, ok := strings.Cut(stored, " ")
		return ok && typed.Equal(text), nil
	}
	h.setPassword(typed)
	return h
}

// setPassword stores what is quick to compare, and differs each time.
func (h *hall) setPassword(text string) {
	h.T.Helper()
	h.salt++
	h.ChangeUser(testportal.User, func(u *onevent.User) { u.Password = fmt.Sprint(h.salt, " ", text) })
}

// send gives the answer, or the name of who was let in.
func (h *hall) send(r *http.Request) testportal.Answer {
	r.RemoteAddr = h.from
	return testportal.Do(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if u := h.door.Enter(w, r, h.Row(), h.base, path); u != nil {
			fmt.Fprintf(w, "in as %d", u.ID)
		}
	}), r)
}

func form(pairs ...string) string {
	values := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		values.Set(pairs[i], pairs[i+1])
	}
	return values.Encode()
}

func (h *hall) post(body string) testportal.Answer {
	return h.send(httptest.NewRequest(http.MethodPost, path+"?a=b", strings.NewReader(body)))
}

func (h *hall) signIn(email, typed string) testportal.Answer {
	return h.post(form("email", email, "password", typed))
}

// cookie signs the user in.
func (h *hall) cookie() *http.Cookie {
	h.T.Helper()
	a := h.signIn(email, typed)
	c, err := http.ParseSetCookie(a.Header.Get("Set-Cookie"))
	if a.Status != http.StatusSeeOther || err != nil {
		h.T.Fatalf("signing in: %d %s, %v", a.Status, a.Text, err)
	}
	return c
}

// shown is what a browser with that cookie sees.
func (h *hall) shown(name, value string) string {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.AddCookie(&http.Cookie{Name: name, Value: value})
	return h.send(r).Text
}

func (h *hall) wantIn(what string, c *http.Cookie, in bool) {
	h.T.Helper()
	text := h.shown(c.Name, c.Value)
	if (text == "in as 2") != in || !in && !strings.Contains(text, `name="password"`) {
		h.T.Errorf("%s: %s", what, text)
	}
}

func TestWhoSignsInIsSentBackWhereHeCameFrom(t *testing.T) {
	h := open(t)
	for _, address := range []string{email, "USER@Example.com"} {
		a := h.send(httptest.NewRequest(http.MethodPost, path+"?client_id=x&state=%2B+a%zz", strings.NewReader(form("email", address, "password", typed))))
		if a.Status != http.StatusSeeOther || a.Header.Get("Location") != path+"?client_id=x&state=%2B+a%zz" {
			t.Errorf("%s: %d to %s", address, a.Status, a.Header.Get("Location"))
		}
		if a.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("headers %v", a.Header)
		}
	}
	h.wantIn("the cookie", h.cookie(), true)
}

// However he came by it: an address that begins with two slashes is another site's.
func TestNobodyIsSentToAnotherSite(t *testing.T) {
	h := open(t)
	for _, target := range []string{"//evil.example.com/oauth/authorize/?client_id=x", "/\\evil.example.com", "https://evil.example.com/", path + "?//evil.example.com"} {
		a := h.send(httptest.NewRequest(http.MethodPost, target, strings.NewReader(form("email", email, "password", typed))))
		if at := a.Header.Get("Location"); a.Status != http.StatusSeeOther || !strings.HasPrefix(at, path) {
			t.Errorf("%s leads to %s", target, at)
		}
	}
}

func TestTheCookieIsForThePortalAlone(t *testing.T) {
	h := open(t)
	c := h.cookie()
	if c.Name != "__Host-onevent" || !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" || c.MaxAge != 12*3600 {
		t.Errorf("by https the cookie is %v", c)
	}
	h.base = "http://portal.example.com"
	c = h.cookie()
	if c.Name != "onevent" || c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode {
		t.Errorf("by http the cookie is %v", c)
	}
	h.wantIn("by http", c, true)
	h.Update(func(tx onevent.Tx) error {
		if err := h.Directory.PutPortal(tx, onevent.Portal{ID: 9, MemberID: strings.Repeat("b", 32), Domain: "other.example.com"}); err != nil {
			return err
		}
		u := *h.Directory.User(h.ID, testportal.User)
		u.Portal = 9
		return h.Directory.PutUser(tx, u)
	})
	h.ID = 9
	h.wantIn("on another portal with the same user", c, false)
}

func TestASessionEndsWithWhatItWasBegunBy(t *testing.T) {
	for what, end := range map[string]func(*hall){
		"another password":         func(h *hall) { h.setPassword("another") },
		"the same password, again": func(h *hall) { h.setPassword(typed) },
		"no password":              func(h *hall) { h.ChangeUser(testportal.User, func(u *onevent.User) { u.Password = "" }) },
		"a dismissal":              func(h *hall) { h.ChangeUser(testportal.User, func(u *onevent.User) { u.Active = false }) },
		"a dismissal taken back":   func(h *hall) { h.ChangeUser(testportal.User, func(u *onevent.User) { u.Epoch++ }) },
		"twelve hours":             func(h *hall) { h.Clock.Advance(12 * time.Hour) },
	} {
		t.Run(what, func(t *testing.T) {
			h := open(t)
			c := h.cookie()
			h.Clock.Advance(time.Hour)
			h.ChangeUser(testportal.User, func(u *onevent.User) { u.Name, u.Admin = "Other", true })
			h.wantIn("before", c, true)
			end(h)
			h.wantIn(what, c, false)
		})
	}
	h := open(t)
	c := h.cookie()
	h.Clock.Advance(12*time.Hour - time.Second)
	h.wantIn("in its last second", c, true)
}

func TestWhatIsNoCookieOfOursLetsNobodyIn(t *testing.T) {
	h := open(t)
	good := h.cookie()
	for i := range good.Value {
		other := "A"
		if good.Value[i] == 'A' {
			other = "Q"
		}
		h.wantIn("a changed letter", &http.Cookie{Name: good.Name, Value: good.Value[:i] + other + good.Value[i+1:]}, false)
	}
	for _, value := range []string{"", "x", good.Value + "A", good.Value[:20], h.Token(testportal.User), strings.Repeat("A", 100_000)} {
		h.wantIn("made up", &http.Cookie{Name: good.Name, Value: value}, false)
	}
	h.wantIn("under the name of plain http", &http.Cookie{Name: "onevent", Value: good.Value}, false)
}

func TestSigningOutTakesTheCookieAway(t *testing.T) {
	h := open(t)
	leave := func(method, site string) testportal.Answer {
		r := httptest.NewRequest(method, "https://portal.example.com/oauth/sign-out/", nil)
		r.Header.Set("Sec-Fetch-Site", site)
		return testportal.Do(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { h.door.Leave(w, r, h.Row(), h.base) }), r)
	}
	a := leave(http.MethodPost, "same-origin")
	c, err := http.ParseSetCookie(a.Header.Get("Set-Cookie"))
	if a.Status != 200 || err != nil || c.Name != "__Host-onevent" || c.Value != "" || c.MaxAge != -1 || c.Path != "/" || !c.Secure {
		t.Errorf("got %d %v, %v", a.Status, c, err)
	}
	for _, a := range []testportal.Answer{leave(http.MethodPost, "cross-site"), leave(http.MethodGet, "same-origin")} {
		if a.Header.Get("Set-Cookie") != "" || a.Status != 403 && a.Status != 405 {
			t.Errorf("got %d %v", a.Status, a.Header)
		}
	}
}

func TestAFormOfAnotherSiteIsRefused(t *testing.T) {
	h := open(t)
	for _, c := range []struct {
		name, value string
		status      int
	}{
		{"Sec-Fetch-Site", "cross-site", 403}, {"Sec-Fetch-Site", "same-site", 403}, {"Origin", "https://evil.example.com", 403}, {"Origin", "null", 403},
		{"Sec-Fetch-Site", "same-origin", 303}, {"Sec-Fetch-Site", "none", 303}, {"Origin", "https://portal.example.com", 303}, {"X-None", "", 303},
	} {
		r := httptest.NewRequest(http.MethodPost, "https://portal.example.com"+path, strings.NewReader(form("email", email, "password", typed)))
		r.Header.Set(c.name, c.value)
		if a := h.send(r); a.Status != c.status || (a.Header.Get("Set-Cookie") != "") != (c.status == 303) {
			t.Errorf("%s %s: %d", c.name, c.value, a.Status)
		}
	}
}

// Not the status, not a letter of the page says whether there is such a user.
func TestTheWrongPersonLearnsNothing(t *testing.T) {
	h := open(t)
	h.ChangeUser(3, func(u *onevent.User) {
		u.Active, u.Email, u.Password = false, "gone@example.com", h.Directory.User(h.ID, 2).Password
	})
	want := ""
	for _, who := range []string{email, "none@example.com", "admin@example.com", "gone@example.com", "x", "\x00\xff"} {
		for _, secret := range []string{"wrong", typed + " ", strings.Repeat("x", 2000)} {
			if who == "gone@example.com" {
				secret = typed
			}
			before := h.compared
			a := h.signIn(who, secret)
			if h.compared != before+1 {
				t.Errorf("%q: a password was compared %d times: the time tells whether there is such a user", who, h.compared-before)
			}
			shown := strings.ReplaceAll(a.Text, `value="`+who+`"`, `value=""`)
			if who == "\x00\xff" {
				continue // it is shown as what HTML has for it
			}
			if want == "" {
				want = shown
			}
			if a.Status != 403 || shown != want || a.Header.Get("Set-Cookie") != "" || !strings.Contains(shown, "The e-mail address or the password is wrong.") {
				t.Errorf("%q with %.10q: %d %s", who, secret, a.Status, shown)
			}
		}
	}
}

func TestAHalfFilledFormIsAskedForAgain(t *testing.T) {
	h := open(t)
	for body, status := range map[string]int{
		"": 400, form("email", email): 400, form("password", typed): 400, "email=a%zz&password": 400, strings.Repeat("x", 16<<10+1): 400,
		form("user", "1"): 400, "\x00\x01": 400, `{"email":"a","password":"b"}`: 400,
	} {
		if a := h.post(body); a.Status != status || !strings.Contains(a.Text, `role="alert"`) || !strings.Contains(a.Text, `name="password"`) {
			t.Errorf("%.20q: %d %s", body, a.Status, a.Text)
		}
	}
	if a := h.signIn(`"><script>alert(1)</script>`, "x"); strings.Contains(a.Text, "<script") || !strings.Contains(a.Text, "&lt;script&gt;") {
		t.Errorf("what was typed is not escaped: %s", a.Text)
	}
}

func TestAttemptsOnOnePersonAreHeldBack(t *testing.T) {
	h := open(t)
	for who, spelling := range map[string][]string{email: {email, "USER@EXAMPLE.COM", "u\u017fer@example.com"}, "none@example.com": {"none@example.com", "None@example.com"}} {
		for n := range 10 {
			h.from = fmt.Sprintf("192.0.2.%d:1", n)
			if a := h.signIn(spelling[n%len(spelling)], "wrong"); a.Status != 403 {
				t.Fatalf("attempt %d on %s: %d", n, who, a.Status)
			}
		}
		wait := 5
		for range 9 {
			h.from = "198.51.100.7:1"
			a := h.signIn(spelling[0], typed)
			if a.Status != 429 || a.Header.Get("Retry-After") != fmt.Sprint(wait) || !strings.Contains(a.Text, "Too many attempts did not succeed. Try again in ") {
				t.Fatalf("%s: %d, Retry-After %s, want %d: %s", who, a.Status, a.Header.Get("Retry-After"), wait, a.Text)
			}
			h.Clock.Advance(time.Duration(wait) * time.Second)
			if a := h.signIn(spelling[0], "wrong"); a.Status != 403 {
				t.Fatalf("%s, after waiting: %d", who, a.Status)
			}
			wait = min(2*wait, 900)
		}
	}
	// Others are not held back, and who waited long enough is let in.
	h.ChangeUser(testportal.Admin, func(u *onevent.User) { u.Password = h.Directory.User(h.ID, testportal.User).Password })
	if a := h.signIn("admin@example.com", typed); a.Status != 303 {
		t.Errorf("another person: %d", a.Status)
	}
	h.Clock.Advance(15 * time.Minute)
	h.cookie()
	if a := h.signIn(email, "wrong"); a.Status != 403 {
		t.Errorf("after a success failures count from the start: %d", a.Status)
	}
}

func TestAttemptsFromOneAddressAreHeldBack(t *testing.T) {
	h := open(t)
	for n := range 50 {
		h.from = fmt.Sprintf("[2001:db8::%x]:1", n) // of one network
		if a := h.signIn(fmt.Sprintf("u%d@example.com", n), "x"); a.Status != 403 {
			t.Fatalf("attempt %d: %d", n, a.Status)
		}
	}
	if a := h.signIn(email, typed); a.Status != 429 {
		t.Errorf("the 51st from one network: %d", a.Status)
	}
	h.from = "[2001:db8:0:1::1]:1"
	h.cookie()
	// Who may sign in does not clear his address of what he guesses.
	held := 0
	for n := range 60 {
		if h.signIn(fmt.Sprintf("other%d@example.com", n), "x").Status == 429 {
			held++
			continue
		}
		h.signIn(email, typed)
	}
	if held != 10 {
		t.Errorf("of 60 guesses between successes %d were held back, want 10", held)
	}
	if strings.Contains(h.log.String(), email) || strings.Contains(h.log.String(), typed) || !strings.Contains(h.log.String(), "held back") {
		t.Errorf("log: %s", h.log.String())
	}
}

func TestOnALaptopUsersWithoutAPasswordAreChosen(t *testing.T) {
	h := open(t)
	choose := func(id string) testportal.Answer { return h.post(form("user", id)) }
	if a := choose("1"); a.Status != 400 {
		t.Errorf("where the door is not open: %d", a.Status)
	}
	h.door.Open = true
	h.ChangeUser(3, func(u *onevent.User) { u.Name, u.Active = "Gone", false })
	page := h.send(httptest.NewRequest(http.MethodGet, path, nil)).Text
	if !strings.Contains(page, `<button class="choice" name="user" value="1">Continue as Administrator</button>`) || strings.Count(page, "Continue as") != 1 {
		t.Errorf("the page has %s", page)
	}
	a := choose("1")
	c, err := http.ParseSetCookie(a.Header.Get("Set-Cookie"))
	if a.Status != 303 || err != nil || h.shown(c.Name, c.Value) != "in as 1" {
		t.Errorf("chosen: %d %v", a.Status, err)
	}
	for _, id := range []string{"2", "3", "9", "0", "-1", "x", "99999999999999999999"} {
		if a := choose(id); a.Status != 403 || a.Header.Get("Set-Cookie") != "" {
			t.Errorf("user %s: %d", id, a.Status)
		}
	}
	h.cookie()
}

func TestThePasswordThatIsStoredLetsIn(t *testing.T) {
	h := open(t)
	h.door.Matches = nil
	hash, err := password.Hash(t.Context(), typed)
	if err != nil {
		t.Fatal(err)
	}
	h.ChangeUser(testportal.User, func(u *onevent.User) { u.Password = hash })
	h.wantIn("by the password", h.cookie(), true)
	if a := h.signIn(email, typed+"x"); a.Status != 403 {
		t.Errorf("by another: %d", a.Status)
	}
}

func TestWhoCanNotBeJudgedNowIsToldSo(t *testing.T) {
	h := open(t)
	h.door.Matches = func(context.Context, string, onevent.Secret) (bool, error) { return false, context.Canceled }
	if a := h.signIn(email, typed); a.Status != 503 || a.Header.Get("Set-Cookie") != "" {
		t.Errorf("got %d", a.Status)
	}
}
