// Package localca is a certificate authority that lives in a folder of one machine: it lets a portal on a laptop or
// in CI serve TLS to clients that were given its certificate (curl --cacert, NODE_EXTRA_CA_CERTS,
// REQUESTS_CA_BUNDLE, SSL_CERT_FILE). The folder's owner can sign for any name, so nobody else may trust it.
package localca

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

const (
	certName = "ca.pem"
	keyName  = "ca-key.pem"

	caYears = 10
	day     = 24 * time.Hour
)

// CA signs the certificates of one server. Set Allow and Now, where they are wanted, before Config is called.
type CA struct {
	// Allow tells for which further names a certificate is made when a client asks for one: those that a wildcard
	// can't stand for, such as the names right below .test. Names come in lower case; nil allows none.
	Allow func(name string) bool

	// Now dates certificates; nil means time.Now. Clients compare with their own clocks, so a clock that a portal
	// moves is not the one to give.
	Now func() time.Time

	dir  string
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// Open reads the authority in dir or, where there is none, makes one that is good for ten years: ca.pem, to be given
// to clients, and ca-key.pem, which only its owner may read and is made so again if it isn't. It refuses a pair of
// files that is damaged, does not belong together or has expired. Two processes must not make one at the same time.
func Open(dir string) (*CA, error) {
	ca := &CA{dir: dir}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("local CA: %w", err)
	}
	if err := ca.load(); err != nil {
		return nil, fmt.Errorf("local CA in %s: %w", dir, err)
	}
	return ca, nil
}

// CertFile returns the path of the authority's certificate, in PEM.
func (ca *CA) CertFile() string { return filepath.Join(ca.dir, certName) }

func (ca *CA) keyFile() string { return filepath.Join(ca.dir, keyName) }

// create makes what is missing. The key goes first: with a key alone the next start goes on from there, and makes a
// certificate that stands for the same authority.
func (ca *CA) create(key *ecdsa.PrivateKey) (err error) {
	if key == nil {
		if key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
			return err
		}
		if err = writeKey(ca.keyFile(), key); err != nil {
			return err
		}
	}
	der, err := selfSign(key, time.Now())
	if err != nil {
		return err
	}
	if err = writeCert(ca.CertFile(), der); err != nil {
		return err
	}
	ca.key = key
	ca.cert, err = x509.ParseCertificate(der)
	return err
}

func selfSign(key *ecdsa.PrivateKey, now time.Time) ([]byte, error) {
	suffix := make([]byte, 4)
	rand.Read(suffix) // never fails
	template := &x509.Certificate{
		// The suffix tells two machines' authorities apart in a list of trusted ones.
		Subject:               pkix.Name{Organization: []string{"onevent"}, CommonName: "onevent local CA " + hex.EncodeToString(suffix)},
		NotBefore:             now.Add(-day),
		NotAfter:              now.AddDate(caYears, 0, 0),
		IsCA:                  true,
		BasicConstraintsValid: true,
		MaxPathLenZero:        true,
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
	return x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
}

// Config returns the configuration of a TLS server whose certificate names all the DNS names, wildcards included,
// and IP addresses given; there must be one at least. A client that asks for another name gets a certificate of its
// own where a wildcard or Allow covers it, else the common one, so that it can say which names there are. Certificates are made
// anew before they end.
func (ca *CA) Config(names []string) (*tls.Config, error) {
	i, err := newIssuer(ca, names)
	if err != nil {
		return nil, fmt.Errorf("local CA: %w", err)
	}
	return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: i.certificate}, nil
}

func (ca *CA) now() time.Time {
	if ca.Now == nil {
		return time.Now()
	}
	return ca.Now()
}
