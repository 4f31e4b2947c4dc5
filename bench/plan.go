package bench

import (
	"fmt"
	"strings"
	"time"
)

// Plan is what a store is filled with before a server opens it.
type Plan struct {
	Dir    string // of the server: its store and its key
	Groups []Group
	// Log asks for that many bytes of a write-ahead log that nobody writes back.
	Log int
	// Ago is how long ago what is settled was raised and settled.
	Ago time.Duration
}

// Group is a number of portals that are alike. Each has the application of its
// turn installed, one of ten; the handlers are spread over the portals, at most
// ten on each, each for another event.
type Group struct {
	Name     string // distinct in a plan; letters alone
	Handlers int
	Single   bool // one handler a portal
	// URLs are the beginnings of the handlers' URLs, in turn.
	URLs []string
	// Own gives each handler a URL, hence a destination, of its own; else those of
	// a portal share one.
	Own     bool
	Waiting int // deliveries of each handler
	Settled int // deliveries of each handler that wait no more
	// Failed says that one in so many of these failed; 0: all were delivered.
	Failed int
}

// applications that the portals of a group share.
const applications = 10

// codes of the events of a portal's handlers.
var codes = []string{
	codeUsual, "ONCRMACTIVITYADD", "ONCRMDEALADD", "ONCRMDEALUPDATE", "ONCRMLEADADD",
	"ONCRMLEADUPDATE", "ONCRMCONTACTADD", "ONCRMCONTACTUPDATE", "ONCRMCOMPANYADD", "ONCRMCOMPANYUPDATE",
}

// onEach is how many handlers a portal of the group has, but the last perhaps.
func (g Group) onEach() int {
	if g.Single {
		return 1
	}
	return len(codes)
}

func (g Group) portals() int { return (g.Handlers + g.onEach() - 1) / g.onEach() }

func (g Group) portalOf(handler int) int { return handler / g.onEach() }

func (g Group) codeOf(handler int) string { return codes[handler%g.onEach()] }

func (g Group) urlOf(handler int) string {
	if !g.Own {
		handler -= handler % g.onEach()
	}
	return fmt.Sprintf("%s%s/%d", g.URLs[handler%len(g.URLs)], g.Name, handler)
}

func (g Group) domainOf(portal int) string { return fmt.Sprintf("p%d.%s.bench.test", portal, g.Name) }

// memberOf is a portal's member_id: 32 hex digits that begin with the group's.
func (g Group) memberOf(portal int) string {
	begin := fmt.Sprintf("%x", g.Name)
	digits := fmt.Sprintf("%08x", portal)
	return begin + strings.Repeat("0", 32-len(begin)-len(digits)) + digits
}

// turns are where the events of some of the group's handlers are published.
func (g Group) turns(s *server, portals int) []string {
	var urls []string
	for i := range min(portals, g.portals()) {
		urls = append(urls, s.eventsURL(g.memberOf(i)))
	}
	return urls
}

// everyCode are those for which each portal of the group has a handler.
func (g Group) everyCode() []string {
	if g.Handlers%g.onEach() == 0 {
		return codes[:g.onEach()]
	}
	return codes[:1]
}
