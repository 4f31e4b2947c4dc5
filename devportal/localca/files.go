package localca

import (
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

const (
	certMode = 0o644
	keyMode  = 0o600

	certBlock = "CERTIFICATE"
	keyBlock  = "PRIVATE KEY"
)

// load reads the pair, or makes what is missing.
func (ca *CA) load() error {
	key, err := readKey(ca.keyFile())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	cert, certErr := readCert(ca.CertFile())
	switch {
	case errors.Is(certErr, fs.ErrNotExist):
		return ca.create(key)
	case certErr != nil:
		return certErr
	case err != nil:
		return fmt.Errorf("%s is there but its key %s is not; put it back, or delete %[1]s for a new authority", certName, keyName)
	}
	ca.cert, ca.key = cert, key
	return ca.check(time.Now())
}

func (ca *CA) check(now time.Time) error {
	const advice = "; delete both for a new authority, and give its certificate to the clients"
	switch {
	case !ca.key.PublicKey.Equal(ca.cert.PublicKey):
		return fmt.Errorf("%s and %s do not belong together"+advice, certName, keyName)
	case !ca.cert.IsCA || ca.cert.CheckSignatureFrom(ca.cert) != nil:
		return fmt.Errorf("%s is not an authority's own certificate"+advice, certName)
	case !now.Before(ca.cert.NotAfter):
		return fmt.Errorf("%s ended on %s"+advice, certName, ca.cert.NotAfter.Format(time.DateOnly))
	}
	return nil
}

func readCert(path string) (*x509.Certificate, error) {
	der, err := readPEM(path, certBlock, certMode)
	if err != nil {
		return nil, err
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, damaged(path)
	}
	return cert, nil
}

func readKey(path string) (*ecdsa.PrivateKey, error) {
	der, err := readPEM(path, keyBlock, keyMode)
	if err != nil {
		return nil, err
	}
	key, err := x509.ParsePKCS8PrivateKey(der)
	if ec, ok := key.(*ecdsa.PrivateKey); err == nil && ok {
		return ec, nil
	}
	return nil, damaged(path)
}

// readPEM reads the one block of a file and gives the file its mode, should it have lost it.
func readPEM(path, kind string, mode fs.FileMode) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Mode().Perm() != mode {
		if err := os.Chmod(path, mode); err != nil {
			return nil, fmt.Errorf("%s must have the mode %04o: %w", filepath.Base(path), mode, err)
		}
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	block, rest := pem.Decode(text)
	if block == nil || block.Type != kind || len(rest) > 0 {
		return nil, damaged(path)
	}
	return block.Bytes, nil
}

func damaged(path string) error {
	return fmt.Errorf("%s is damaged; put back a copy, or delete %s and %s for a new authority", filepath.Base(path), certName, keyName)
}

func writeCert(path string, der []byte) error {
	return replace(path, pem.EncodeToMemory(&pem.Block{Type: certBlock, Bytes: der}), certMode)
}

func writeKey(path string, key *ecdsa.PrivateKey) error {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	return replace(path, pem.EncodeToMemory(&pem.Block{Type: keyBlock, Bytes: der}), keyMode)
}

// replace puts a file in its place whole or not at all, also when power fails.
func replace(path string, content []byte, mode fs.FileMode) error {
	file, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*.tmp")
	if err != nil {
		return err
	}
	defer os.Remove(file.Name()) // there is nothing to remove once it was renamed
	if err := errors.Join(fill(file, content, mode), file.Close()); err != nil {
		return err
	}
	if err := os.Rename(file.Name(), path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

func fill(file *os.File, content []byte, mode fs.FileMode) error {
	if err := file.Chmod(mode); err != nil {
		return err
	}
	if _, err := file.Write(content); err != nil {
		return err
	}
	return file.Sync()
}

func syncDir(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
