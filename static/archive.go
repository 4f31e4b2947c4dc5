package static

import (
	"archive/zip"
	"bytes"
	"cmp"
	"errors"
	"io"
	"io/fs"
	"slices"
	"strings"

	"github.com/onevent/onevent"
)

// What an archive may hold. What is unpacked is counted while it is unpacked:
// what an archive says of itself is only a claim.
const (
	MaxArchive  = 16 << 20 // bytes of the archive
	MaxUnpacked = 32 << 20 // bytes of all files
	MaxFiles    = 2000
	MaxPath     = 255 // bytes of a path
	MaxDepth    = 16  // names in a path
)

// maxEntries bounds what reading the list of an archive costs. Folders, and what is
// left out, are entries too.
const maxEntries = 10_000

// The files in the root that mean something.
const (
	indexPage     = "index.html"
	installerPage = "install.html"
)

// unpacked is one file out of an archive.
type unpacked struct {
	path    string
	content []byte
}

func invalid(format string, args ...any) error {
	return onevent.Errorf(onevent.CodeInvalid, format, args...)
}

func tooLarge(format string, args ...any) error {
	return onevent.Errorf(onevent.CodeTooLarge, format, args...)
}

// unpack reads a zip archive as a stranger made it: CodeInvalid with a sentence that
// names the entry at fault, CodeTooLarge above a limit. The files come in the order of
// their paths.
func unpack(archive []byte) ([]unpacked, error) {
	entries, err := listed(archive)
	if err != nil {
		return nil, err
	}
	tree := newTree()
	for _, e := range entries {
		if err := tree.add(e); err != nil {
			return nil, err
		}
	}
	if err := tree.check(len(archive)); err != nil {
		return nil, err
	}
	return inflated(tree.entries)
}

func listed(archive []byte) ([]*zip.File, error) {
	if len(archive) > MaxArchive {
		return nil, tooLarge("the archive has more than %d bytes", MaxArchive)
	}
	if bytes.Count(archive, []byte("PK\x01\x02")) > maxEntries {
		return nil, tooLarge("the archive has more than %d entries", maxEntries)
	}
	r, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) { // paths are judged here
		return nil, invalid("the body is not a zip archive, or it is damaged")
	}
	return r.File, nil
}

// tree is what an archive unpacks to. Names are compared without letter case, as the
// disks of those who made the archive may do it.
type tree struct {
	entries []*zip.File
	files   map[string]bool // by folded path
	folders map[string]bool
}

func newTree() *tree { return &tree{files: map[string]bool{}, folders: map[string]bool{}} }

func (t *tree) add(e *zip.File) error {
	if isLeftOut(e.Name) {
		return nil
	}
	path, isFolder := strings.CutSuffix(e.Name, "/")
	if fault := pathFault(path); fault != "" {
		return invalid("the archive's entry %q %s", shortened(e.Name), fault)
	}
	if fault := entryFault(e, isFolder); fault != "" {
		return invalid("the archive's entry %q %s", path, fault)
	}
	if !isFolder {
		if t.files[folded(path)] {
			return invalid("the archive has %q twice, perhaps in other letter case", path)
		}
		t.files[folded(path)] = true
		t.entries = append(t.entries, e)
		path = parent(path)
	}
	for ; path != ""; path = parent(path) {
		t.folders[folded(path)] = true
	}
	return nil
}

// isLeftOut knows what the finder of a Mac adds to archives.
func isLeftOut(name string) bool {
	return strings.HasPrefix(name, "__MACOSX/") || name == ".DS_Store" || strings.HasSuffix(name, "/.DS_Store")
}

func entryFault(e *zip.File, isFolder bool) string {
	const encrypted, masked = 1 << 0, 1 << 13
	mode := e.Mode().Type()
	switch {
	case e.Flags&(encrypted|masked) != 0:
		return "is encrypted"
	case isFolder && mode == fs.ModeDir:
		return ""
	case mode&fs.ModeSymlink != 0:
		return "is a link"
	case mode != 0:
		return "is neither a file nor a folder"
	case e.Method != zip.Store && e.Method != zip.Deflate:
		return "is compressed in another way than by deflate"
	}
	return ""
}

// folded is the same for names that differ in letter case alone.
func folded(path string) string { return strings.ToLower(strings.ToUpper(path)) }

func parent(path string) string { return path[:max(strings.LastIndexByte(path, '/'), 0)] }

// check judges the whole. Entries that share their bytes would let a small archive
// cost as much as a large one, for each of them.
func (t *tree) check(size int) error {
	if len(t.entries) > MaxFiles {
		return tooLarge("the archive has more than %d files", MaxFiles)
	}
	packed := uint64(0)
	for _, e := range t.entries {
		if t.folders[folded(e.Name)] {
			return invalid("the archive has %q both as a file and as a folder", e.Name)
		}
		if packed += min(e.CompressedSize64, MaxArchive+1); packed > uint64(size) {
			return invalid("the archive is damaged: its entries have more bytes than it")
		}
	}
	return t.checkIndex()
}

func (t *tree) checkIndex() error {
	top := map[string]bool{}
	for _, e := range t.entries {
		if e.Name == indexPage {
			return nil
		}
		name, _, inFolder := strings.Cut(e.Name, "/")
		if inFolder {
			name += "/"
		}
		top[name] = true
	}
	names := make([]string, 0, len(top))
	for name := range top {
		names = append(names, name)
	}
	slices.Sort(names)
	switch {
	case len(names) == 0:
		return invalid("the archive has no files: index.html must lie in its root")
	case len(names) == 1 && strings.HasSuffix(names[0], "/"):
		return invalid("index.html must lie in the root of the archive, but everything lies in the folder %q: pack what is inside of it", names[0])
	}
	return invalid("index.html must lie in the root of the archive; there are %s", someOf(names))
}

func someOf(names []string) string {
	const shown = 10
	rest := ""
	if len(names) > shown {
		names, rest = names[:shown], " and others"
	}
	return strings.Join(names, ", ") + rest
}

func inflated(entries []*zip.File) ([]unpacked, error) {
	var files []unpacked
	left := int64(MaxUnpacked)
	for _, e := range entries {
		content, err := inflate(e, left)
		if err != nil {
			return nil, err
		}
		left -= int64(len(content))
		files = append(files, unpacked{e.Name, content})
	}
	slices.SortFunc(files, func(a, b unpacked) int { return cmp.Compare(a.path, b.path) })
	return files, nil
}

// inflate reads at most a byte more than what is left.
func inflate(e *zip.File, left int64) ([]byte, error) {
	r, err := e.Open()
	if err != nil {
		return nil, damaged(e)
	}
	defer r.Close()
	content, err := io.ReadAll(io.LimitReader(r, left+1))
	switch {
	case int64(len(content)) > left:
		return nil, tooLarge("the archive unpacks to more than %d bytes", MaxUnpacked)
	case err != nil:
		return nil, damaged(e)
	}
	return content, nil
}

func damaged(e *zip.File) error { return invalid("the archive's entry %q is damaged", e.Name) }
