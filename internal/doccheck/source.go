package doccheck

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"strconv"
	"strings"
)

// Source is a Go file as the rules of CONTRIBUTING.md see it.
type Source struct {
	Name    string // path in the repository
	Folder  string
	Package string
	Test    bool
	Imports []string
	file    *ast.File
	set     *token.FileSet
}

// Sources parses every Go file.
func (t *Tree) Sources() ([]Source, error) {
	var out []Source
	for _, name := range t.Files(".go") {
		s := Source{Name: name, Folder: path.Dir(name), Test: strings.HasSuffix(name, "_test.go"), set: token.NewFileSet()}
		var err error
		if s.file, err = parser.ParseFile(s.set, name, t.Text(name), parser.ParseComments|parser.SkipObjectResolution); err != nil {
			return nil, err
		}
		s.Package = s.file.Name.Name
		for _, spec := range s.file.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return nil, err
			}
			s.Imports = append(s.Imports, imported)
		}
		out = append(out, s)
	}
	return out, nil
}

// Uses lists the places where the file names one of the things, each written
// as package.Name.
func (s *Source) Uses(names ...string) []string {
	var out []string
	ast.Inspect(s.file, func(n ast.Node) bool {
		selector, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if x, ok := selector.X.(*ast.Ident); ok {
			for _, name := range names {
				if x.Name+"."+selector.Sel.Name == name {
					out = append(out, fmt.Sprintf("%s uses %s", s.at(n), name))
				}
			}
		}
		return true
	})
	return out
}

func (s *Source) at(n ast.Node) string {
	return fmt.Sprintf("%s:%d", s.Name, s.set.Position(n.Pos()).Line)
}

// Undocumented lists the exported names of the file that have no comment.
func (s *Source) Undocumented() []string {
	var out []string
	for _, decl := range s.file.Decls {
		switch d := decl.(type) {
		case *ast.FuncDecl:
			if d.Name.IsExported() && ofExported(d) && d.Doc == nil {
				out = append(out, s.at(d)+" "+d.Name.Name)
			}
		case *ast.GenDecl:
			out = append(out, s.undocumentedIn(d)...)
		}
	}
	return out
}

// ofExported is true for functions and for methods of an exported type.
func ofExported(d *ast.FuncDecl) bool {
	if d.Recv == nil || len(d.Recv.List) == 0 {
		return true
	}
	t := d.Recv.List[0].Type
	if star, ok := t.(*ast.StarExpr); ok {
		t = star.X
	}
	if index, ok := t.(*ast.IndexExpr); ok {
		t = index.X
	}
	name, ok := t.(*ast.Ident)
	return ok && name.IsExported() && !isObvious(d.Name.Name)
}

// isObvious is true for methods whose meaning an interface of the standard
// library fixes.
func isObvious(name string) bool {
	return name == "Error" || name == "Unwrap" || name == "String"
}

// undocumentedIn takes the comment of a group for all of its names.
func (s *Source) undocumentedIn(d *ast.GenDecl) []string {
	var out []string
	for _, spec := range d.Specs {
		var name *ast.Ident
		var doc *ast.CommentGroup
		switch v := spec.(type) {
		case *ast.TypeSpec:
			name, doc = v.Name, v.Doc
		case *ast.ValueSpec:
			name, doc = v.Names[0], v.Doc
			if doc == nil {
				doc = v.Comment
			}
		default:
			continue
		}
		if name.IsExported() && doc == nil && d.Doc == nil {
			out = append(out, s.at(spec)+" "+name.Name)
		}
	}
	return out
}
