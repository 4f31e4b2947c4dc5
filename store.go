package onevent

import (
	"context"
	"time"
)

// Store keeps everything that must survive. Its law, which storetest proves
// for every driver:
//
//   - Update is the one way to write. When it returns nil, what fn wrote is on
//     disk and every later View sees it; when it returns an error, nothing of
//     it is or will be visible.
//   - The driver may run closures of several callers in one commit. An error or
//     a panic of one undoes that closure alone (the panic goes on in its
//     caller); if the commit fails, every caller of the group gets that error.
//   - fn may run more than once and possibly on another goroutine: it touches
//     nothing but tx and what it alone owns, and resets the latter at its
//     start. It does no I/O and takes milliseconds. It never calls the store's
//     Update, Settle or SettleSoon, nor does an OnCommit function: these would wait for
//     themselves.
//   - An error about one row (ErrConflict, ErrNotFound, CodeInvalid,
//     CodeTooLarge) leaves the transaction usable: fn may handle it and go on.
//     After any other error of tx, Update fails even if fn returns nil.
//   - Effects go into tx.OnCommit. Those functions run after the commit, in
//     commit order, before Update returns.
//   - ctx ends the wait for a turn. Once fn has begun, the real outcome is
//     returned even if ctx has ended.
//   - Text and bytes come back as they were put, or are refused with
//     CodeInvalid; empty bytes and lists come back as nil, times in UTC to the
//     millisecond.
//   - After damage was met, every call returns ErrDamaged; after Close,
//     ErrClosed.
type Store interface {
	// Update refuses with ErrStorageFull while the free disk is below the
	// reserve.
	Update(ctx context.Context, fn func(Tx) error) error
	// Settle is Update for what must go on when the disk is nearly full:
	// outcomes of deliveries, cancelling, removal.
	Settle(ctx context.Context, fn func(Tx) error) error
	// SettleSoon is Settle for what nobody waits for: fn may wait some
	// milliseconds for others with which to share a commit.
	SettleSoon(ctx context.Context, fn func(Tx) error) error
	// View runs fn on a snapshot that holds at least every commit that was
	// answered before; under ShareViews, before the first View that shares it.
	View(ctx context.Context, fn func(Reader) error) error
	// Sweep removes from the log some of what it may forget, in a step so short that
	// others hardly wait for it; Swept.More says that another step has something to
	// do. What waits stays, and so does its event; the newest rows of the log may
	// stay too, some thousand.
	Sweep(ctx context.Context, r Retention) (Swept, error)
	// Check reads everything and reports damage.
	Check(ctx context.Context) error
	Close() error
}

// Reader reads on one snapshot.
type Reader interface {
	Portals() Rows[Portal]
	Users() Rows[User]
	Applications() Rows[Application]
	Versions() Rows[Version]
	Installations() Rows[Installation]
	IncomingWebhooks() Rows[IncomingWebhook]
	OutgoingWebhooks() Rows[OutgoingWebhook]
	Handlers() Rows[Handler]
	Destinations() Rows[Destination]
	Outages() Rows[Outage]
	Jobs() Rows[Job]
	FileSets() Rows[FileSet]

	QueueReader
	LogReader
	RecordReader
	FileReader
	// TokenFamily reads the row of a refresh-token family; ErrNotFound before
	// its first refresh.
	TokenFamily(portal PortalID, id int64) (TokenFamily, error)
	// Answer reads what was answered under an idempotency key, perhaps one that
	// has expired; ErrNotFound.
	Answer(portal PortalID, key string) (Answer, error)
}

// Rows reads one kind of row, in the order of identity. These kinds are few
// enough for memory: package directory holds them all.
type Rows[T any] interface {
	// Each calls f for every row, ended ones included, until f fails.
	Each(f func(T) error) error
}

// Table writes one kind of row.
type Table[T any] interface {
	Rows[T]
	// Put inserts the row, or replaces the one of the same identity. It returns
	// ErrConflict when the row breaks a uniqueness that the type names, and
	// CodeInvalid when it names a portal or an application that is not there.
	Put(T) error
	// Delete removes the row of that identity, if there is one; CodeInvalid
	// while a row of another table names it as its portal or application.
	Delete(T) error
}

