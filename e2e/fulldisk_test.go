package e2e_test

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestFullDisk fills the disk below a running server, with the reserve on and
// off. Publishing answers the error, nothing that was acknowledged is lost, and
// all goes on when there is room.
func TestFullDisk(t *testing.T) {
	for name, test := range map[string]struct {
		config string
		goesOn bool // deliveries are settled while the disk is full
	}{
		"with the reserve":    {"store.reserve: 8MB\n", true},
		"without the reserve": {"store.reserve: 0\n", false},
	} {
		t.Run(name, func(t *testing.T) {
			dir := smallDisk(t, 48<<20)
			ballast := filepath.Join(dir, "ballast")
			if err := os.WriteFile(ballast, make([]byte, 16<<20), 0o600); err != nil {
				t.Fatal(err)
			}
			o := newOperator(t, dir, test.config)
			acknowledged := o.fill()
			o.untilRefused()
			if status, text := o.rest("server.time", url.Values{}); status != 200 {
				t.Errorf("reading on the full disk: %d %s", status, text)
			}
			if test.goesOn {
				o.untilSettled(time.Minute)
			}
			if err := os.Remove(ballast); err != nil {
				t.Fatal(err)
			}
			o.untilSettled(time.Minute)
			if missing := o.sink.missing(acknowledged); len(missing) > 0 {
				t.Errorf("%d of %d acknowledged events are lost", len(missing), len(acknowledged))
			}
			more := fact{object: 1, seq: len(acknowledged) + 1}
			o.must("POST", "/portals/"+o.member+"/events", event(more.object, more.seq, ""), 202)
			if status, text := o.rest("crm.activity.add", activity()); status != 200 {
				t.Errorf("a REST write with room again: %d %s", status, text)
			}
			o.untilSettled(time.Minute)
			if len(o.sink.missing([]fact{more})) > 0 {
				t.Error("what was published with room again did not come")
			}
			t.Logf("%d events were acknowledged before the disk was full", len(acknowledged))
		})
	}
}

func activity() url.Values {
	return url.Values{"fields[SUBJECT]": {"Call"}, "fields[TYPE_ID]": {"2"}, "fields[OWNER_ID]": {"1"}, "fields[OWNER_TYPE_ID]": {"3"},
		"fields[RESPONSIBLE_ID]": {"1"}, "fields[COMMUNICATIONS][0][VALUE]": {"+491234"}}
}

// fill publishes large events until the server refuses them.
func (o *operator) fill() []fact {
	o.t.Helper()
	padding := strings.Repeat("0123456789abcdef", 4<<10)
	var acknowledged []fact
	for seq := 1; ; seq++ {
		status, text, err := o.admin("POST", "/portals/"+o.member+"/events", event(1, seq, padding))
		switch {
		case err != nil:
			o.t.Fatalf("publishing: %v", err)
		case status == 202:
			acknowledged = append(acknowledged, fact{1, seq})
		case status == 503 && strings.Contains(text, `"storage_full"`):
			return acknowledged
		default:
			o.t.Fatalf("publishing on a full disk answered %d %s", status, text)
		}
		if seq > 10_000 {
			o.t.Fatal("the disk does not get full")
		}
	}
}

// untilRefused writes over REST until the answer is the protocol's error. A
// disk that had no room for the last event may have some for other rows.
func (o *operator) untilRefused() {
	o.t.Helper()
	large := activity()
	large.Set("fields[DESCRIPTION]", strings.Repeat("0123456789abcdef", 4<<10))
	for range 1000 {
		switch status, text := o.rest("crm.activity.add", large); {
		case status == 503 && strings.Contains(text, `"OVERLOAD_LIMIT"`):
			return
		case status != 200:
			o.t.Fatalf("a REST write on the full disk: %d %s", status, text)
		}
	}
	o.t.Fatal("REST writes are never refused on the full disk")
}

// smallDisk mounts a file system in memory.
func smallDisk(t *testing.T, size int) string {
	t.Helper()
	dir := t.TempDir()
	mountTmpfs(t, dir, fmt.Sprintf("size=%d", size))
	return dir
}
