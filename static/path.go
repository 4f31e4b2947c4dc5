package static

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// pathFault says what is wrong with the path of an entry; empty: nothing.
func pathFault(path string) string {
	switch {
	case path == "":
		return "has no name"
	case len(path) > MaxPath:
		return "has a path that is too long"
	case !utf8.ValidString(path):
		return "has a name that is not UTF-8"
	case strings.ContainsFunc(path, unicode.IsControl):
		return "has a control character in its name"
	case strings.Contains(path, `\`):
		return "has a backslash in its name: folders are told apart by /"
	case path[0] == '/' || len(path) > 1 && path[1] == ':':
		return "has an absolute path"
	case strings.Count(path, "/") >= MaxDepth:
		return "lies too deep"
	}
	for name := range strings.SplitSeq(path, "/") {
		if name == "" || name == "." || name == ".." {
			return `has an empty name, "." or ".." in its path`
		}
	}
	return ""
}

// shortened keeps a sentence readable, whatever a name is.
func shortened(name string) string {
	const shown = 80
	if len(name) > shown {
		return name[:shown] + "..."
	}
	return name
}