// Tx reads and writes in one transaction.
type Tx interface {
	OnCommit(f func())
	// NextID draws a number that was never drawn under this name by a closure
	// that was committed: 1, 2, ..., with gaps after closures that failed. Names
	// are the table's ("portal", "handler", "user/7", "record/7/crm.activity").
	NextID(name string) (int64, error)

	Portals() Table[Portal]
	Users() Table[User]
	Applications() Table[Application]
	Versions() Table[Version]
	Installations() Table[Installation]
	IncomingWebhooks() Table[IncomingWebhook]
	OutgoingWebhooks() Table[OutgoingWebhook]
	Handlers() Table[Handler]
	Destinations() Table[Destination]
	Outages() Table[Outage]
	Jobs() Table[Job]
	FileSets() Table[FileSet]
	// DestinationOf reads the destination of a URL of an owner; ErrNotFound.
	DestinationOf(owner Owner, url string) (Destination, error)
	// RemoveDestination removes a destination, and what is known of its outage,
	// unless a handler leads there, an ended one included. It says whether there was
	// one to remove.
	RemoveDestination(id DestinationID) (bool, error)

	QueueReader
	QueueWriter
	LogReader
	RecordReader
	RecordWriter
	FileReader
	FileWriter

	TokenFamily(portal PortalID, id int64) (TokenFamily, error)
	PutTokenFamily(TokenFamily) error
	// RemoveTokenFamilies removes families whose newest refresh was before, up to
	// limit of them, the oldest first, and says how many.
	RemoveTokenFamilies(before time.Time, limit int) (int, error)
	Answer(portal PortalID, key string) (Answer, error)
	// PutAnswer keeps an answer; ErrConflict when the key is taken by one that
	// has not expired at a.Time. Others that have may be removed.
	PutAnswer(a Answer) error
}

// QueueWriter writes events and what became of their deliveries.
type QueueWriter interface {
	// AddEvent draws e.ID and inserts.
	AddEvent(e *Event) error
	// AddDelivery draws d.ID and d.Seq and inserts a waiting delivery, not yet
	// attempted. Its destination has the owner of its handler.
	AddDelivery(d *Delivery) error
	// Settle records an outcome. A delivery that was cancelled while its
	// attempt was in flight becomes delivered when the attempt succeeded, and
	// else stays cancelled, with the attempt in its log; one that is settled
	// otherwise stays as it is. ErrNotFound: there is no such delivery.
	Settle(o *Outcome) error
	// CancelWaiting settles up to limit waiting deliveries of a handler as
	// cancelled and returns how many.
	CancelWaiting(dest DestinationID, handler HandlerID, v Verdict, limit int) (int, error)
}

// QueueReader reads events and deliveries.
type QueueReader interface {
	// Waiting reads waiting deliveries of a destination with Seq > after, in
	// the order of Seq: up to limit of them, and fewer, but one at the least,
	// when the data of their events is more than WaitingBytes.
	Waiting(dest DestinationID, after int64, limit int) (WaitingPage, error)
	// WaitingDelivery reads one waiting delivery with its event; ErrNotFound when
	// there is none, or when it is settled.
	WaitingDelivery(id DeliveryID) (Waiting, error)
	// Backlogs names every destination with a waiting delivery, in the order of
	// identity, and counts them.
	Backlogs() ([]Backlog, error)
	// Event reads one event; ErrNotFound.
	Event(id EventID) (Event, error)
	// Deliveries reads the deliveries of an event, oldest first.
	Deliveries(id EventID) ([]Delivery, error)
	// Attempts reads every attempt of a delivery, oldest first; ErrNotFound.
	Attempts(id DeliveryID) ([]Attempt, error)
	// Stats counts since the store was made.
	Stats() (Stats, error)
}

// RecordReader reads the rows of methods.
type RecordReader interface {
	// Record reads one; ErrNotFound.
	Record(portal PortalID, kind string, id int64) (Record, error)
	Query(Query) (Page, error)
}

// RecordWriter writes the rows of methods.
type RecordWriter interface {
	// PutRecord inserts or replaces; CodeInvalid unless Fields is a JSON object
	// in UTF-8.
	PutRecord(Record) error
	// DeleteRecord removes; ErrNotFound.
	DeleteRecord(portal PortalID, kind string, id int64) error
}

// Stats counts since the store was made; Waiting counts now and includes what
// is in flight.
type Stats struct {
	Events, Waiting, Delivered, Failed, Cancelled int64
}

// TokenFamily is the chain of refresh tokens that began with one token or code:
// the newest generation refreshes. What a generation means package oauth decides.
type TokenFamily struct {
	Portal       PortalID
	ID           int64 // random, drawn when the first token was minted
	Installation InstallationID
	User         UserID
	Generation   int64
	Time         time.Time // of the newest refresh
}

// Answer is what a publishing call was answered under its Idempotency-Key.
type Answer struct {
	Portal  PortalID
	Key     string
	Digest  []byte // of the request's body
	Body    []byte
	Time    time.Time
	Expires time.Time
}
