package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"

	"github.com/onevent/onevent"
)

// domain of the portal that is measured.
const domain = "portal.bench.test"

// portal is a server with a fresh store, and its one portal as the load sees it.
type portal struct {
	*server
	memberID    string
	accessToken string // of the application
	activities  []int  // ids, once they were added
}

// found starts a server on a fresh store, founds a portal and installs an
// application there whose handlers are the receiver.
func (b *bench) found(ctx context.Context, name string) (*portal, error) {
	s, err := b.newServer(name)
	if err != nil {
		return nil, err
	}
	if _, err := s.begin(ctx); err != nil {
		return nil, err
	}
	p := &portal{server: s}
	return p, p.seed()
}

// seed makes the portal, and the application with one handler for the usual
// event and many for another.
func (p *portal) seed() error {
	var founded struct {
		MemberID string `json:"member_id"`
	}
	err := p.call(http.MethodPost, "/admin/v1/portals", map[string]any{
		"domain": domain, "public_url": "https://" + domain, "language": "en",
		"admin": map[string]string{"email": "administrator@bench.test", "password": onevent.RandomText(20, onevent.Alphanumeric)},
	}, &founded)
	if err != nil {
		return err
	}
	p.memberID = founded.MemberID
	if p.accessToken, err = p.install(); err != nil {
		return err
	}
	if err := p.bind(codeUsual, p.b.sink); err != nil {
		return err
	}
	for i := range fanOut {
		if err := p.bind(codeMany, fmt.Sprint(p.b.sink, i)); err != nil {
			return err
		}
	}
	return nil
}

func (p *portal) bind(code, url string) error {
	return p.rest("event.bind", p.params(map[string]any{"event": code, "handler": url}), nil)
}

func (p *portal) install() (accessToken string, err error) {
	var app struct {
		ClientID string `json:"client_id"`
	}
	if err := p.call(http.MethodPost, "/admin/v1/applications", map[string]any{"name": "bench", "kind": "local", "ui": false}, &app); err != nil {
		return "", err
	}
	if err := p.call(http.MethodPost, "/admin/v1/applications/"+app.ClientID+"/versions", map[string]any{"version": "1.0.0", "scope": "crm"}, nil); err != nil {
		return "", err
	}
	var installed struct {
		AccessToken string `json:"access_token"`
	}
	err = p.call(http.MethodPut, "/admin/v1/portals/"+p.memberID+"/installations/"+app.ClientID, map[string]any{"version": "1.0.0"}, &installed)
	return installed.AccessToken, err
}

// events is a load of events for the portal.
func (p *portal) events(array, connections int) Load {
	return p.publishingTo([]string{p.eventsURL(p.memberID)}, array, connections)
}

// rest calls a method of the REST protocol.
func (p *portal) rest(method string, params []byte, out any) error {
	req, err := http.NewRequest(http.MethodPost, p.restURL(method), bytes.NewReader(params))
	if err != nil {
		return err
	}
	req.Host = domain
	return p.b.do(req, out)
}

func (p *portal) restURL(method string) string { return p.base + "/rest/" + method }

// params are the body of a call that the application makes.
func (p *portal) params(fields map[string]any) []byte {
	all := map[string]any{"auth": p.accessToken}
	maps.Copy(all, fields)
	body, err := json.Marshal(all)
	if err != nil {
		panic(err) // texts and numbers are JSON
	}
	return body
}
