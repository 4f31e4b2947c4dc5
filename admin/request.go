package admin

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"reflect"
	"strconv"
	"strings"

	"github.com/onevent/onevent"
)

func invalid(format string, args ...any) error {
	return onevent.Errorf(onevent.CodeInvalid, format, args...)
}

func notFound(format string, args ...any) error {
	return onevent.Errorf(onevent.CodeNotFound, format, args...)
}

func conflict(format string, args ...any) error {
	return onevent.Errorf(onevent.CodeConflict, format, args...)
}

// readBody reads the whole body into a buffer of its announced length.
func readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	return readUpTo(w, r, MaxBody)
}

// readUpTo is readBody with a limit in bytes.
func readUpTo(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, error) {
	if r.ContentLength > limit {
		return nil, errTooLarge(limit)
	}
	var b bytes.Buffer
	if r.ContentLength > 0 {
		b.Grow(int(r.ContentLength) + bytes.MinRead)
	}
	_, err := b.ReadFrom(http.MaxBytesReader(w, r.Body, limit))
	var tooLong *http.MaxBytesError
	switch {
	case errors.As(err, &tooLong):
		return nil, errTooLarge(limit)
	case err != nil:
		return nil, invalid("the body could not be read to its end")
	}
	return b.Bytes(), nil
}

func errTooLarge(limit int64) error {
	return onevent.Errorf(onevent.CodeTooLarge, "the body has more than %d bytes", limit)
}

// decode reads a JSON object into a T and refuses keys that it does not have.
// An empty body is an empty object.
func decode[T any](w http.ResponseWriter, r *http.Request) (T, error) {
	var v T
	body, err := readBody(w, r)
	if err != nil || len(bytes.TrimSpace(body)) == 0 {
		return v, err
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(&v); err != nil {
		return v, inWords(err)
	}
	if _, err := d.Token(); err != io.EOF {
		return v, invalid("the body has more than one JSON value")
	}
	return v, nil
}

// inWords words an error of encoding/json without the value at fault, which
// may be a secret.
func inWords(err error) error {
	var wrongType *json.UnmarshalTypeError
	if errors.As(err, &wrongType) {
		switch {
		case wrongType.Field == "":
			return invalid("the body must be a JSON object")
		case strings.HasPrefix(wrongType.Value, "number") && wrongType.Type.Kind() == reflect.Float64:
			return invalid("%s is too large a number", wrongType.Field)
		case strings.HasPrefix(wrongType.Value, "number") && isWhole(wrongType.Type.Kind()):
			return invalid("%s must be a whole number, and not too large", wrongType.Field)
		}
		return invalid("%s must not be a JSON %s", wrongType.Field, strings.Fields(wrongType.Value + " value")[0])
	}
	if key, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		return invalid("unknown key %s", key)
	}
	return invalid("the body is not JSON")
}

func isWhole(k reflect.Kind) bool { return k >= reflect.Int && k <= reflect.Uint64 }

func (s *server) portal(r *http.Request) (*onevent.Portal, error) {
	if p := s.Directory.PortalByMember(r.PathValue("member_id")); p != nil {
		return p, nil
	}
	return nil, notFound("no portal has this member_id")
}

func (s *server) application(r *http.Request) (*onevent.Application, error) {
	if a := s.Directory.ApplicationByClientID(r.PathValue("client_id")); a != nil {
		return a, nil
	}
	return nil, notFound("no application has this client_id")
}

// place is the portal and the application that a path names.
func (s *server) place(r *http.Request) (*onevent.Portal, *onevent.Application, error) {
	p, err := s.portal(r)
	if err != nil {
		return nil, nil, err
	}
	a, err := s.application(r)
	return p, a, err
}

// parseID reads an identity as APIs write it: digits.
func parseID(name, text string) (int64, error) {
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil || id <= 0 {
		return 0, invalid("%s must be a positive number", name)
	}
	return id, nil
}

func formatID[T ~int64](id T) string { return strconv.FormatInt(int64(id), 10) }

// flag reads a parameter that is 1 or 0, or absent for 0.
func flag(r *http.Request, name string) (bool, error) {
	switch r.URL.Query().Get(name) {
	case "", "0":
		return false, nil
	case "1":
		return true, nil
	}
	return false, invalid("%s must be 1 or 0", name)
}
