package egress

import (
	"encoding/base64"
	"net/textproto"
	"net/url"
	"slices"
	"strings"
)

// field is a header's name, in its canonical case, and its value.
type field = [2]string

// fields returns a request's own headers. Of several with one name the last counts.
func (c *Client) fields(r Request, user *url.Userinfo) []field {
	out := set(make([]field, 0, len(r.Header)+3), "User-Agent", c.userAgent)
	if r.ContentType != "" {
		out = set(out, "Content-Type", r.ContentType)
	}
	if user != nil {
		out = set(out, "Authorization", "Basic "+credentials(user))
	}
	for _, f := range r.Header {
		out = set(out, textproto.CanonicalMIMEHeaderKey(f[0]), f[1])
	}
	return out
}

func set(fields []field, name, value string) []field {
	value = strings.Trim(value, " \t")
	at := slices.IndexFunc(fields, func(f field) bool { return f[0] == name })
	if at < 0 {
		return append(fields, field{name, value})
	}
	fields[at][1] = value
	return fields
}

func credentials(user *url.Userinfo) string {
	password, _ := user.Password()
	return base64.StdEncoding.EncodeToString([]byte(user.Username() + ":" + password))
}

func validFields(fields []field) bool {
	return !slices.ContainsFunc(fields, func(f field) bool { return !isToken(f[0]) || !isText(f[1]) })
}

// isToken tells whether a text can be a header's name. RFC 9110 section 5.6.2.
func isToken[T string | []byte](s T) bool {
	for i := range len(s) {
		if c := s[i]; !isAlphanumeric(c) && strings.IndexByte("!#$%&'*+-.^_`|~", c) < 0 {
			return false
		}
	}
	return len(s) > 0
}

// isText tells whether a text can be a header's value: it has no control character but the tab.
func isText[T string | []byte](s T) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}

// breaksTheLine finds what would end the request line or one of its parts.
func breaksTheLine(r rune) bool { return r <= ' ' || r == 0x7f }
