package crm

import (
	"slices"

	"github.com/onevent/onevent/wire"
)

// areFiles says whether a value has the form in which files come: one or several
// {"fileData": [name, content]}. What names no fileData, such as the id of a file
// that is to stay, is of no concern: no file is kept here.
func areFiles(v wire.Value) bool {
	if _, single := v.Fold("fileData"); single {
		return isFile(v)
	}
	return !slices.ContainsFunc(v.Values(), func(item wire.Value) bool { return !isFile(item) })
}

func isFile(item wire.Value) bool {
	data, _ := item.Fold("fileData")
	parts := data.Values()
	switch {
	case data.IsEmpty():
		return true
	case len(parts) != 2:
		return false
	}
	return parts[0].Text() != "" && parts[1].IsScalar()
}
