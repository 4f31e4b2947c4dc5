package config

import (
	"errors"
	"os"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// readFile gives the values of a YAML file by the names of their keys. A key
// with a dot may be written so, or as a map in a map.
func readFile(path string) (map[string]string, error) {
	values := map[string]string{}
	if path == "" {
		return values, nil
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, invalid("the configuration can't be read: %w", err)
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(raw, &doc); err != nil {
		return nil, invalid("%s is not YAML: %s", path, firstLine(err))
	}
	if len(doc.Content) == 0 {
		return values, nil
	}
	if err := flatten(values, "", doc.Content[0]); err != nil {
		return nil, invalid("%s: %w", path, err)
	}
	return values, nil
}

func firstLine(err error) string {
	line, _, _ := strings.Cut(strings.TrimPrefix(err.Error(), "yaml: "), "\n")
	return line
}

// flatten walks the maps of a file. Both `store: sqlite:FILE` with
// `store.reserve` beside it and `store: {reserve: 1GB}` are understood.
func flatten(values map[string]string, name string, n *yaml.Node) error {
	if n.Kind != yaml.MappingNode || (name != "" && len(n.Content) == 0) {
		return keep(values, name, n)
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		below := n.Content[i].Value
		if name != "" {
			below = name + "." + below
		}
		if err := flatten(values, below, n.Content[i+1]); err != nil {
			return err
		}
	}
	return nil
}

func keep(values map[string]string, name string, n *yaml.Node) error {
	i := slices.IndexFunc(keys, func(k key) bool { return k.name == name })
	switch {
	case name == "":
		return errors.New("it must be keys with values")
	case i < 0:
		return invalid("unknown key %q (line %d); the keys are %s", name, n.Line, names())
	}
	if _, twice := values[name]; twice {
		return invalid("%s stands there twice (line %d)", name, n.Line)
	}
	value, err := scalar(n, keys[i].list)
	if err != nil {
		return invalid("%s (line %d): %w", name, n.Line, err)
	}
	values[name] = value
	return nil
}

func scalar(n *yaml.Node, list bool) (string, error) {
	switch {
	case n.Kind == yaml.AliasNode:
		return scalar(n.Alias, list)
	case n.Kind == yaml.ScalarNode && n.Tag == "!!null":
		return "", nil
	case n.Kind == yaml.ScalarNode:
		return n.Value, nil
	case n.Kind != yaml.SequenceNode || !list:
		return "", errors.New("it must be one value")
	}
	items := make([]string, len(n.Content))
	for i, item := range n.Content {
		var err error
		if items[i], err = scalar(item, false); err != nil {
			return "", err
		}
	}
	return strings.Join(items, ","), nil
}

func names() string {
	list := make([]string, len(keys))
	for i, k := range keys {
		list[i] = k.name
	}
	return strings.Join(list, ", ")
}
