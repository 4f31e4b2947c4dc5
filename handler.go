package onevent

import (
	"hash/fnv"
	"time"
)

// Handler is a subscription: one event of one installation or outgoing webhook
// to one URL (online) or the pull queue (offline).
//
// Unique while it stands: owner, event, URL, user, connector, offline.
type Handler struct {
	ID          HandlerID
	Portal      PortalID
	Owner       Owner
	Event       string // upper case
	URL         string // byte for byte as bound; empty for an offline handler
	User        UserID // auth_type: whose tokens are sent; 0: the actor's
	Connector   string
	Offline     bool
	Platform    bool // made by the platform for a life-cycle event
	Destination DestinationID
	// Base is scheme, host and, when it was not the listener's, port by which
	// event.bind came; the auth block of its events is built on it. Empty: the
	// portal's public URL.
	Base     string
	Created  time.Time
	Disabled Verdict // not empty: its deliveries wait, and why
	Ended    time.Time
	EndedBy  Verdict // unbound, updated, uninstalled
}

// Stands says whether the handler still takes events.
func (h *Handler) Stands() bool { return h.Ended.IsZero() }

// Owner is who has a handler or a destination: exactly one of the two is set.
type Owner struct {
	Installation InstallationID
	Webhook      WebhookID // an outgoing webhook
}

// Lanes is the number of lanes; a node of a cluster leases whole lanes.
const Lanes = 1024

// Lane is where the owner's deliveries belong: 0 to Lanes-1, fixed for life.
func (o Owner) Lane() int {
	h := fnv.New32a()
	var b [16]byte
	for i := range 8 {
		b[i] = byte(o.Installation >> (8 * i))
		b[8+i] = byte(o.Webhook >> (8 * i))
	}
	h.Write(b[:])
	return int(h.Sum32() % Lanes)
}

// Destination is one URL of one owner: the queue that all its handlers with
// that URL share. Unique: owner, URL.
type Destination struct {
	ID      DestinationID
	Portal  PortalID
	Owner   Owner
	URL     string
	Options DeliveryOptions
	Created time.Time
}
