package localca_test

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"testing"

	"github.com/onevent/onevent/internal/testkit"
)

// The clients that people point at a portal verify in ways of their own. Each is tried where it is installed.
func TestOtherLanguagesClientsTrustTheAuthority(t *testing.T) {
	t.Parallel()
	ca := open(t, t.TempDir())
	ca.Allow = onlyTest
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	server.TLS = config(t, ca)
	// The test server adds a certificate of its own unless it finds one.
	server.TLS.Certificates = append(server.TLS.Certificates, *show(t, server.TLS, "localhost"))
	server.StartTLS()
	t.Cleanup(server.Close)
	_, port, _ := net.SplitHostPort(server.Listener.Addr().String())
	for _, name := range []string{"localhost", "a.localhost", "anything.test", "oauth.portal.example", "127.0.0.1"} {
		for program, command := range map[string][]string{
			"curl":    {"-sS", "--noproxy", "*", "--cacert", ca.CertFile(), "--resolve", name + ":" + port + ":127.0.0.1", "https://" + name + ":" + port},
			"node":    {"-e", fmt.Sprintf(nodeClient, ca.CertFile(), port, name)},
			"python3": {"-c", fmt.Sprintf(pythonClient, ca.CertFile(), port, name)},
		} {
			t.Run(program+" "+name, func(t *testing.T) {
				if _, err := exec.LookPath(program); err != nil {
					testkit.Skip(t, program+" is not installed")
				}
				if out, err := exec.CommandContext(t.Context(), program, command...).CombinedOutput(); err != nil {
					t.Errorf("%v: %s", err, out)
				}
			})
		}
	}
}

const nodeClient = `
const tls = require("tls"), net = require("net"), ca = require("fs").readFileSync(%q), port = %s, name = %q
const s = tls.connect({host: "127.0.0.1", port, ca, servername: net.isIP(name) ? "" : name,
  checkServerIdentity: (_, cert) => tls.checkServerIdentity(name, cert)}, () => s.end())
s.on("error", e => { console.error(e.message); process.exit(1) })
`

// VERIFY_X509_STRICT is what newer Pythons ask by default.
const pythonClient = `
import socket, ssl
c = ssl.create_default_context(cafile=%q)
c.verify_flags |= ssl.VERIFY_X509_STRICT
c.wrap_socket(socket.create_connection(("127.0.0.1", %s)), server_hostname=%q).close()
`
