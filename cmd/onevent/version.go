package main

import (
	"fmt"
	"io"
	"runtime"
)

type versionCmd struct{}

// Run prints one line.
func (versionCmd) Run(out io.Writer) error {
	_, err := fmt.Fprintf(out, "onevent %s %s %s/%s\n", version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}
