package session

import (
	"crypto/sha256"
	"net/netip"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/onevent/onevent"
)

// How many attempts in a row may fail before each further one has to wait, and
// how long: the first wait, doubled with each failure, up to the longest. Many
// people share an address, and one person may forget his password.
const (
	freeOfPerson = 10
	freeOfCaller = 50
	firstWait    = 5 * time.Second
	longestWait  = 15 * time.Minute
	// forgottenAfter is how long nothing must have been tried.
	forgottenAfter = time.Hour
)

// mostCounted bounds what is counted at a time.
const mostCounted = 1 << 16

// counted is an e-mail address of a portal, whether it has such a user or not, or
// a network from which it is called.
type counted struct {
	portal  onevent.PortalID
	email   [sha256.Size]byte
	network netip.Prefix
}

func personOf(portal onevent.PortalID, email string) counted {
	return counted{portal: portal, email: sha256.Sum256([]byte(strings.Map(folded, email)))}
}

// folded is one letter for all that strings.EqualFold takes for the same: lower
// case is not, and an address would be as many as it has spellings.
func folded(r rune) rune {
	least := r
	for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
		least = min(least, f)
	}
	return least
}

func callerOf(portal onevent.PortalID, network netip.Prefix) counted {
	return counted{portal: portal, network: network}
}

func (c counted) free() int {
	if c.email == [sha256.Size]byte{} {
		return freeOfCaller
	}
	return freeOfPerson
}

// attempt is one to sign in: by whom, as he says, and from where.
type attempt struct{ who, from counted }

// failures are those in a row.
type failures struct {
	n     int
	last  time.Time
	until time.Time // nothing is tried before
}

// attempts counts what fails. It is kept nowhere: a restart forgets. The zero value
// has counted nothing; it is safe for concurrent use.
type attempts struct {
	mu   sync.Mutex
	rows map[counted]failures
}

// begin counts an attempt as failed; above 0 it has to wait so long, and is neither
// made nor counted.
func (a *attempts) begin(try attempt, now time.Time) time.Duration {
	a.mu.Lock()
	defer a.mu.Unlock()
	if wait := max(a.rows[try.who].until.Sub(now), a.rows[try.from].until.Sub(now)); wait > 0 {
		return wait
	}
	a.makeRoom(now)
	a.count(try.who, now)
	a.count(try.from, now)
	return 0
}

func (a *attempts) count(c counted, now time.Time) {
	f := a.rows[c]
	if now.Sub(f.last) >= forgottenAfter {
		f = failures{}
	}
	f.n, f.last = f.n+1, now
	if over := f.n - c.free(); over >= 0 {
		f.until = now.Add(min(firstWait<<min(over, 16), longestWait))
	}
	a.rows[c] = f
}

// succeeded takes back what begin counted: all of a person's failures, but of an
// address only this attempt, else one who may sign in could guess for ever.
func (a *attempts) succeeded(try attempt) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.rows, try.who)
	f := a.rows[try.from]
	if f.n--; f.n < try.from.free() {
		f.until = time.Time{}
	}
	if f.n <= 0 {
		delete(a.rows, try.from)
		return
	}
	a.rows[try.from] = f
}

// makeRoom forgets what is old; when that is not enough, first those who need not
// wait.
func (a *attempts) makeRoom(now time.Time) {
	if a.rows == nil {
		a.rows = map[counted]failures{}
	}
	if len(a.rows)+2 <= mostCounted {
		return
	}
	a.forget(0, func(f failures) bool { return now.Sub(f.last) >= forgottenAfter })
	a.forget(mostCounted*3/4, func(f failures) bool { return !f.until.After(now) })
	a.forget(mostCounted*3/4, func(failures) bool { return true })
}

// forget forgets some until so many are left.
func (a *attempts) forget(left int, which func(failures) bool) {
	for c, f := range a.rows {
		if len(a.rows) <= left {
			return
		}
		if which(f) {
			delete(a.rows, c)
		}
	}
}
