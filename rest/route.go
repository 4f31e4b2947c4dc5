package rest

import "strings"

// route is what a path says; docs/protocol/rest.md section 1.
type route struct {
	user, code string // of an incoming webhook
	method     string // lower case; empty: no method can be meant
}

// routeOf reads the segments after "rest".
func routeOf(path []string) route {
	switch {
	case len(path) == 1:
		return route{method: methodOf(path[0])}
	case len(path) == 3 && path[0] != apiSegment:
		return route{user: path[0], code: path[1], method: methodOf(path[2])}
	}
	return route{}
}

// apiSegment begins the paths of REST 3.0, which is another protocol.
const apiSegment = "api"

// methodOf drops the transport's suffix. Only JSON is spoken, so a method with
// the suffix of another transport is not found.
func methodOf(segment string) string {
	name, _ := strings.CutSuffix(strings.ToLower(segment), ".json")
	return name
}
