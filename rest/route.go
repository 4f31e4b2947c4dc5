package rest

import "strings"

// route is what a path says; docs/protocol/rest.md section 1.
type route struct {
	user, code string // of an incoming webhook
	method     string // lower case; empty: no method can be meant
	xml        bool
	v3         bool // REST 3.0
}

// apiSegment begins the paths of REST 3.0.
const apiSegment = "api"

// routeOf reads the segments after "rest".
func routeOf(path []string) route {
	switch {
	case len(path) == 1 && path[0] != apiSegment:
		return routeOfMethod("", "", path[0])
	case len(path) == 3 && path[0] != apiSegment:
		return routeOfMethod(path[0], path[1], path[2])
	case len(path) == 2 && path[0] == apiSegment:
		return route{method: strings.ToLower(path[1]), v3: true}
	case len(path) == 4 && path[0] == apiSegment:
		return route{user: path[1], code: path[2], method: strings.ToLower(path[3]), v3: true}
	}
	return route{v3: len(path) > 0 && path[0] == apiSegment}
}

// routeOfMethod takes the suffix of a transport off the last segment.
func routeOfMethod(user, code, segment string) route {
	name := strings.ToLower(segment)
	if cut, ok := strings.CutSuffix(name, ".json"); ok {
		return route{user: user, code: code, method: cut}
	}
	cut, xml := strings.CutSuffix(name, ".xml")
	return route{user: user, code: code, method: cut, xml: xml}
}
