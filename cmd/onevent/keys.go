package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/seal"
	"github.com/onevent/onevent/signature"
)

type keysCmd struct {
	New    keysNewCmd    `cmd:"" help:"Draw a key for key_file."`
	Secret keysSecretCmd `cmd:"" help:"Draw a secret for operator.secret, and print it."`
}

type keysNewCmd struct {
	File string `arg:"" optional:"" help:"File to be written, which must not exist; without it the key is printed."`
}

// Run never replaces a key: what it sealed could not be opened any more.
func (c keysNewCmd) Run(out io.Writer) error {
	key := seal.FormatKey(seal.NewKey())
	if c.File == "" {
		_, err := io.WriteString(out, key)
		return err
	}
	f, err := os.OpenFile(c.File, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return onevent.Errorf(onevent.CodeInvalid, "no key was made: %w", err)
	}
	_, err = io.WriteString(f, key)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "a key was written to %s; keep a copy: without it the store's secrets can't be opened\n", c.File)
	return err
}

type keysSecretCmd struct{}

// Run prints the secret: whoever verifies signatures needs it too.
func (keysSecretCmd) Run(out io.Writer) error {
	_, err := fmt.Fprintln(out, signature.New().Reveal())
	return err
}
