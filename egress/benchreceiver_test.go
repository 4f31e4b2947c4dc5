//go:build unix

package egress_test

import (
	"bufio"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"
)

const receiverKind = "EGRESS_BENCH_RECEIVER"

// receiverProcess starts this test binary once more as a receiver, which lives until its input ends.
func receiverProcess(b *testing.B, kind string) (address string, roots *x509.CertPool) {
	b.Helper()
	command := exec.Command(os.Args[0], "-test.run=^TestReceiverProcess$")
	command.Env = append(os.Environ(), receiverKind+"="+kind)
	in, err := command.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := command.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := command.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { in.Close(); command.Wait() })
	var certificate []byte
	if _, err := fmt.Fscanf(out, "%s %x\n", &address, &certificate); err != nil {
		b.Fatal(err)
	}
	roots = x509.NewCertPool()
	if c, err := x509.ParseCertificate(certificate); err == nil {
		roots.AddCert(c)
	}
	return address, roots
}

// TestReceiverProcess is the other process of the benchmarks, and nothing in a run of the tests.
func TestReceiverProcess(*testing.T) {
	kind := os.Getenv(receiverKind)
	if kind == "" {
		return
	}
	silent := strings.HasSuffix(kind, "-silent")
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		if silent {
			<-r.Context().Done()
		}
		io.WriteString(w, "ok")
	}))
	switch kind {
	case "plain":
		go answerAll(server.Listener)
	case "plain-silent":
		server.Start()
	default:
		server.EnableHTTP2 = strings.HasPrefix(kind, "h2")
		server.StartTLS()
	}
	certificate := []byte{0}
	if c := server.Certificate(); c != nil {
		certificate = c.Raw
	}
	fmt.Printf("%s %x\n", server.Listener.Addr(), certificate)
	io.Copy(io.Discard, os.Stdin)
	os.Exit(0)
}

// answerAll gives each request the benchmarks' answer.
func answerAll(listener net.Listener) {
	for {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		go func() {
			for r := bufio.NewReader(conn); ; {
				request, err := http.ReadRequest(r)
				if err != nil {
					return
				}
				io.Copy(io.Discard, request.Body)
				io.WriteString(conn, benchAnswer)
			}
		}()
	}
}
