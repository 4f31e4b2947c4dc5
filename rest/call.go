package rest

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/directory"
	"github.com/onevent/onevent/wire"
)

// Call is one call of a method whose authorisation holds.
type Call struct {
	Method       string // lower case
	Portal       *onevent.Portal
	User         *onevent.User
	Installation *directory.Installation  // nil by webhook
	Webhook      *onevent.IncomingWebhook // nil by token
	Scope        []string
	Chain        onevent.Chain // of the token
	Params       wire.Value    // a map, without what the frame reads itself
	Start        int           // offset in a list; NoCount: the first page, uncounted
	Connector    string        // auth_connector
	Base         string        // scheme, host and port by which the caller came
	Endpoints    onevent.Endpoints
	Now          time.Time
	Registry     *Registry

	exchange *exchange
	events   int // raised and stored
}

// NoCount is the Start of a list whose total nobody asked for;
// docs/protocol/rest.md section 7.
const NoCount = -1

// Param finds a parameter by its name in any letter case; null when it is absent.
func (c *Call) Param(name string) wire.Value {
	v, _ := c.Params.Fold(name)
	return v
}

// Has says whether a parameter was given and is not null.
func (c *Call) Has(name string) bool { return !c.Param(name).IsNull() }

// Owner is the installation as the owner of its handlers.
func (c *Call) Owner() onevent.Owner { return onevent.Owner{Installation: c.Installation.ID} }

// Zone is the portal's time zone; see ZoneOf.
func (c *Call) Zone() *time.Location { return ZoneOf(c.Portal) }

// reserved are read by the frame and never reach a method;
// docs/protocol/rest.md section 3.
var reserved = []string{"auth", "access_token", "auth_connector", "ap", "aplogin", "sessid", "state", "start"}

// sdkPrefix begins the parameters that SDKs add to every call for their own sake.
const sdkPrefix = "bx24_"

func methodParams(all wire.Value) wire.Value {
	kept := make([]wire.Field, 0, all.Len())
	for _, f := range all.Fields() {
		if !isReserved(f.Key) {
			kept = append(kept, f)
		}
	}
	if len(kept) == all.Len() {
		return all
	}
	return wire.Map(kept...)
}

func isReserved(key string) bool {
	return len(key) >= len(sdkPrefix) && strings.EqualFold(key[:len(sdkPrefix)], sdkPrefix) ||
		slices.ContainsFunc(reserved, func(name string) bool { return strings.EqualFold(name, key) })
}

func newCall(x *exchange, m *Method, all wire.Value, now time.Time) *Call {
	start, _ := all.Fold("start")
	connector, _ := all.Fold("auth_connector")
	return &Call{
		Method:       m.Name,
		Portal:       x.access.Portal,
		User:         x.access.User,
		Installation: x.access.Installation,
		Webhook:      x.access.Webhook,
		Scope:        x.access.Scope,
		Chain:        x.access.Chain,
		Params:       methodParams(all),
		Start:        startOf(start),
		Connector:    connector.Text(),
		Base:         x.base,
		Endpoints:    x.endpoints,
		Now:          now,
		Registry:     x.server.Registry,
		exchange:     x,
	}
}

// startOf reads what is no whole number as 0, as PHP does, every negative number
// as NoCount, and one of too many digits as past the end of every list.
func startOf(v wire.Value) int {
	n, ok := v.Int()
	if !ok {
		n, _ = strconv.ParseInt(v.Text(), 10, 64) // of what is out of range, the bound
	}
	return int(min(max(n, NoCount), math.MaxInt32))
}
