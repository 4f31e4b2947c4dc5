package runner

import (
	"regexp"
	"strings"
)

var isoDate = regexp.MustCompile(`^` + isoPattern + `$`)

// isShape says whether a value has the form that a placeholder names.
func isShape(name string, got node) bool {
	switch name {
	case "any":
		return true
	case "int":
		return got.kind == kindNumber && !strings.ContainsAny(got.text, ".eE")
	case "iso":
		return got.kind == kindText && isoDate.MatchString(got.text)
	case "empty":
		return got.kind == kindText && got.text == ""
	}
	return string(got.kind) == name
}

// timeKeys are the keys of `time`, in the order in which the documentation
// prints them; docs/protocol/rest.md section 5.
var timeKeys = []struct {
	name, shape string
	optional    bool
}{
	{"start", "number", false}, {"finish", "number", false}, {"duration", "number", false}, {"processing", "number", false},
	{"date_start", "iso", false}, {"date_finish", "iso", false},
	{"operating_reset_at", "int", true}, {"operating", "number", true},
}

func (c *comparison) time(path string, got node) {
	if got.kind != kindObject {
		c.fault(path, "the object time", got.String())
		return
	}
	for _, key := range timeKeys {
		v, ok := got.field(key.name)
		if !ok && !key.optional {
			c.fault(path, "the key "+key.name, got.String())
		}
		if ok && !isShape(key.shape, v) {
			c.fault(path+"."+key.name, key.shape, v.String())
		}
	}
}
