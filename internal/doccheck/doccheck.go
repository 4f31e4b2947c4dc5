// Package doccheck keeps the written part of the repository true: its tests
// fail when a comment cites a section that is not there, when a promise names
// a test that does not exist, or when a link leads nowhere.
package doccheck

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// Tree is the repository as the checks read it.
type Tree struct {
	fsys  fs.FS
	files []string
}

// Open reads the names of the files under root. What git ignores is left out.
func Open(root string) (*Tree, error) {
	t := &Tree{fsys: os.DirFS(root)}
	err := fs.WalkDir(t.fsys, ".", t.visit)
	return t, err
}

var ignored = []string{".git", ".onevent", "node_modules"}

func (t *Tree) visit(name string, entry fs.DirEntry, err error) error {
	if err != nil {
		return err
	}
	if entry.IsDir() && slices.Contains(ignored, path.Base(name)) {
		return fs.SkipDir
	}
	if !entry.IsDir() {
		t.files = append(t.files, name)
	}
	return nil
}

// Files lists the files whose name ends so, with slashes, in order.
func (t *Tree) Files(suffix string) []string {
	var out []string
	for _, name := range t.files {
		if strings.HasSuffix(name, suffix) {
			out = append(out, name)
		}
	}
	return out
}

// Has reports whether a file or folder is there.
func (t *Tree) Has(name string) bool {
	_, err := fs.Stat(t.fsys, filepath.ToSlash(name))
	return err == nil
}

// Text is the content of a file, empty when there is none.
func (t *Tree) Text(name string) string {
	raw, err := fs.ReadFile(t.fsys, name)
	if err != nil {
		return ""
	}
	return string(raw)
}

// Page is a Markdown page's headings.
type Page struct {
	titles   map[string]bool
	sections map[string]bool
}

var (
	heading = regexp.MustCompile(`(?m)^#{1,6} +(.+?) *$`)
	number  = regexp.MustCompile(`^([0-9]+(?:\.[0-9]+)*)\.?(?: |$)`)
)

// Page reads a page; ok is false when there is none.
func (t *Tree) Page(name string) (p Page, ok bool) {
	p = Page{titles: map[string]bool{}, sections: map[string]bool{}}
	for _, m := range heading.FindAllStringSubmatch(t.Text(name), -1) {
		p.titles[m[1]] = true
		if n := number.FindStringSubmatch(m[1]); n != nil {
			p.sections[n[1]] = true
		}
	}
	return p, t.Has(name)
}

// Section reports whether the page has a heading with that number.
func (p Page) Section(number string) bool { return p.sections[number] }

// Title reports whether the page has that heading.
func (p Page) Title(text string) bool { return p.titles[text] }
