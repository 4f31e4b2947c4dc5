package wire

import "strconv"

// Auth is the auth block of an event. Which of its keys are sent, and in which
// order, follows from its content: with an AccessToken those of a user, without
// one those of an application without a user, and with Bare only the five that
// an outgoing webhook gets. RefreshToken is sent beside an AccessToken when it is
// not empty. docs/protocol/events.md section 3.1.
type Auth struct {
	AccessToken string
	Expires     int64  // unix seconds
	ExpiresIn   int64  // seconds
	Scope       string // codes with commas between them
	Domain, ServerEndpoint,
	Status, ClientEndpoint,
	MemberID string
	UserID                         int64
	RefreshToken, ApplicationToken string
	// Bare is for outgoing webhooks and the events whose tokens are none.
	Bare bool
}

// Append appends the pairs of the block, each with an & before it.
func (a Auth) Append(dst []byte) []byte {
	switch {
	case a.AccessToken != "":
		return a.appendWithTokens(dst)
	case a.Bare:
		return a.appendBare(dst)
	}
	return a.appendWithoutUser(dst)
}

func (a Auth) appendWithTokens(dst []byte) []byte {
	dst = appendText(dst, "&auth%5Baccess_token%5D=", a.AccessToken)
	dst = appendInt(dst, "&auth%5Bexpires%5D=", a.Expires)
	dst = appendInt(dst, "&auth%5Bexpires_in%5D=", a.ExpiresIn)
	dst = a.appendPlace(dst)
	dst = appendInt(dst, "&auth%5Buser_id%5D=", a.UserID)
	if a.RefreshToken != "" {
		dst = appendText(dst, "&auth%5Brefresh_token%5D=", a.RefreshToken)
	}
	return a.appendApplicationToken(dst)
}

func (a Auth) appendWithoutUser(dst []byte) []byte {
	return a.appendApplicationToken(a.appendPlace(dst))
}

func (a Auth) appendPlace(dst []byte) []byte {
	dst = appendText(dst, "&auth%5Bscope%5D=", a.Scope)
	dst = appendText(dst, "&auth%5Bdomain%5D=", a.Domain)
	dst = appendText(dst, "&auth%5Bserver_endpoint%5D=", a.ServerEndpoint)
	dst = appendText(dst, "&auth%5Bstatus%5D=", a.Status)
	dst = appendText(dst, "&auth%5Bclient_endpoint%5D=", a.ClientEndpoint)
	return appendText(dst, "&auth%5Bmember_id%5D=", a.MemberID)
}

func (a Auth) appendBare(dst []byte) []byte {
	dst = appendText(dst, "&auth%5Bdomain%5D=", a.Domain)
	dst = appendText(dst, "&auth%5Bclient_endpoint%5D=", a.ClientEndpoint)
	dst = appendText(dst, "&auth%5Bserver_endpoint%5D=", a.ServerEndpoint)
	dst = appendText(dst, "&auth%5Bmember_id%5D=", a.MemberID)
	return a.appendApplicationToken(dst)
}

func (a Auth) appendApplicationToken(dst []byte) []byte {
	return appendText(dst, "&auth%5Bapplication_token%5D=", a.ApplicationToken)
}

func appendText(dst []byte, prefix, text string) []byte {
	return appendEscaped(append(dst, prefix...), text)
}

func appendInt(dst []byte, prefix string, n int64) []byte {
	return strconv.AppendInt(append(dst, prefix...), n, 10)
}
