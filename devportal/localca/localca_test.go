package localca_test

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/onevent/onevent/devportal/localca"
)

var names = []string{"localhost", "*.localhost", "portal.example", "*.portal.example", "127.0.0.1", "::1", "[::2]"}

func open(t *testing.T, dir string) *localca.CA {
	t.Helper()
	ca, err := localca.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return ca
}

func config(t *testing.T, ca *localca.CA) *tls.Config {
	t.Helper()
	c, err := ca.Config(names)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func pool(t *testing.T, ca *localca.CA) *x509.CertPool {
	t.Helper()
	text, err := os.ReadFile(ca.CertFile())
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(text) {
		t.Fatal("the certificate file holds no certificate")
	}
	return roots
}

// greet shakes hands as a client that came by this name and returns the certificate that it was shown.
func greet(server *tls.Config, roots *x509.CertPool, name string) (*x509.Certificate, error) {
	here, there := net.Pipe()
	defer here.Close()
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer there.Close()
		_ = tls.Server(there, server).Handshake() // the client's error is the one that counts
	}()
	client := tls.Client(here, &tls.Config{RootCAs: roots, ServerName: name})
	err := client.Handshake()
	state := client.ConnectionState()
	here.Close()
	<-done
	if err != nil {
		return nil, err
	}
	return state.PeerCertificates[0], nil
}

func onlyTest(name string) bool { return strings.HasSuffix(name, ".test") }

