package localca

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"time"
)

const (
	leafBefore = day       // for clients whose clock is behind
	leafAfter  = 397 * day // browsers refuse more than 398 days in all
	// renewal is how long before its end a certificate is made anew.
	renewal = day
	// maxNames bounds the certificates kept for single names: any client can ask for any name.
	maxNames = 256
)

// issuer makes the certificates of one server and keeps them. All share a key, which lives as long as the process.
type issuer struct {
	ca    *CA
	key   *ecdsa.PrivateKey
	names []string

	mu     sync.Mutex
	common *tls.Certificate
	single map[string]*tls.Certificate
}

func newIssuer(ca *CA, names []string) (*issuer, error) {
	if len(names) == 0 {
		return nil, errors.New("a certificate needs a name")
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	i := &issuer{ca: ca, key: key, names: names, single: map[string]*tls.Certificate{}}
	i.common, err = i.issue(names)
	return i, err
}

// certificate answers a client's greeting. Clients that came by an address name none. A name that a wildcard covers
// still gets a certificate of its own: many clients take no wildcard right below a top-level name like localhost.
func (i *issuer) certificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	name := strings.ToLower(strings.TrimSuffix(hello.ServerName, "."))
	if name == "" || slices.Contains(i.common.Leaf.DNSNames, name) || !i.covers(name) {
		return i.forAll()
	}
	return i.forOne(name)
}

func (i *issuer) covers(name string) bool {
	return i.common.Leaf.VerifyHostname(name) == nil || i.ca.Allow != nil && i.ca.Allow(name)
}

func (i *issuer) forAll() (*tls.Certificate, error) {
	if i.fresh(i.common) {
		return i.common, nil
	}
	cert, err := i.issue(i.names)
	if err == nil {
		i.common = cert
	}
	return cert, err
}

func (i *issuer) forOne(name string) (*tls.Certificate, error) {
	if cert := i.single[name]; cert != nil && i.fresh(cert) {
		return cert, nil
	}
	cert, err := i.issue([]string{name})
	if err != nil {
		return nil, err
	}
	if len(i.single) >= maxNames {
		i.forgetOne()
	}
	i.single[name] = cert
	return cert, nil
}

// forgetOne makes room. Which name goes does not matter: its certificate is made again in a moment.
func (i *issuer) forgetOne() {
	for name := range i.single {
		delete(i.single, name)
		return
	}
}

func (i *issuer) fresh(cert *tls.Certificate) bool {
	return i.ca.now().Add(renewal).Before(cert.Leaf.NotAfter)
}

func (i *issuer) issue(names []string) (*tls.Certificate, error) {
	template := i.ca.template(i.ca.now())
	for _, name := range names {
		if ip := net.ParseIP(strings.Trim(name, "[]")); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, strings.ToLower(name))
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, i.ca.cert, i.key.Public(), i.ca.key)
	if err != nil {
		return nil, fmt.Errorf("certificate for %s: %w", strings.Join(names, ", "), err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("certificate for %s: %w", strings.Join(names, ", "), err)
	}
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: i.key, Leaf: leaf}, nil
}

// template has no common name, which no client reads any more, but a subject, without which some say that a
// certificate has no names. It never outlives the authority.
func (ca *CA) template(now time.Time) *x509.Certificate {
	end := now.Add(leafAfter)
	if ca.cert.NotAfter.Before(end) {
		end = ca.cert.NotAfter
	}
	return &x509.Certificate{
		Subject:               pkix.Name{Organization: []string{"onevent"}},
		NotBefore:             now.Add(-leafBefore),
		NotAfter:              end,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageDigitalSignature,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
}
