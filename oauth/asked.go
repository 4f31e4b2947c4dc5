package oauth

import (
	"net/url"
	"strings"
)

// asked is what an application asks for. response_type and scope are tolerated
// and change nothing.
type asked struct {
	clientID    string
	redirectURI string
	state       string // as it came, encoded, so that it goes back byte for byte
	hasState    bool
}

// readAsked reads a query, or says in words for a person why it can't.
func readAsked(query string) (asked, string) {
	given := map[string]string{}
	for pair := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(pair, "=")
		switch name = decoded(name); name {
		case "client_id", "state", "redirect_uri", "response_type", "scope":
			if _, twice := given[name]; twice {
				return asked{}, "The parameter " + name + " is there twice."
			}
			given[name] = value
		}
	}
	a := asked{clientID: decoded(given["client_id"]), redirectURI: decoded(given["redirect_uri"])}
	state, has := given["state"]
	a.state, a.hasState = printable(strings.ReplaceAll(state, "#", "%23")), has
	switch {
	case a.clientID == "":
		return a, "The parameter client_id is missing."
	case len(decoded(state)) > longestState:
		return a, "The parameter state is longer than 4096 bytes."
	}
	return a, ""
}

// decoded is a text as it is where it is not percent-encoded.
func decoded(text string) string {
	if plain, err := url.QueryUnescape(text); err == nil {
		return plain
	}
	return text
}

// printable encodes the bytes that have no place in the header of an answer, or
// in an address: browsers have encoded them already, and other clients get back
// what means the same.
func printable(text string) string {
	const digits = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(text) {
		if c := text[i]; c <= ' ' || c >= 0x7f || strings.IndexByte("\"<>\\^`{|}", c) >= 0 {
			b.WriteByte('%')
			b.WriteByte(digits[c>>4])
			b.WriteByte(digits[c&15])
			continue
		}
		b.WriteByte(text[i])
	}
	return b.String()
}
