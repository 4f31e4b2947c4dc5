package bench

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/seal"
)

// server is one that is measured, with a store of its own. It runs between
// begin and end, as often as is asked.
type server struct {
	*process
	b          *bench
	dir        string // of its store, key and configuration
	base       string
	adminToken string
	peak       peak
}

// newServer prepares a server whose store is in a folder below that of the
// bench, with full syncs as always.
func (b *bench) newServer(name string) (*server, error) {
	dir := filepath.Join(b.Dir, name)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	s := &server{b: b, dir: dir, base: "http://" + address, adminToken: onevent.RandomText(32, onevent.LowerAlnum)}
	b.servers = append(b.servers, s)
	return s, s.writeConfig(address)
}

func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

// The files of a server.
const (
	storeFile  = "bench.db"
	keyFile    = "key"
	configFile = "serve.yaml"
	logFile    = "log"
)

// name is that of its folder.
func (s *server) name() string { return filepath.Base(s.dir) }

func (s *server) path(file string) string { return filepath.Join(s.dir, file) }

func (s *server) writeConfig(address string) error {
	if err := os.WriteFile(s.path(keyFile), []byte(seal.FormatKey(seal.NewKey())), 0o600); err != nil {
		return err
	}
	text := fmt.Sprintf("listen: %q\nstore: %q\nkey_file: %q\nadmin_token: %q\noauth_url: %q\negress.allow: [127.0.0.0/8]\n",
		address, "sqlite:"+s.path(storeFile), s.path(keyFile), s.adminToken, "https://oauth.bench.test")
	return os.WriteFile(s.path(configFile), []byte(text), 0o600)
}

// begin starts the server and returns how long it took until it was ready.
func (s *server) begin(ctx context.Context) (ready time.Duration, err error) {
	log, err := os.Create(s.path(logFile))
	if err != nil {
		return 0, err
	}
	defer log.Close()
	began := time.Now()
	if s.process, err = start(ctx, log, append(s.b.serverVerb(), s.path(configFile))...); err != nil {
		return 0, err
	}
	err = poll(ctx, 5*time.Minute, 2*time.Millisecond, func() (bool, error) {
		answer, err := s.b.client.Get(s.base + "/readyz")
		if err != nil {
			return false, nil
		}
		answer.Body.Close()
		return answer.StatusCode == http.StatusOK, nil
	})
	ready = time.Since(began)
	if err != nil {
		text, _ := os.ReadFile(s.path(logFile)) // what there is of it
		err = fmt.Errorf("the server did not become ready: %w: %s", err, text)
	}
	return ready, err
}

// end ends the server in order, if it runs.
func (s *server) end() {
	if s.process != nil {
		s.process.end()
		s.process = nil
	}
}

// drop ends the server and removes its folder.
func (s *server) drop() error {
	s.end()
	return os.RemoveAll(s.dir)
}
