package devportal

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/devportal/devclock"
	"github.com/onevent/onevent/seal"
	"github.com/onevent/onevent/signature"
)

// folder is DIR: the store, the key, the local CA and what is shown once.
type folder string

func (f folder) path(name string) string { return filepath.Join(string(f), name) }

func (f folder) store() string { return f.path("onevent.db") }

// make makes the folder, for its owner alone, and keeps it out of any
// repository around it. In a folder that was there before it changes nothing.
func (f folder) make() error {
	if info, err := os.Stat(string(f)); err == nil && info.IsDir() {
		return nil
	}
	if err := os.MkdirAll(string(f), 0o700); err != nil {
		return invalid("--data: %w", err)
	}
	return writeFile(f.path(".gitignore"), []byte("*\n"), 0o644)
}

// ring reads the key, or makes it.
func (f folder) ring() (*seal.Ring, error) {
	path := f.path("key")
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		if err := writeFile(path, []byte(seal.FormatKey(seal.NewKey())), 0o600); err != nil {
			return nil, err
		}
	}
	return seal.ReadFile(path)
}

// secrets are what the server shows once, when it is made, and keeps as
// digests only.
type secrets struct {
	AdminToken   string `json:"admin_token"`
	ClientID     string `json:"client_id"`
	ClientSecret string `json:"client_secret"`
	WebhookCode  string `json:"webhook_code"`
	EchoClientID string `json:"echo_client_id"`
	// OperatorSecret signs operator events; empty before they were sent anywhere.
	OperatorSecret string `json:"operator_secret,omitempty"`
	// EchoPort lets the echo handler's URL stay what it was.
	EchoPort uint16 `json:"echo_port"`
}

func (f folder) secretsFile() string { return f.path("secrets.json") }

// secrets reads what was kept; a new folder gets an admin token.
func (f folder) secrets() (*secrets, error) {
	s := &secrets{}
	raw, err := os.ReadFile(f.secretsFile())
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return nil, err
	case json.Unmarshal(raw, s) != nil:
		return nil, invalid("%s is damaged: put back a copy, or delete it for new secrets", f.secretsFile())
	}
	if s.AdminToken != "" {
		return s, nil
	}
	s.AdminToken = onevent.RandomText(40, onevent.Alphanumeric)
	return s, f.keep(s)
}

// operatorSecret is what signs operator events: drawn once, so that who verifies
// them need not be told again.
func (f folder) operatorSecret(s *secrets) (onevent.Secret, error) {
	if s.OperatorSecret != "" {
		return onevent.Secret(s.OperatorSecret), nil
	}
	s.OperatorSecret = signature.New().Reveal()
	return onevent.Secret(s.OperatorSecret), f.keep(s)
}

// clock goes on as far ahead of the machine's as it was set: the store has times
// that lie in the machine's future.
func (f folder) clock() (*devclock.Clock, error) {
	path, ahead := f.path("clock"), time.Duration(0)
	raw, err := os.ReadFile(path)
	if err == nil {
		ahead, err = time.ParseDuration(strings.TrimSpace(string(raw)))
		if err != nil || ahead < 0 || ahead > devclock.MaxAhead {
			return nil, invalid("%s is damaged: it is to say how far the clock was set forward, such as 120h", path)
		}
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return devclock.New(onevent.SystemClock{}, ahead, func(ahead time.Duration) error {
		return writeFile(path, []byte(ahead.String()+"\n"), 0o600)
	}), nil
}

func (f folder) keep(s *secrets) error {
	raw, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	return writeFile(f.secretsFile(), append(raw, '\n'), 0o600)
}

// writeFile puts a file in its place whole or not at all, also when power
// fails.
func writeFile(path string, content []byte, mode fs.FileMode) error {
	draft, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*.tmp")
	if err != nil {
		return err
	}
	defer os.Remove(draft.Name()) // there is nothing to remove once it was renamed
	_, err = draft.Write(content)
	if err := errors.Join(err, draft.Chmod(mode), draft.Sync(), draft.Close()); err != nil {
		return err
	}
	if err := os.Rename(draft.Name(), path); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

func syncFolder(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
