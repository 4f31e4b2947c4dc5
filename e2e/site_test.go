package e2e_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/url"
	"sync"
	"time"

	"github.com/onevent/onevent/internal/e2e/history"
)

// site is a portal of the soak test.
type site struct {
	*soak
	number         int
	domain, member string
	user           int // who is dismissed now and then
	life           *life
}

// application is one on a site.
type application struct {
	*site
	client, secret string

	mu             sync.Mutex
	access, renews string
}

// found founds a portal with its applications, and has actors for it.
func (s *soak) found(number int) *site {
	s.o.t.Helper()
	p := &site{soak: s, number: number, domain: fmt.Sprintf("portal%d.example.com", number), life: newLife(s.o.t)}
	p.member = s.o.must("POST", "/portals", map[string]any{
		"domain": p.domain, "public_url": "https://" + p.domain, "language": "en", "admin": map[string]string{"email": "administrator@example.com"},
	}, 201)["member_id"].(string)
	p.user = int(s.o.must("POST", "/portals/"+p.member+"/users", map[string]any{"email": "user@example.com"}, 201)["user_id"].(float64))
	first, second, moving := p.application("first"), p.application("second"), p.application("moving")
	first.install("1.0.0")
	second.install("1.0.0")
	p.bindAll(first, second)
	p.employ(first, second, moving)
	return p
}

func (p *site) application(name string) *application {
	p.o.t.Helper()
	a := p.o.must("POST", "/applications", map[string]any{"name": name, "kind": "local"}, 201)
	return &application{site: p, client: a["client_id"].(string), secret: a["client_secret"].(string)}
}

// install registers a version and installs it, or updates to it.
func (a *application) install(version string) {
	a.o.t.Helper()
	status, text, err := a.o.admin("POST", "/applications/"+a.client+"/versions",
		map[string]any{"version": version, "scope": "crm,calendar,user", "event_url": a.life.URL})
	if err != nil || status != 201 {
		a.o.t.Errorf("version %s: %d %v %s", version, status, err, text)
	}
	status, text, err = a.o.admin("PUT", a.path(), map[string]any{"version": version})
	if err != nil || status/100 != 2 {
		a.o.t.Errorf("installing %s: %d %v %s", version, status, err, text)
	}
	a.keep(text)
}

func (a *application) path() string { return "/portals/" + a.member + "/installations/" + a.client }

// keep keeps the tokens of an answer.
func (a *application) keep(text string) {
	var tokens struct {
		AccessToken  string `json:"access_token"`
		RefreshToken string `json:"refresh_token"`
	}
	if err := json.Unmarshal([]byte(text), &tokens); err != nil || tokens.AccessToken == "" {
		a.o.t.Errorf("no tokens: %v %s", err, text)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.access, a.renews = tokens.AccessToken, tokens.RefreshToken
}

func (a *application) token() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.access
}

// refresh gets new tokens from the authorisation server.
func (a *application) refresh() {
	a.mu.Lock()
	renews := a.renews
	a.mu.Unlock()
	a.keep(a.must("oauth.example.com", "/oauth/token/", url.Values{
		"grant_type": {"refresh_token"}, "client_id": {a.client}, "client_secret": {a.secret}, "refresh_token": {renews}}))
}

// call calls a method as the portal's administrator.
func (a *application) call(method string, params url.Values) string {
	params.Set("auth", a.token())
	return a.must(a.domain, "/rest/"+method, params)
}

// at is a destination's name on this portal.
func (p *site) at(name string) string { return fmt.Sprintf("%s-%d", name, p.number) }

// bind binds a handler and knows from when it stands.
func (a *application) bind(name, event string, options, more url.Values) *history.Handler {
	h := &history.Handler{Destination: a.at(name), Portal: a.member, Event: event, Bound: history.Span{From: a.log.Tick()}}
	params := bindParams(event, a.host(h.Destination).URL(h.Destination), options)
	for key, values := range more {
		params[key] = values
	}
	a.call("event.bind", params)
	h.Bound.To = a.log.Tick()
	a.soak.mu.Lock()
	defer a.soak.mu.Unlock()
	a.bound = append(a.bound, h)
	return h
}

// ended notes when handlers ended.
func (s *soak) ended(span history.Span, handlers ...*history.Handler) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, h := range handlers {
		h.Ended = span
	}
}

// destination makes one that keeps the order of objects, and returns its name.
func (p *site) destination(name string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.dest[p.at(name)] = withRetries(history.Destination{Order: history.OrderObject}, nil, p.quick)
	p.host(p.at(name)).Follow(p.at(name), p.plan)
	return name
}

var calendarEvents = []string{"ONCALENDARENTRYADD", "ONCALENDARENTRYUPDATE", "ONCALENDARENTRYDELETE"}

// bindAll binds what stands all the time.
func (p *site) bindAll(first, second *application) {
	for _, want := range []struct {
		name    string
		by      *application
		events  []string
		options url.Values
		history.Destination
	}{
		{"object", first, append(activityEvents[:3:3], calendarEvents...), nil, history.Destination{Order: history.OrderObject}},
		{"away", first, activityEvents, url.Values{"concurrency": {"4"}}, history.Destination{Order: history.OrderObject, Concurrency: 4}},
		{"few", second, activityEvents, url.Values{"concurrency": {"3"}}, history.Destination{Order: history.OrderObject, Concurrency: 3}},
		{"rate", second, []string{"ONCRMDEALADD"}, url.Values{"rate": {"40"}, "burst": {"10"}}, history.Destination{Order: history.OrderObject, Rate: 40, Burst: 10}},
		{"user", first, nil, url.Values{"order": {"all"}}, history.Destination{Order: history.OrderAll}},
		{"churn", first, nil, nil, history.Destination{Order: history.OrderObject}},
	} {
		p.dest[p.at(want.name)] = withRetries(want.Destination, want.options, p.quick)
		for _, event := range want.events {
			want.by.bind(want.name, event, want.options, nil)
		}
	}
}

// arrays are drawn by those who publish by the management API. Their activities
// have no rows.
func (p *site) arrays(number, array int, every time.Duration) {
	publisher := &publisher{
		o: p.o, log: p.log, member: p.member, number: 10*p.number + number, first: 1_000_000 + 50*number, objects: 50, array: array, codes: drawn, every: every,
	}
	p.act(func(done <-chan struct{}, r *rand.Rand) {
		publisher.rand = r
		publisher.run(done)
		if publisher.open != nil {
			p.o.t.Errorf("%s is not answered", publisher.open.key)
		}
	})
}
