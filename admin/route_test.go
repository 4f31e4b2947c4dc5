package admin_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/onevent/onevent/admin"
)

func TestEveryRouteIsDescribedAndEveryDescriptionIsARoute(t *testing.T) {
	t.Parallel()
	b := openEmpty(t)
	answer := b.do("GET", "/admin/v1/openapi.json", "", "Authorization", "")
	if answer.status != http.StatusOK {
		t.Fatalf("without a token the description answers %d", answer.status)
	}
	var file struct {
		OpenAPI string
		Paths   map[string]map[string]json.RawMessage
	}
	b.must(json.Unmarshal([]byte(answer.body), &file))
	var described []string
	for path, operations := range file.Paths {
		for method := range operations {
			if method != "parameters" {
				described = append(described, strings.ToUpper(method)+" "+path)
			}
		}
	}
	patterns := admin.Patterns()
	slices.Sort(described)
	slices.Sort(patterns)
	if !slices.Equal(described, patterns) {
		t.Errorf("described: %q\nroutes: %q", described, patterns)
	}
	if !strings.HasPrefix(file.OpenAPI, "3.1") {
		t.Errorf("openapi is %q", file.OpenAPI)
	}
}

// What is described of a portal is what is shown of it.
func TestEveryKeyOfAPortalIsDescribed(t *testing.T) {
	t.Parallel()
	b := open(t)
	type keys map[string]json.RawMessage
	var file struct {
		Components struct {
			Schemas map[string]struct{ Properties keys }
		}
	}
	b.must(json.Unmarshal([]byte(b.do("GET", "/admin/v1/openapi.json", "").body), &file))
	var portal, settings keys
	b.must(json.Unmarshal([]byte(b.do("PATCH", "/admin/v1/portals/"+b.member, "{}").body), &portal))
	b.must(json.Unmarshal(portal["settings"], &settings))
	for name, shown := range map[string]keys{"Portal": portal, "PortalSettings": settings} {
		described := slices.Sorted(maps.Keys(file.Components.Schemas[name].Properties))
		if got := slices.Sorted(maps.Keys(shown)); !slices.Equal(got, described) {
			t.Errorf("%s has %q, described are %q", name, got, described)
		}
	}
}

// Every reference inside the description leads somewhere.
func TestDescriptionHasNoDanglingReference(t *testing.T) {
	t.Parallel()
	text := openEmpty(t).do("GET", "/admin/v1/openapi.json", "").body
	var file struct {
		Components map[string]map[string]json.RawMessage
	}
	if err := json.Unmarshal([]byte(text), &file); err != nil {
		t.Fatal(err)
	}
	for _, ref := range regexp.MustCompile(`"#/components/(\w+)/(\w+)"`).FindAllStringSubmatch(text, -1) {
		if file.Components[ref[1]][ref[2]] == nil {
			t.Errorf("%s leads nowhere", ref[0])
		}
	}
}

func TestOnlyTheAdminTokenOpensTheAPI(t *testing.T) {
	t.Parallel()
	b := openEmpty(t)
	for _, header := range []string{"", token, "Bearer", "Bearer ", "Bearer " + token + "x", "Bearer x" + token, "Basic " + token, "Bearer  " + token} {
		for _, path := range []string{"/admin/v1/stats", "/admin/v1/nothing"} {
			answer := b.do("GET", path, "", "Authorization", header)
			b.wants(answer, http.StatusUnauthorized, "unauthorized", "admin token")
			if answer.header.Get("WWW-Authenticate") != "Bearer" {
				t.Errorf("%q: no WWW-Authenticate", header)
			}
		}
	}
	for _, header := range []string{"Bearer " + token, "bearer " + token} {
		if answer := b.do("GET", "/admin/v1/stats", "", "Authorization", header); answer.status != http.StatusOK {
			t.Errorf("%q: %d", header, answer.status)
		}
	}
}

// A server that was given no token lets nobody in, not even with an empty one.
func TestWithoutAConfiguredTokenEveryRequestIsRefused(t *testing.T) {
	t.Parallel()
	b := openEmpty(t)
	b.serveWithoutToken()
	for _, header := range []string{"", "Bearer", "Bearer "} {
		b.wants(b.do("GET", "/admin/v1/stats", "", "Authorization", header), http.StatusUnauthorized, "unauthorized", "")
	}
}

func TestUnknownPathsAndMethodsAreToldApart(t *testing.T) {
	t.Parallel()
	b := open(t)
	portal := "/admin/v1/portals/" + b.member
	for _, path := range []string{
		"/admin/v1", "/admin/v1/", "/admin/v1/nothing", "/admin/v1/portals/", portal + "/events/1",
		portal + "/installations/app.x/nothing", "/admin/v1/events/1/nothing", "/admin/v1/deliveries/1/nothing",
	} {
		b.wants(b.do("POST", path, "{}"), http.StatusNotFound, "not_found", "no such path")
	}
	for _, c := range []struct{ method, path, allow string }{
		{"DELETE", "/admin/v1/portals", "GET, POST"},
		{"GET", portal, "PATCH"},
		{"DELETE", "/admin/v1/applications/app.x", "GET, PATCH"},
		{"PUT", portal + "/events", "POST"},
		{"POST", "/admin/v1/stats", "GET"},
		{"POST", portal + "/installations/app.x", "GET, PUT, DELETE"},
	} {
		answer := b.do(c.method, c.path, "{}")
		b.wants(answer, http.StatusMethodNotAllowed, "method_not_allowed", c.allow)
		if got := answer.header.Get("Allow"); got != c.allow {
			t.Errorf("%s %s: Allow is %q, want %q", c.method, c.path, got, c.allow)
		}
	}
}
