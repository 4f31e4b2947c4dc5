package runner

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// kind is the type of a JSON value.
type kind string

const (
	kindNull   kind = "null"
	kindBool   kind = "bool"
	kindNumber kind = "number"
	kindText   kind = "text"
	kindList   kind = "list"
	kindObject kind = "object"
)

// node is a JSON value that keeps the order of its keys and the digits of its
// numbers: both are part of what a server promises.
type node struct {
	kind  kind
	text  string // of a scalar
	keys  []string
	items []node // of a list, or of an object beside its keys
}

// parseNode reads one JSON value. A key that an object has twice is an error.
func parseNode(text string) (node, error) {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	n, err := readNode(d)
	if err != nil {
		return n, err
	}
	if _, err := d.Token(); err != io.EOF {
		return n, errors.New("something follows the JSON value")
	}
	return n, nil
}

func readNode(d *json.Decoder) (node, error) {
	token, err := d.Token()
	if err != nil {
		return node{}, err
	}
	switch v := token.(type) {
	case json.Delim:
		return readBranch(d, v)
	case string:
		return node{kind: kindText, text: v}, nil
	case json.Number:
		return node{kind: kindNumber, text: v.String()}, nil
	case bool:
		return node{kind: kindBool, text: strconv.FormatBool(v)}, nil
	}
	return node{kind: kindNull, text: "null"}, nil
}

func readBranch(d *json.Decoder, open json.Delim) (node, error) {
	n := node{kind: kindList}
	if open == '{' {
		n.kind = kindObject
	}
	for d.More() {
		if n.kind == kindObject {
			key, err := d.Token()
			if err != nil {
				return n, err
			}
			n.keys = append(n.keys, key.(string))
		}
		item, err := readNode(d)
		if err != nil {
			return n, err
		}
		n.items = append(n.items, item)
	}
	if _, err := d.Token(); err != nil {
		return n, err
	}
	return n, n.twice()
}

func (n node) twice() error {
	for i, key := range n.keys {
		if slices.Contains(n.keys[:i], key) {
			return fmt.Errorf("the key %q is there twice", key)
		}
	}
	return nil
}

// field finds the value of a key.
func (n node) field(key string) (node, bool) {
	i := slices.Index(n.keys, key)
	if i < 0 {
		return node{}, false
	}
	return n.items[i], true
}

// String is the value as JSON.
func (n node) String() string {
	switch n.kind {
	case kindText:
		return quoted(n.text)
	case kindList, kindObject:
		return n.branch()
	}
	return n.text
}

func (n node) branch() string {
	parts := make([]string, len(n.items))
	for i, item := range n.items {
		parts[i] = item.String()
		if n.kind == kindObject {
			parts[i] = quoted(n.keys[i]) + ":" + parts[i]
		}
	}
	if n.kind == kindObject {
		return "{" + strings.Join(parts, ",") + "}"
	}
	return "[" + strings.Join(parts, ",") + "]"
}

// quoted writes a text as JSON does, with <, > and & as they are.
func quoted(text string) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(text); err != nil {
		return strconv.Quote(text)
	}
	return strings.TrimSuffix(b.String(), "\n")
}
