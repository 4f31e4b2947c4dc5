package wire

import (
	"bytes"
	"slices"
	"strings"
)

// redacted stands where a secret was.
const redacted = "***"

// secretKeys are the names under which tokens and secrets travel: in auth blocks,
// in those of bots inside data, in calls and in the page an application is shown.
var secretKeys = []string{
	"access_token", "refresh_token", "application_token", "client_secret",
	"auth_id", "refresh_id", "auth",
}

// RedactForm returns a copy of a urlencoded body in which *** stands for the value
// of every pair that one of these names has a part in, at any depth and in any
// letter case: access_token, refresh_token, application_token, client_secret,
// AUTH_ID, REFRESH_ID; and for auth itself when it is no block but a token.
func RedactForm(body []byte) []byte {
	out := make([]byte, 0, len(body))
	for pair := range bytes.SplitSeq(body, []byte("&")) {
		if len(out) > 0 {
			out = append(out, '&')
		}
		out = appendRedacted(out, pair)
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
	if len(parts) > 1 && isName(parts[0], "auth") {
		parts = parts[1:]
	}
	return slices.ContainsFunc(parts, isSecretName)
}

func isSecretName(part string) bool {
	return slices.ContainsFunc(secretKeys, func(name string) bool { return isName(part, name) })
}

func isName(part, name string) bool { return strings.EqualFold(strings.TrimSpace(part), name) }
