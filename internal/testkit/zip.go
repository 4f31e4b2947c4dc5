package testkit

import (
	"archive/zip"
	"bytes"
	"io"
	"strings"
	"testing"
)

// Zip makes an archive of files, each told as "path=content".
func Zip(t testing.TB, files ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, f := range files {
		path, content, _ := strings.Cut(f, "=")
		e, err := w.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(e, content)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
