package static

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/onevent/onevent"
)

// pack makes an archive; change may change the header of each entry.
func pack(t testing.TB, change func(*zip.FileHeader), files ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, f := range files {
		path, content, _ := strings.Cut(f, "=")
		h := &zip.FileHeader{Name: path, Method: zip.Deflate}
		if change != nil {
			change(h)
		}
		e, err := w.CreateHeader(h)
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

// raw has an entry that says of itself what h says.
func raw(t testing.TB, h zip.FileHeader, content []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	e, err := w.CreateRaw(&h)
	if err == nil {
		_, err = e.Write(content)
	}
	if err != nil || w.Close() != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestAnArchiveUnpacksToItsFilesInTheOrderOfTheirPaths(t *testing.T) {
	t.Parallel()
	for _, method := range []uint16{zip.Store, zip.Deflate} {
		archive := pack(t, func(h *zip.FileHeader) { h.Method = method },
			"index.html=<h1>", "a/", "a/b/c.js=x", "empty=", "\u00e4 %.txt=u", "__MACOSX/._index.html=m", "a/.DS_Store=m", ".DS_Store=m")
		files, err := unpack(archive)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, f := range files {
			got += f.path + "=" + string(f.content) + ";"
		}
		if want := "a/b/c.js=x;empty=;index.html=<h1>;\u00e4 %.txt=u;"; got != want {
			t.Errorf("method %d: %s, want %s", method, got, want)
		}
	}
}

func TestAnArchiveIsRefusedWithASentenceThatNamesTheEntry(t *testing.T) {
	t.Parallel()
	plain := func(files ...string) []byte { return pack(t, nil, append([]string{"index.html=x"}, files...)...) }
	changed := func(change func(*zip.FileHeader)) []byte {
		return pack(t, func(h *zip.FileHeader) {
			if h.Name == "bad" {
				change(h)
			}
		}, "index.html=x", "bad=y")
	}
	deep := strings.Repeat("d/", MaxDepth) + "f"
	broken := plain()
	broken[len("PK..")+26+len("index.html")+2] ^= 0xff
	for name, c := range map[string]struct {
		archive []byte
		words   string
	}{
		"no archive":        {[]byte("GIF89a"), "not a zip archive"},
		"nothing":           {nil, "not a zip archive"},
		"an empty archive":  {pack(t, nil), "no files"},
		"broken off":        {plain()[:60], "not a zip archive"},
		"damaged":           {broken, `"index.html" is damaged`},
		"no index":          {pack(t, nil, "b.js=x", "a/x=y"), "there are a/, b.js"},
		"one folder":        {pack(t, nil, "app/index.html=x", "app/a.js=y", "__MACOSX/x=y"), `in the folder "app/"`},
		"index in caps":     {pack(t, nil, "Index.html=x"), "there are Index.html"},
		"encrypted":         {changed(func(h *zip.FileHeader) { h.Flags |= 1 }), `"bad" is encrypted`},
		"a link":            {changed(func(h *zip.FileHeader) { h.SetMode(fs.ModeSymlink | 0o777) }), `"bad" is a link`},
		"a device":          {changed(func(h *zip.FileHeader) { h.SetMode(fs.ModeDevice | 0o666) }), `"bad" is neither`},
		"a folder as file":  {changed(func(h *zip.FileHeader) { h.SetMode(fs.ModeDir | 0o777) }), `"bad" is neither`},
		"another method":    {raw(t, zip.FileHeader{Name: "bad", Method: 12}, []byte("x")), `"bad" is compressed`},
		"absolute":          {plain("/etc/x=y"), `"/etc/x" has an absolute path`},
		"a drive":           {plain("C:/x=y"), `"C:/x" has an absolute path`},
		"upwards":           {plain("a/../../x=y"), `"a/../../x" has an empty name`},
		"upwards folder":    {plain("../"), `"../" has an empty name`},
		"here":              {plain("./x=y"), `"./x" has`},
		"empty name":        {plain("a//x=y"), `"a//x" has`},
		"backslash":         {plain(`a\x=y`), `"a\\x" has a backslash`},
		"NUL":               {plain("a\x00b=y"), `"a\x00b" has a control character`},
		"line feed":         {plain("a\nb=y"), `"a\nb" has a control character`},
		"not UTF-8":         {plain("a\xffb=y"), `"a\xffb" has a name that is not UTF-8`},
		"a long path":       {plain(strings.Repeat("x", MaxPath+1) + "=y"), `xxx..." has a path that is too long`},
		"deep":              {plain(deep + "=y"), "lies too deep"},
		"twice":             {plain("a/x=1", "a/x=2"), `"a/x" twice`},
		"twice but case":    {plain("a/x=1", "A/X=2"), `"A/X" twice`},
		"file then folder":  {plain("a=1", "a/x=2"), `"a" both as a file and as a folder`},
		"folder then file":  {plain("a/x=1", "A=2"), `"A" both as a file and as a folder`},
		"empty folder":      {plain("a/", "a=1"), `"a" both as a file and as a folder`},
		"a size that lies":  {raw(t, zip.FileHeader{Name: "index.html", Method: zip.Store, CompressedSize64: 3, UncompressedSize64: 9}, []byte("abc")), `"index.html" is damaged`},
		"shared bytes":      {raw(t, zip.FileHeader{Name: "index.html", CompressedSize64: 1 << 30, UncompressedSize64: 1}, []byte("x")), "more bytes than it"},
		"no name":           {plain("=y"), `"" has no name`},
		"the root as entry": {plain("/"), `"/" has no name`},
	} {
		files, err := unpack(c.archive)
		if onevent.CodeOf(err) != onevent.CodeInvalid || !strings.Contains(err.Error(), c.words) {
			t.Errorf("%s: %d files, %v; want %q", name, len(files), err, c.words)
		}
	}
}

func TestTheLimitsOfAnArchiveAreThose(t *testing.T) {
	t.Parallel()
	many := func(n int) (files []string) {
		for i := range n {
			files = append(files, fmt.Sprintf("f%d=", i))
		}
		return files
	}
	index := []string{"index.html=x"}
	fits := map[string][]byte{
		"a long path": pack(t, nil, append(index, strings.Repeat("x", MaxPath)+"=y")...),
		"deep":        pack(t, nil, append(index, strings.Repeat("d/", MaxDepth-1)+"f=y")...),
		"many files":  pack(t, nil, append(index, many(MaxFiles-1)...)...),
		"many bytes":  pack(t, nil, append(index, "a="+strings.Repeat("\x00", MaxUnpacked/2), "b="+strings.Repeat("\x00", MaxUnpacked/2-1))...),
	}
	for name, archive := range fits {
		if _, err := unpack(archive); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	bomb := "a=" + strings.Repeat("\x00", MaxUnpacked)
	for name, archive := range map[string][]byte{
		"too many files":   pack(t, nil, append(index, many(MaxFiles)...)...),
		"too many entries": pack(t, nil, append(index, strings.Split(strings.Repeat("d/ ", maxEntries)[:3*maxEntries-1], " ")...)...),
		"too many bytes":   pack(t, nil, append(index, bomb)...),
		"a large archive":  make([]byte, MaxArchive+1),
	} {
		if _, err := unpack(archive); onevent.CodeOf(err) != onevent.CodeTooLarge {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A header that says little does not let more through: the reader stops at what was
// said, and what is unpacked beyond it is damage.
func TestABombIsCountedAndNotBelieved(t *testing.T) {
	t.Parallel()
	archive := pack(t, nil, "index.html=x", "a="+strings.Repeat("\x00", MaxUnpacked+1))
	said := []byte{1, 0, 0, 2} // MaxUnpacked+1
	if n := bytes.Count(archive, said); n == 0 {
		t.Fatal("the archive does not say its size")
	}
	small := bytes.ReplaceAll(archive, said, []byte{5, 0, 0, 0})
	if _, err := unpack(small); err == nil {
		t.Error("a bomb that says it is small was let in")
	}
}

func FuzzArchive(f *testing.F) {
	f.Add(pack(f, nil, "index.html=x", "a/b.js=y", "install.html=z"))
	f.Add(pack(f, func(h *zip.FileHeader) { h.Method = zip.Store }, "index.html=x", "A=1", "a=2", "__MACOSX/x=1"))
	f.Add(pack(f, func(h *zip.FileHeader) { h.SetMode(fs.ModeSymlink) }, "index.html=x"))
	f.Add(raw(f, zip.FileHeader{Name: "../x", Method: 12, Flags: 1}, []byte("x")))
	r := rand.New(rand.NewPCG(1, 2))
	for range 20 {
		b := pack(f, nil, "index.html=hello", "a/b=world")
		b[r.IntN(len(b))] ^= byte(1 + r.IntN(255))
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, archive []byte) {
		files, err := unpack(archive)
		if err != nil {
			if code := onevent.CodeOf(err); code != onevent.CodeInvalid && code != onevent.CodeTooLarge {
				t.Fatalf("refused with %s: %v", code, err)
			}
			return
		}
		seen, total, index := map[string]bool{}, 0, false
		for _, file := range files {
			if fault := pathFault(file.path); fault != "" || seen[folded(file.path)] {
				t.Errorf("%q was let in: %s", file.path, fault)
			}
			seen[folded(file.path)] = true
			total += len(file.content)
			index = index || file.path == indexPage
		}
		for path := range seen {
			for above := parent(path); above != ""; above = parent(above) {
				if seen[above] {
					t.Errorf("%q is a file and a folder", above)
				}
			}
		}
		if total > MaxUnpacked || len(files) > MaxFiles || !index {
			t.Errorf("%d files of %d bytes, index %v", len(files), total, index)
		}
	})
}
