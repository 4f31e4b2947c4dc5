package egress

import (
	"bytes"
	"cmp"
	"errors"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// unsent are headers that the message itself decides; what a caller says of them is left out.
var unsent = []string{"Host", "User-Agent", "Content-Length", "Transfer-Encoding", "Trailer"}

// appendHead writes the head of an HTTP/1.1 request as net/http does: Host, User-Agent and Content-Length, then the
// others by their names.
func appendHead(b []byte, r outgoing, host string) []byte {
	b = append(b, "POST "...)
	b = r.to.appendPath(b)
	b = append(b, " HTTP/1.1\r\nHost: "...)
	b = append(b, host...)
	for _, f := range r.fields {
		if f[0] == "User-Agent" && f[1] != "" {
			b = appendField(append(b, "\r\n"...), f)
		}
	}
	b = append(b, "\r\nContent-Length: "...)
	b = strconv.AppendInt(b, int64(len(r.body)), 10)
	b = append(b, "\r\n"...)
	slices.SortFunc(r.fields, func(x, y field) int { return cmp.Compare(x[0], y[0]) })
	for _, f := range r.fields {
		if !slices.Contains(unsent, f[0]) {
			b = append(appendField(b, f), "\r\n"...)
		}
	}
	return append(b, "\r\n"...)
}

func appendField(b []byte, f field) []byte {
	b = append(b, f[0]...)
	b = append(b, ": "...)
	return append(b, f[1]...)
}

// appendPath writes path and query as the URL has them; see url for the one exception.
func (t target) appendPath(b []byte) []byte {
	switch {
	case t.path == "":
		b = append(b, '/')
	case strings.HasPrefix(t.path, "//"):
		b = append(b, escapeIllegal(t.path)...)
	default:
		b = append(b, t.path...)
	}
	if t.hasQuery {
		b = append(append(b, '?'), t.query...)
	}
	return b
}

var defaultPorts = map[string]string{"http": "80", "https": "443"}

// names returns what the Host header and the connection need: the name as DNS knows it, and an IPv6 address's zone
// for the connection alone.
func (t target) names() (host, address string, err error) {
	host, name := t.authority, t.host
	if strings.IndexFunc(host, func(r rune) bool { return r >= utf8.RuneSelf }) >= 0 {
		if host, err = translated(host); err != nil {
			return "", "", err
		}
		name, _, _ = strings.Cut(host, ":") // no IP address is written in another script
	}
	if open := strings.IndexByte(host, '%'); open >= 0 {
		host = host[:open] + host[strings.IndexByte(host, ']'):]
	}
	return host, net.JoinHostPort(name, cmp.Or(t.port, defaultPorts[t.scheme])), nil
}

// translated returns a host of another script in the letters of DNS. The standard library translates it while
// writing a request, and nowhere else that can be reached.
func translated(host string) (string, error) {
	var b bytes.Buffer
	request := http.Request{URL: &url.URL{Scheme: "http", Host: host, Opaque: "/"}}
	if err := request.Write(&b); err != nil {
		return "", err
	}
	_, rest, _ := strings.Cut(b.String(), "\r\nHost: ")
	host, _, ok := strings.Cut(rest, "\r\n")
	if !ok {
		return "", errors.New("egress: no Host header was written")
	}
	return host, nil
}
