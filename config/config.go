// Package config is the configuration of `onevent serve`: one table of keys,
// read from a YAML file and the environment, judged before anything starts.
package config

import (
	"fmt"
	"log/slog"
	"net/netip"
	"strings"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/retention"
)

// Config is what the keys say.
type Config struct {
	Listen         string // host:port
	TLSCert        string // path of a PEM file; with TLSKey: Listen speaks TLS
	TLSKey         string
	TrustedProxies []netip.Prefix // whose X-Forwarded-Proto and -For are believed
	Store          string         // path of the SQLite file
	Reserve        int64          // bytes of free disk below which nothing new is stored
	KeyFile        string
	AdminToken     onevent.Secret
	OAuthURL       string // without a slash at the end; empty: each portal's own
	EgressAllow    []netip.Prefix
	OperatorURL    string         // empty: operator events are lines of the log alone
	OperatorSecret onevent.Secret // signs them
	Log            slog.Level
	OTLP           string // URL of the collector of traces; empty: none
	// Delivery is the default of every destination.
	Delivery onevent.DeliveryOptions
	Limits   Limits
	// Retention is how long the log remembers.
	Retention retention.Policy
	// Warnings are sentences about keys that are not obeyed or not wise. Whoever
	// starts the server shows them.
	Warnings []string
}

// Limits bound what deliveries take up at once.
type Limits struct {
	Server  int // attempts at once
	Host    int // attempts at once to one host and port
	Backlog int // deliveries that wait for one destination
}

// key is one line of the table.
type key struct {
	name     string
	initial  string // used when neither file nor environment has it
	required bool
	secret   bool // the environment may name a file that holds it
	list     bool // YAML may give a list; elsewhere items have commas between them
	help     string
	set      func(*Config, string) error
}

var keys = []key{
	{name: "listen", initial: "127.0.0.1:8080", help: "HOST:PORT that serves REST, the authorisation server and /admin/v1", set: setListen},
	{name: "tls.cert", help: "PEM file of the certificate chain; with tls.key, listen speaks TLS", set: text(func(c *Config) *string { return &c.TLSCert })},
	{name: "tls.key", help: "PEM file of the certificate's key", set: text(func(c *Config) *string { return &c.TLSKey })},
	{name: "trusted_proxies", list: true, help: "networks whose X-Forwarded-Proto and X-Forwarded-For are believed", set: networks(func(c *Config) *[]netip.Prefix { return &c.TrustedProxies })},
	{name: "store", initial: "sqlite:onevent.db", secret: true, help: "sqlite:FILE", set: setStore},
	{name: "store.reserve", initial: "256MB", help: "free disk below which nothing new is stored (KB, MB, GB: powers of 1024)", set: setReserve},
	{name: "key_file", required: true, help: "the server's keys, made by `onevent keys new`", set: text(func(c *Config) *string { return &c.KeyFile })},
	{name: "admin_token", required: true, secret: true, help: "bearer token of /admin/v1; 16 random characters or more", set: setAdminToken},
	{name: "oauth_url", help: "public URL of the authorisation server (each portal's own, under /oauth-server)", set: setOAuthURL},
	{name: "egress.allow", list: true, help: "networks that handlers may be in although they are not public", set: networks(func(c *Config) *[]netip.Prefix { return &c.EgressAllow })},
	{name: "delivery.order", initial: onevent.OrderObject, help: "what a delivery waits for: those before it about its object, none, or all of its destination", set: delivery("order")},
	{name: "delivery.retry", initial: onevent.RetryDefault, list: true, help: "default (70 hours), none, or the delays before each retry: 5s,30s,2m", set: delivery("retry")},
	{name: "delivery.deadline", initial: "7d", help: "how long after its event a delivery must have succeeded, at most 90d", set: delivery("deadline")},
	{name: "delivery.timeout", initial: "20s", help: "for one attempt, 1s to 60s", set: delivery("timeout")},
	{name: "delivery.rate", help: "events a second to one destination; not set: no limit", set: delivery("rate")},
	{name: "delivery.burst", help: "events at once where there is a rate", set: delivery("burst")},
	{name: "delivery.concurrency", initial: "64", help: "attempts at once to one destination, at most 256", set: delivery("concurrency")},
	{name: "limits.server", initial: "4096", help: "attempts at once of the whole server", set: limit(func(l *Limits) *int { return &l.Server }, maxAttempts)},
	{name: "limits.host", initial: "256", help: "attempts at once to one host and port", set: limit(func(l *Limits) *int { return &l.Host }, maxAttempts)},
	{name: "limits.backlog", initial: "1000000", help: "deliveries that may wait for one destination", set: limit(func(l *Limits) *int { return &l.Backlog }, maxBacklog)},
	{name: "retention.age", initial: "7d", help: "how long settled deliveries and their events are kept", set: setRetentionAge},
	{name: "retention.size", initial: "4GB", help: "bytes that the store may use before the oldest that is settled goes", set: setRetentionSize},
	{name: "operator.url", help: "where operator events are sent; not set: they are lines of the log alone", set: setOperatorURL},
	{name: "operator.secret", secret: true, help: "signs operator events, made by `onevent keys secret`", set: setOperatorSecret},
	{name: "log", initial: "info", help: "debug, info, warn or error", set: setLog},
	{name: "otlp", help: "URL of a collector to which traces are sent by OTLP over HTTP, such as http://127.0.0.1:4318; not set: nothing is traced", set: setOTLP},
}

// Env is the environment variable of a key.
func Env(name string) string {
	return "ONEVENT_" + strings.ToUpper(strings.ReplaceAll(name, ".", "_"))
}

// Describe lists the keys with their environment variables and defaults.
func Describe() string {
	var b strings.Builder
	for _, k := range keys {
		env := Env(k.name)
		if k.secret {
			env += "[_FILE]"
		}
		fmt.Fprintf(&b, "  %-20s %-31s %s%s\n", k.name, env, k.help, k.note())
	}
	return b.String()
}

func (k key) note() string {
	switch {
	case k.required:
		return "; required"
	case k.initial != "":
		return " [" + k.initial + "]"
	}
	return ""
}

func invalid(format string, args ...any) error {
	return onevent.Errorf(onevent.CodeInvalid, format, args...)
}