func TestEveryFormOfNameIsAccepted(t *testing.T) {
	t.Parallel()
	ca := open(t, t.TempDir())
	ca.Allow = onlyTest
	server, roots := config(t, ca), pool(t, ca)
	for _, name := range []string{
		"localhost", "LOCALHOST", "a.localhost", "portal.example", "oauth.portal.example", "127.0.0.1", "::1", "[::2]",
		"anything.test", "Other.TEST", "deep.below.test",
	} {
		if _, err := greet(server, roots, name); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestANameThatNobodyAllowedIsToldWhichNamesThereAre(t *testing.T) {
	t.Parallel()
	allowing, silent := open(t, t.TempDir()), open(t, t.TempDir())
	allowing.Allow = onlyTest
	for name, ca := range map[string]*localca.CA{"other.example": allowing, "anything.test": silent, "127.0.0.2": allowing} {
		_, err := greet(config(t, ca), pool(t, ca), name)
		if err == nil || !strings.Contains(err.Error(), "127.0.0.1") && !strings.Contains(err.Error(), "portal.example") {
			t.Errorf("%s: got %v, want an error that lists names", name, err)
		}
	}
}

// OpenSSL, curl and Node take no wildcard right below a top-level name.
func TestANameUnderAWildcardGetsACertificateOfItsOwn(t *testing.T) {
	t.Parallel()
	ca := open(t, t.TempDir())
	leaf, err := greet(config(t, ca), pool(t, ca), "a.localhost")
	if err != nil || len(leaf.DNSNames) != 1 || leaf.DNSNames[0] != "a.localhost" {
		t.Errorf("got %v and %v, want a.localhost alone", leaf, err)
	}
}

func TestALeafIsForServersAndNamesThemOnlyWhereClientsLook(t *testing.T) {
	t.Parallel()
	ca := open(t, t.TempDir())
	now := time.Now().Truncate(time.Second).UTC()
	ca.Now = func() time.Time { return now }
	leaf, err := greet(config(t, ca), pool(t, ca), "localhost")
	if err != nil {
		t.Fatal(err)
	}
	if leaf.NotBefore != now.AddDate(0, 0, -1) || leaf.NotAfter != now.AddDate(0, 0, 397) {
		t.Errorf("valid from %v to %v, now is %v", leaf.NotBefore, leaf.NotAfter, now)
	}
	if leaf.Subject.CommonName != "" || leaf.IsCA || leaf.ExtKeyUsage[0] != x509.ExtKeyUsageServerAuth || len(leaf.AuthorityKeyId) == 0 {
		t.Errorf("got %+v", leaf)
	}
}

func TestCertificatesAreKeptAndMadeAnewBeforeTheyEnd(t *testing.T) {
	t.Parallel()
	ca := open(t, t.TempDir())
	ca.Allow = onlyTest
	start := time.Now()
	now := start
	ca.Now = func() time.Time { return now }
	server := config(t, ca)
	for _, name := range []string{"localhost", "anything.test"} {
		now = start
		first := show(t, server, name)
		now = start.Add(395 * 24 * time.Hour)
		if show(t, server, name) != first {
			t.Errorf("%s: made anew although it was good for two more days", name)
		}
		now = start.Add(396*24*time.Hour + time.Minute)
		if show(t, server, name) == first {
			t.Errorf("%s: still shown on its last day", name)
		}
	}
}

// show returns the certificate for a name without the client's view of the time.
func show(t *testing.T, server *tls.Config, name string) *tls.Certificate {
	t.Helper()
	cert, err := server.GetCertificate(&tls.ClientHelloInfo{ServerName: name})
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

func TestOnlySoManyNamesAreKept(t *testing.T) {
	t.Parallel()
	ca := open(t, t.TempDir())
	ca.Allow = onlyTest
	server := config(t, ca)
	const asked, kept = 300, 256
	first := map[string]*tls.Certificate{}
	for n := range asked {
		name := fmt.Sprintf("n%d.test", n)
		first[name] = show(t, server, name)
	}
	again := 0
	for name, cert := range first {
		if show(t, server, name) == cert {
			again++
		}
	}
	if again > kept || again == 0 {
		t.Errorf("%d certificates were kept, want at most %d", again, kept)
	}
}

func TestReopeningGivesTheSameAuthority(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "made", "on", "demand")
	roots := pool(t, open(t, dir))
	again := open(t, dir)
	if _, err := greet(config(t, again), roots, "localhost"); err != nil {
		t.Errorf("a client that trusts the first: %v", err)
	}
	if _, err := greet(config(t, open(t, t.TempDir())), roots, "localhost"); err == nil {
		t.Error("another folder's authority is trusted too")
	}
}

func TestTheFilesModesAreSetAndSetAgain(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	files := map[string]os.FileMode{"ca.pem": 0o644, "ca-key.pem": 0o600}
	for range 2 {
		open(t, dir)
		for name, want := range files {
			path := filepath.Join(dir, name)
			info, err := os.Stat(path)
			if err != nil || info.Mode().Perm() != want {
				t.Errorf("%s: got %v and %v, want %v", name, info.Mode(), err, want)
			}
			if err := os.Chmod(path, 0o666); err != nil {
				t.Fatal(err)
			}
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != len(files) {
		t.Errorf("got %v and %v, want the two files alone", left, err)
	}
}

func TestADamagedPairIsRefusedWithAdvice(t *testing.T) {
	t.Parallel()
	other := t.TempDir()
	open(t, other)
	for name, damage := range map[string]func(dir string) error{
		"certificate cut short":       func(dir string) error { return os.Truncate(filepath.Join(dir, "ca.pem"), 100) },
		"certificate empty":           func(dir string) error { return os.Truncate(filepath.Join(dir, "ca.pem"), 0) },
		"key cut short":               func(dir string) error { return os.Truncate(filepath.Join(dir, "ca-key.pem"), 100) },
		"key missing":                 func(dir string) error { return os.Remove(filepath.Join(dir, "ca-key.pem")) },
		"key of another":              func(dir string) error { return copyFile(other, dir, "ca-key.pem", "ca-key.pem") },
		"certificate of another":      func(dir string) error { return copyFile(other, dir, "ca.pem", "ca.pem") },
		"key where the other belongs": func(dir string) error { return copyFile(dir, dir, "ca-key.pem", "ca.pem") },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			open(t, dir)
			if err := damage(dir); err != nil {
				t.Fatal(err)
			}
			_, err := localca.Open(dir)
			if err == nil || !strings.Contains(err.Error(), dir) || !strings.Contains(err.Error(), "delete") {
				t.Errorf("got %v, want an error that names the folder and what to do", err)
			}
		})
	}
}

func copyFile(from, to, source, target string) error {
	text, err := os.ReadFile(filepath.Join(from, source))
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(to, target), text, 0o600)
}

// An interruption between the two files leaves a key, and so does a lost certificate: clients that trusted it go on.
func TestALostCertificateIsMadeAgainFromItsKey(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	open(t, dir)
	if err := os.Remove(filepath.Join(dir, "ca.pem")); err != nil {
		t.Fatal(err)
	}
	again := open(t, dir)
	if _, err := greet(config(t, again), pool(t, again), "localhost"); err != nil {
		t.Error(err)
	}
}

func TestACertificateNeedsANameThatCanBeWritten(t *testing.T) {
	t.Parallel()
	ca := open(t, t.TempDir())
	for _, wrong := range [][]string{nil, {"пример.example"}} {
		if _, err := ca.Config(wrong); err == nil {
			t.Errorf("%q: no error", wrong)
		}
	}
}
