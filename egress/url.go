package egress

import (
	"errors"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxURL is the longest URL accepted, in characters. docs/protocol/events.md section 4.1.
const MaxURL = 2000

// What CheckURL finds wrong, by the rows of docs/protocol/events.md section 4.1.
var (
	// ErrWrongURL is row 8: not an absolute URL, no host or, where it is asked for, no dot in it.
	ErrWrongURL = errors.New("wrong URL: it needs a scheme and a host that can be reached, and no spaces")
	// ErrScheme is row 9: neither http nor https, in lower case.
	ErrScheme = errors.New("wrong scheme: only http and https are supported, in lower case")
)

// CheckURL tells whether a URL has the form that a handler's must have; it returns ErrWrongURL, ErrScheme or nil and
// looks nothing up. requireDot asks for a name with a dot that is not its first character; IP addresses pass.
// Whatever passes can be given to Post. docs/protocol/events.md section 4.1, rows 8 and 9.
func CheckURL(raw string, requireDot bool) error {
	if !utf8.ValidString(raw) || utf8.RuneCountInString(raw) > MaxURL || strings.ContainsFunc(raw, unprintable) {
		return ErrWrongURL
	}
	t, ok := parse(raw)
	switch {
	case !ok || !hasDot(t.host, requireDot):
		return ErrWrongURL
	case !t.supported():
		return ErrScheme
	}
	return nil
}

func unprintable(r rune) bool { return unicode.IsControl(r) || unicode.IsSpace(r) }

func hasDot(host string, required bool) bool {
	if _, err := netip.ParseAddr(host); err == nil {
		return true
	}
	dot := strings.IndexByte(host, '.')
	return dot > 0 || dot < 0 && !required
}

// target is a URL taken apart without changing a byte of its path and query.
type target struct {
	scheme    string
	authority string // host with the port as written, for the connection and the Host header
	host      string
	port      string // as written, may be empty
	user      *url.Userinfo
	path      string
	query     string
	hasQuery  bool
}

// parse splits a URL. It does not use url.Parse for the whole, which refuses or rewrites paths that servers take.
func parse(raw string) (t target, ok bool) {
	scheme, rest, ok := strings.Cut(raw, "//")
	if !ok || !validScheme(scheme) {
		return target{}, false
	}
	end := strings.IndexAny(rest, "/?#")
	if end < 0 {
		end = len(rest)
	}
	u, err := url.Parse("http://" + rest[:end])
	if err != nil || !validHost(u.Hostname()) || !validPort(u.Port()) {
		return target{}, false
	}
	t = target{scheme: strings.TrimSuffix(scheme, ":"), authority: strings.TrimSuffix(u.Host, ":"), host: u.Hostname(), port: u.Port(), user: u.User}
	address, _, _ := strings.Cut(rest[end:], "#")
	t.path, t.query, t.hasQuery = strings.Cut(address, "?")
	return t, true
}

func (t target) supported() bool { return t.scheme == "http" || t.scheme == "https" }

// validScheme accepts what stands before the two slashes of an absolute URL, or nothing.
func validScheme(scheme string) bool {
	name, ok := strings.CutSuffix(scheme, ":")
	return scheme == "" || ok && name != "" && strings.IndexFunc(name, func(r rune) bool {
		return r >= utf8.RuneSelf || !isAlphanumeric(byte(r)) && !strings.ContainsRune("+-.", r)
	}) < 0
}

// validHost accepts IP addresses and what can be part of a name; the names of other scripts are left to the
// client, which translates them.
func validHost(host string) bool {
	if _, err := netip.ParseAddr(host); err == nil {
		return true
	}
	return host != "" && strings.IndexFunc(host, func(r rune) bool {
		return r < utf8.RuneSelf && !isAlphanumeric(byte(r)) && !strings.ContainsRune("-._", r)
	}) < 0
}

func validPort(port string) bool {
	n, err := strconv.ParseUint(port, 10, 16)
	return port == "" || err == nil && n > 0
}

func isAlphanumeric(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}

// url returns the target in the form whose request line is the URL as written. Opaque is sent untouched, but means
// something else where it starts with two slashes; such a path is sent by RawPath, where the few bytes that no URL
// may hold are escaped.
func (t target) url() *url.URL {
	u := &url.URL{Scheme: t.scheme, Host: t.authority, RawQuery: t.query, ForceQuery: t.hasQuery}
	if !strings.HasPrefix(t.path, "//") {
		u.Opaque = t.path
		return u
	}
	u.RawPath = escapeIllegal(t.path)
	u.Path, _ = url.PathUnescape(u.RawPath) // can't fail: escapeIllegal leaves whole escapes only
	return u
}

func escapeIllegal(path string) string {
	const upperHex = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(path) {
		if c := path[i]; isLegal(path[i:]) {
			b.WriteByte(c)
		} else {
			b.Write([]byte{'%', upperHex[c>>4], upperHex[c&15]})
		}
	}
	return b.String()
}

// isLegal tells whether the first byte of rest may stand in a path, an escape counting only when it is whole.
func isLegal(rest string) bool {
	if c := rest[0]; c != '%' {
		return isAlphanumeric(c) || strings.IndexByte("-_.~!$&'()*+,;=:@[]/", c) >= 0
	}
	return len(rest) >= 3 && isHex(rest[1]) && isHex(rest[2])
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}
