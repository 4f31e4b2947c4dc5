// Package request reads the parameters of a call of the REST protocol or of the
// authorisation server from wherever clients put them.
// docs/protocol/rest.md section 3.
package request

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/onevent/onevent/rest/limit"
	"github.com/onevent/onevent/wire"
)

// ErrUnreadable says that the body did not arrive whole: the client went away or
// was too slow.
var ErrUnreadable = errors.New("the body of the request could not be read")

// ErrNoRoom says that the server does not take the body now.
var ErrNoRoom = limit.ErrNoRoom

// ErrJSON says that the body is not the JSON that its content type says. The
// parameters are those of the query then, which is all that most callers want.
var ErrJSON = errors.New("the body of the request is not JSON")

// Params reads query string and body, the later wins: query, form, JSON. A body
// that is not what its content type says has no parameters. U+0000 is dropped
// from all texts, for not every store keeps it.
//
// The error is a *wire.LimitError (its limit is "bytes" for the body's length),
// ErrUnreadable, ErrNoRoom, or ErrJSON beside parameters.
func Params(w http.ResponseWriter, r *http.Request, lim wire.Limits) (wire.Value, error) {
	query, err := wire.ParseForm(r.URL.RawQuery, lim)
	if err != nil {
		return wire.Value{}, err
	}
	body, err := readBody(w, r, lim)
	if err != nil {
		return wire.Value{}, err
	}
	params, err := parseBody(body, r.Header.Get("Content-Type"), lim)
	if err != nil && err != ErrJSON {
		return wire.Value{}, err
	}
	merged := wire.Merge(query, params)
	if mayHoldNUL([]byte(r.URL.RawQuery)) || mayHoldNUL(body) {
		return WithoutNUL(merged), err
	}
	return merged, err
}

func readBody(w http.ResponseWriter, r *http.Request, lim wire.Limits) ([]byte, error) {
	if r.Body == nil || r.Body == http.NoBody {
		return nil, nil
	}
	most := lim.OrDefault().Bytes
	if r.ContentLength > int64(most) {
		return nil, &wire.LimitError{Limit: "bytes", Value: most}
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, int64(most)))
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return nil, &wire.LimitError{Limit: "bytes", Value: most}
	}
	if errors.Is(err, ErrNoRoom) {
		return nil, ErrNoRoom
	}
	if err != nil {
		return nil, ErrUnreadable
	}
	return body, nil
}

func parseBody(body []byte, contentType string, lim wire.Limits) (wire.Value, error) {
	kind, options := mediaType(contentType)
	switch kind {
	case "application/json":
		return parseJSON(body, lim)
	case "multipart/form-data":
		return parseMultipart(body, options["boundary"], lim)
	}
	return wire.ParseForm(string(body), lim)
}

// mediaType reads a header even when what follows the type is wrong.
func mediaType(header string) (string, map[string]string) {
	kind, options, err := mime.ParseMediaType(header)
	if err != nil {
		kind, _, _ = strings.Cut(header, ";")
		kind = strings.ToLower(strings.TrimSpace(kind))
	}
	return kind, options
}

// parseJSON takes an empty body, and JSON that is neither object nor array, for
// no parameters.
func parseJSON(body []byte, lim wire.Limits) (wire.Value, error) {
	v, err := wire.ParseJSON(body, lim)
	var limit *wire.LimitError
	switch {
	case errors.As(err, &limit):
		return wire.Value{}, err
	case err != nil && len(body) > 0:
		return wire.Value{}, ErrJSON
	}
	return v, nil
}

func mayHoldNUL(text []byte) bool {
	return bytes.Contains(text, []byte("%00")) || bytes.Contains(text, []byte(`\u0000`)) || bytes.IndexByte(text, 0) >= 0
}

// WithoutNUL drops U+0000 from all texts and keys of v.
func WithoutNUL(v wire.Value) wire.Value {
	if v.Kind() == wire.KindString {
		return wire.String(dropNUL(v.Text()))
	}
	return v.Replaced(dropNUL, WithoutNUL)
}

func dropNUL(text string) string { return strings.ReplaceAll(text, "\x00", "") }
