package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/seal"
)

// domain of the portal that is measured.
const domain = "portal.bench.test"

// portal is the server's portal as the load sees it.
type portal struct {
	base        string
	adminToken  string
	memberID    string
	eventsURL   string
	accessToken string // of the application
	activities  []int  // ids, once they were added
}

// startServer starts the server on a fresh store, with full syncs as always,
// founds a portal and installs an application whose handler is the receiver.
func (b *bench) startServer(ctx context.Context) error {
	address, err := freeAddress()
	if err != nil {
		return err
	}
	b.portal = &portal{base: "http://" + address, adminToken: onevent.RandomText(32, onevent.LowerAlnum)}
	config, err := b.writeConfig(address)
	if err != nil {
		return err
	}
	if b.server, err = start(ctx, append(b.Server, config)...); err != nil {
		return err
	}
	if err := b.untilReady(ctx); err != nil {
		return err
	}
	return b.seed()
}

func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

func (b *bench) writeConfig(address string) (string, error) {
	key := filepath.Join(b.Dir, "key")
	if err := os.WriteFile(key, []byte(seal.FormatKey(seal.NewKey())), 0o600); err != nil {
		return "", err
	}
	path := filepath.Join(b.Dir, "serve.yaml")
	text := fmt.Sprintf("listen: %q\nstore: %q\nkey_file: %q\nadmin_token: %q\noauth_url: %q\negress.allow: [127.0.0.0/8]\n",
		address, "sqlite:"+filepath.Join(b.Dir, "bench.db"), key, b.portal.adminToken, "https://oauth.bench.test")
	return path, os.WriteFile(path, []byte(text), 0o600)
}

func (b *bench) untilReady(ctx context.Context) error {
	return b.poll(ctx, 20*time.Second, func() (bool, error) {
		answer, err := b.client.Get(b.portal.base + "/healthz")
		if err != nil {
			return false, nil
		}
		answer.Body.Close()
		return answer.StatusCode == http.StatusOK, nil
	})
}

// untilSettled waits until nothing is waiting or in flight.
func (b *bench) untilSettled(ctx context.Context) error {
	return b.poll(ctx, 5*time.Minute, func() (bool, error) {
		var s struct {
			Waiting  int `json:"waiting"`
			InFlight int `json:"in_flight"`
		}
		err := b.call(http.MethodGet, "/admin/v1/stats", nil, &s)
		return s.Waiting+s.InFlight == 0, err
	})
}

func (b *bench) poll(ctx context.Context, limit time.Duration, done func() (bool, error)) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	every := time.NewTicker(5 * time.Millisecond)
	defer every.Stop()
	for {
		if ok, err := done(); ok || err != nil {
			return err
		}
		select {
		case <-every.C:
		case <-ctx.Done():
			return fmt.Errorf("waited in vain: %w", ctx.Err())
		}
	}
}

// seed makes the portal, and an application whose handler is the receiver.
func (b *bench) seed() error {
	var founded struct {
		MemberID string `json:"member_id"`
	}
	err := b.call(http.MethodPost, "/admin/v1/portals", map[string]any{
		"domain": domain, "public_url": "https://" + domain, "language": "en",
		"admin": map[string]string{"email": "administrator@bench.test", "password": onevent.RandomText(20, onevent.Alphanumeric)},
	}, &founded)
	if err != nil {
		return err
	}
	b.portal.memberID = founded.MemberID
	b.portal.eventsURL = b.portal.base + "/admin/v1/portals/" + founded.MemberID + "/events"
	if b.portal.accessToken, err = b.install(); err != nil {
		return err
	}
	return b.rest("event.bind", b.params(map[string]any{"event": "ONCRMACTIVITYUPDATE", "handler": b.sink}), nil)
}

func (b *bench) install() (accessToken string, err error) {
	var app struct {
		ClientID string `json:"client_id"`
	}
	if err := b.call(http.MethodPost, "/admin/v1/applications", map[string]any{"name": "bench", "kind": "local", "ui": false}, &app); err != nil {
		return "", err
	}
	if err := b.call(http.MethodPost, "/admin/v1/applications/"+app.ClientID+"/versions", map[string]any{"version": "1.0.0", "scope": "crm"}, nil); err != nil {
		return "", err
	}
	var installed struct {
		AccessToken string `json:"access_token"`
	}
	err = b.call(http.MethodPut, "/admin/v1/portals/"+b.portal.memberID+"/installations/"+app.ClientID, map[string]any{"version": "1.0.0"}, &installed)
	return installed.AccessToken, err
}

// call makes a call of the management API.
func (b *bench) call(method, path string, in, out any) error {
	var body io.Reader
	if in != nil {
		raw, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(raw)
	}
	req, err := http.NewRequest(method, b.portal.base+path, body)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+b.portal.adminToken)
	return b.do(req, out)
}

// rest calls a method of the REST protocol.
func (b *bench) rest(method string, params []byte, out any) error {
	req, err := http.NewRequest(http.MethodPost, b.restURL(method), bytes.NewReader(params))
	if err != nil {
		return err
	}
	req.Host = domain
	return b.do(req, out)
}

func (b *bench) restURL(method string) string { return b.portal.base + "/rest/" + method }

// params are the body of a call that the application makes.
func (b *bench) params(fields map[string]any) []byte {
	all := map[string]any{"auth": b.portal.accessToken}
	maps.Copy(all, fields)
	body, err := json.Marshal(all)
	if err != nil {
		panic(err) // texts and numbers are JSON
	}
	return body
}

func (b *bench) do(req *http.Request, out any) error {
	req.Header.Set("Content-Type", "application/json")
	answer, err := b.client.Do(req)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	if answer.StatusCode/100 != 2 {
		return fmt.Errorf("%s %s answered %d: %s", req.Method, req.URL.Path, answer.StatusCode, text)
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(text, out)
}
