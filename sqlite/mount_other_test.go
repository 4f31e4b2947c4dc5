//go:build !linux

package sqlite_test

import "errors"

func mountSmall(string, int) error { return errors.New("only Linux has tmpfs") }

func unmount(string) error { return nil }
