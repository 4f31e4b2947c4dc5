package e2e

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/client"
	"github.com/onevent/onevent/internal/testkit"
	"github.com/onevent/onevent/seal"
)

// Server is `onevent serve` at work.
type Server struct {
	*Process
	Dir        string
	Address    string
	AdminToken string
}

// Serve starts `onevent serve` in a folder of its own, on a free port, with
// further lines of configuration, and waits until it is ready.
func Serve(t testing.TB, lines string) *Server {
	t.Helper()
	s := &Server{Dir: t.TempDir(), Address: FreeAddress(t), AdminToken: onevent.RandomText(32, onevent.LowerAlnum)}
	s.write(t, "key", seal.FormatKey(seal.NewKey()))
	s.write(t, "serve.yaml", fmt.Sprintf("listen: %s\nkey_file: key\nadmin_token: %s\n%s", s.Address, s.AdminToken, lines))
	s.Process = Start(t, s.Dir, nil, "serve", "--config", "serve.yaml")
	testkit.Eventually(t, Patience, "the server is ready", func() bool {
		select {
		case <-s.Ended():
			t.Fatalf("the server ended while it was starting:\n%s%s", s.Stdout, s.Stderr)
		default:
		}
		r, err := http.Get("http://" + s.Address + "/readyz")
		if err != nil {
			return false
		}
		r.Body.Close()
		return r.StatusCode == http.StatusOK
	})
	return s
}

func (s *Server) write(t testing.TB, name, content string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(s.Dir, name), []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// Admin is the management API of the server.
func (s *Server) Admin() *client.Client {
	return client.New("http://"+s.Address, onevent.Secret(s.AdminToken), nil)
}

// FreeAddress is one of this machine where nobody listens at the moment.
func FreeAddress(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
