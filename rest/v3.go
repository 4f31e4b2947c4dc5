package rest

import (
	"net/http"

	"github.com/onevent/onevent/wire"
)

// Errors of REST 3.0; docs/protocol/rest.md section 5.
const v3Prefix = "BITRIX_REST_V3_EXCEPTION_"

var (
	errV3Method = &Error{Status: http.StatusNotFound, Code: v3Prefix + "METHODNOTFOUNDEXCEPTION", Description: errMethodNotFound.Description}
	errV3JSON   = &Error{Status: http.StatusBadRequest, Code: v3Prefix + "INVALIDJSONEXCEPTION", Description: "The body of the request is not JSON"}

	errV3BatchLength = errBatchLength.as(http.StatusBadRequest)
	errV3BatchMethod = errBatchMethod.as(http.StatusMethodNotAllowed)
)

// codesV3 are the codes that REST 3.0 has for errors that are older than it. All
// others, expired_token among them, keep theirs.
var codesV3 = map[string]string{
	"ERROR_METHOD_NOT_FOUND": errV3Method.Code,
	"ACCESS_DENIED":          v3Prefix + "ACCESSDENIEDEXCEPTION",
	codeArgument:             v3Prefix + "VALIDATION_REQUESTVALIDATIONEXCEPTION",
}

// fieldsV3 are an error as REST 3.0 prints it; docs/protocol/rest.md section 5.
func fieldsV3(e *Error) wire.Value {
	code, ok := codesV3[e.Code]
	if !ok {
		code = e.Code
	}
	body := wire.Map(wire.F("code", wire.String(code)), wire.F("message", wire.String(e.Description)))
	if e.Argument != "" {
		fault := wire.Map(wire.F("message", wire.String(e.Description)), wire.F("field", wire.String(e.Argument)))
		body = body.With("validation", wire.List(fault))
	}
	return wire.Map(wire.F("error", body))
}
