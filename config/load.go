package config

import (
	"os"
	"strings"
)

// Load reads the file at path ("" for none) and the environment, which wins,
// and judges every key. Environ is as os.Environ gives it. An error has
// CodeInvalid and names the key; it never holds a secret.
func Load(path string, environ []string) (*Config, error) {
	values, err := readFile(path)
	if err != nil {
		return nil, err
	}
	env := variables(environ)
	c := &Config{}
	for _, k := range keys {
		value, given, err := k.value(values, env)
		if err != nil {
			return nil, err
		}
		if !given && k.required {
			return nil, invalid("%s is missing: %s", k.name, k.help)
		}
		if value == "" {
			continue
		}
		if err := k.set(c, value); err != nil {
			return nil, invalid("%s: %w", k.name, err)
		}
	}
	return c, c.together()
}

// together judges keys that need one another.
func (c *Config) together() error {
	switch {
	case (c.TLSCert == "") != (c.TLSKey == ""):
		return invalid("tls.cert and tls.key go together: one of them is missing")
	case c.OperatorURL != "" && c.OperatorSecret == "":
		return invalid("operator.secret is missing: operator.url needs it, and `onevent keys secret` makes one")
	case c.OperatorURL == "" && c.OperatorSecret != "":
		return invalid("operator.url is missing: operator.secret is of no use without it")
	}
	return nil
}

func variables(environ []string) map[string]string {
	env := map[string]string{}
	for _, line := range environ {
		name, value, _ := strings.Cut(line, "=")
		env[name] = value
	}
	return env
}

// value finds a key's value. An empty one counts as not given.
func (k key) value(file, env map[string]string) (value string, given bool, err error) {
	name := Env(k.name)
	if path := env[name+"_FILE"]; k.secret && path != "" {
		if env[name] != "" {
			return "", false, invalid("%s and %[1]s_FILE are both set: which one counts?", name)
		}
		value, err = readSecret(name+"_FILE", path)
		return value, value != "", err
	}
	if v := env[name]; v != "" {
		return v, true, nil
	}
	if v := file[k.name]; v != "" {
		return v, true, nil
	}
	return k.initial, k.initial != "", nil
}

func readSecret(variable, path string) (string, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return "", invalid("%s: %w", variable, err)
	}
	return strings.TrimRight(string(raw), "\r\n"), nil
}
