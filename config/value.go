package config

import (
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/egress"
	"github.com/onevent/onevent/listener"
	"github.com/onevent/onevent/retention"
	"github.com/onevent/onevent/signature"
)

func text(field func(*Config) *string) func(*Config, string) error {
	return func(c *Config, v string) error { *field(c) = v; return nil }
}

func networks(field func(*Config) *[]netip.Prefix) func(*Config, string) error {
	return func(c *Config, v string) (err error) {
		*field(c), err = ParseNetworks(v)
		return err
	}
}

// ParseNetworks reads networks in CIDR notation, or single addresses, with
// commas between them.
func ParseNetworks(list string) ([]netip.Prefix, error) {
	var out []netip.Prefix
	for item := range strings.SplitSeq(list, ",") {
		item = strings.TrimSpace(item)
		if item == "" {
			continue
		}
		p, err := parseNetwork(item)
		if err != nil {
			return nil, onevent.Errorf(onevent.CodeInvalid, "%q is no network: write it as 10.0.0.0/8 or 10.1.2.3", item)
		}
		out = append(out, p)
	}
	return out, nil
}

func parseNetwork(item string) (netip.Prefix, error) {
	if addr, err := netip.ParseAddr(item); err == nil {
		return addr.Unmap().Prefix(addr.Unmap().BitLen())
	}
	p, err := netip.ParsePrefix(item)
	return p.Masked(), err
}

func setListen(c *Config, v string) error {
	c.Listen = v
	_, err := listener.Check(v)
	return err
}

func setStore(c *Config, v string) error {
	kind, rest, _ := strings.Cut(v, ":")
	switch {
	case kind == "postgres" || kind == "postgresql":
		return errors.New("this build has no PostgreSQL driver; use sqlite:FILE")
	case kind != "sqlite" || rest == "":
		return errors.New("it must be sqlite:FILE")
	}
	c.Store = rest
	return nil
}

func setReserve(c *Config, v string) (err error) {
	c.Reserve, err = ParseSize(v)
	return err
}

// units are the endings of a size, the longest first.
var units = []struct {
	ending string
	bytes  int64
}{{"KB", 1 << 10}, {"MB", 1 << 20}, {"GB", 1 << 30}, {"TB", 1 << 40}, {"", 1}}

// ParseSize reads a number of bytes: 1000, 64KB, 256MB, 4GB, 1TB, by powers of
// 1024.
func ParseSize(v string) (int64, error) {
	upper := strings.ToUpper(strings.ReplaceAll(v, " ", ""))
	for _, u := range units {
		number, ok := strings.CutSuffix(upper, u.ending)
		if !ok {
			continue
		}
		n, err := strconv.ParseInt(number, 10, 64)
		if err != nil || n < 0 || n > math.MaxInt64/u.bytes {
			break
		}
		return n * u.bytes, nil
	}
	return 0, onevent.Errorf(onevent.CodeInvalid, "%q is no size: write it as 256MB or 4GB", v)
}

// wiseToken is how many characters of a token nobody guesses.
const wiseToken = 16

func setAdminToken(c *Config, v string) error {
	c.AdminToken = onevent.Secret(v)
	if len(v) < wiseToken {
		c.warn("admin_token is short: with fewer than %d characters it can be guessed", wiseToken)
	}
	return nil
}

func (c *Config) warn(format string, args ...any) {
	c.Warnings = append(c.Warnings, fmt.Sprintf(format, args...))
}

func setOAuthURL(c *Config, v string) error {
	u, err := url.Parse(v)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return fmt.Errorf("%q is no URL such as https://oauth.example", v)
	}
	c.OAuthURL = strings.TrimRight(v, "/")
	return nil
}

func setOperatorURL(c *Config, v string) error {
	c.OperatorURL = v
	return egress.CheckURL(v, false)
}

func setOperatorSecret(c *Config, v string) error {
	c.OperatorSecret = onevent.Secret(v)
	_, err := signature.Parse(c.OperatorSecret)
	return err
}

func setOTLP(c *Config, v string) error {
	c.OTLP = v
	u, err := url.Parse(v)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return errors.New("it must be a URL such as http://127.0.0.1:4318, without user and query")
	}
	return nil
}

func setLog(c *Config, v string) (err error) {
	c.Log, err = ParseLevel(v)
	return err
}

// ParseLevel reads debug, info, warn or error.
func ParseLevel(v string) (slog.Level, error) {
	levels := map[string]slog.Level{"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError}
	level, ok := levels[strings.ToLower(v)]
	if !ok {
		return 0, onevent.Errorf(onevent.CodeInvalid, "%q is no level: write debug, info, warn or error", v)
	}
	return level, nil
}

// setRetentionAge reads a duration above 0, in days too. Events that matched no
// handler are kept for a day at most.
func setRetentionAge(c *Config, v string) error {
	d, err := ParseDuration(v)
	if err != nil || d <= 0 {
		return fmt.Errorf("%q is no age: write it as 7d or 168h", v)
	}
	c.Retention.Age, c.Retention.Unserved = d, retention.Default.Unserved
	return nil
}

func setRetentionSize(c *Config, v string) (err error) {
	c.Retention.Size, err = ParseSize(v)
	return err
}
