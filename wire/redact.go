package wire

import (
	"bytes"
	"slices"
	"strings"
)

// redacted stands where a secret was.
const redacted = "***"

// secretNames are those under which tokens and secrets travel: in auth blocks, in
// those of bots inside data, in calls and in the page an application is shown.
var secretNames = []string{
	"access_token", "refresh_token", "application_token", "client_secret",
	"auth_id", "refresh_id", "token",
}

// RedactForm returns a copy of a urlencoded body in which *** stands for the value
// of every pair whose key has one of these parts, at any depth and in any letter
// case: access_token, refresh_token, application_token, client_secret, AUTH_ID,
// REFRESH_ID, token; or whose last part is auth, which then is no block but a token.
func RedactForm(body []byte) []byte {
	out := make([]byte, 0, len(body))
	for len(body) > 0 {
		end := bytes.IndexByte(body, '&')
		if end < 0 {
			return appendRedacted(out, body)
		}
		out = append(appendRedacted(out, body[:end]), '&')
		body = body[end+1:]
	}
	return out
}

func appendRedacted(out, pair []byte) []byte {
	key, _, ok := bytes.Cut(pair, []byte("="))
	if !ok || !isSecretKey(unescape(string(key))) {
		return append(out, pair...)
	}
	return append(append(append(out, key...), '='), redacted...)
}

func isSecretKey(key string) bool {
	parts := strings.FieldsFunc(key, func(r rune) bool { return r == '[' || r == ']' })
	return len(parts) > 0 &&
		(isName(parts[len(parts)-1], "auth") || slices.ContainsFunc(parts, isSecretName))
}

func isSecretName(part string) bool {
	return slices.ContainsFunc(secretNames, func(name string) bool { return isName(part, name) })
}

func isName(part, name string) bool { return strings.EqualFold(strings.TrimSpace(part), name) }
