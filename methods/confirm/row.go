package confirm

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/oauth"
)

// owner is who called: an installation or an incoming webhook. Exactly one is set.
type owner struct {
	Installation onevent.InstallationID `json:",omitempty"`
	Webhook      onevent.WebhookID      `json:",omitempty"`
}

// kind is that of the records of one owner, so that what is looked at in a call is
// bounded, however many others there are on the portal.
func (o owner) kind() string {
	if o.Webhook != 0 {
		return fmt.Sprintf("method.confirmation/webhook/%d", o.Webhook)
	}
	return fmt.Sprintf("method.confirmation/installation/%d", o.Installation)
}

// purpose is that for which tokens are sealed in them.
const purpose = "method confirmation"

// The states of a row, which sort with what waits last.
const (
	given   = "confirmed"
	denied  = "denied"
	waiting = "waiting"
)

// row is a record's Fields: one for each token or webhook and method.
type row struct {
	Key    string // what Method and authorisation are told apart by
	Method string
	owner
	User      onevent.UserID
	UserEpoch int64
	Family    int64  `json:",omitempty"` // of the token
	Expires   int64  `json:",omitempty"` // unix seconds, of a token without one
	Token     []byte // sealed: the token, or the webhook's code
	State     string
	Asked     int64 // unix milliseconds
	Decided   int64 `json:",omitempty"`
}

// question is a call of a method that needs a confirmation.
type question struct {
	access oauth.Access
	shown  onevent.Secret
	method string
}

func (q question) owner() owner {
	if q.access.Webhook != nil {
		return owner{Webhook: q.access.Webhook.ID}
	}
	return owner{Installation: q.access.Installation.ID}
}

// key is the same for all tokens of a family.
func (q question) key() string {
	var by string
	switch {
	case q.access.Webhook != nil:
		by = fmt.Sprintf("webhook %d", q.access.Webhook.ID)
	case q.access.Family != 0:
		by = fmt.Sprintf("family %d of %d", q.access.Family, q.access.Installation.ID)
	default:
		by = "token " + q.shown.Reveal()
	}
	sum := sha256.Sum256([]byte(q.method + " by " + by))
	return hex.EncodeToString(sum[:])
}

// idOf makes an id of a key, so that a call finds its row without a search.
func idOf(key string) int64 {
	raw, _ := hex.DecodeString(key)
	return int64(binary.BigEndian.Uint64(raw)>>12) + 1 // below 2^53
}

func (q question) find(r onevent.RecordReader) (row, error) {
	key := q.key()
	record, err := r.Record(q.access.Portal.ID, q.owner().kind(), idOf(key))
	if err != nil {
		return row{}, err
	}
	found, err := read(record)
	if err == nil && found.Key != key {
		err = onevent.Errorf(onevent.CodeInternal, "two confirmations have the id %d", record.ID)
	}
	return found, err
}

func (q question) row(now time.Time) row {
	r := row{Key: q.key(), Method: q.method, owner: q.owner(), User: q.access.User.ID, State: waiting, Asked: now.UnixMilli()}
	if r.Webhook != 0 {
		return r
	}
	r.UserEpoch, r.Family = q.access.User.Epoch, q.access.Family
	if r.Family == 0 {
		r.Expires = q.access.Expires
	}
	return r
}

func read(record onevent.Record) (r row, err error) {
	err = json.Unmarshal(record.Fields, &r)
	return r, err
}

func (r *row) put(tx onevent.RecordWriter, portal onevent.PortalID) error {
	fields, err := json.Marshal(r)
	if err != nil {
		return err
	}
	return tx.PutRecord(onevent.Record{Portal: portal, Kind: r.kind(), ID: idOf(r.Key), Fields: fields})
}

func (r *row) asked() time.Time { return time.UnixMilli(r.Asked) }
