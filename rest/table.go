package rest

import (
	"net/http"
	"slices"
)

const codeArgument = "ERROR_ARGUMENT"

// Definition is one row of the table of errors: what a code means here.
type Definition struct {
	Code   string
	Text   string // empty: each place has its own
	Status int
	Raised string // where; empty: nowhere,
	Why    string // for this reason
}

type definitions []Definition

// Errors lists every error of docs/protocol/rest.md section 6, in its order.
// Errors of single methods, which have codes of their own or none, are not here.
func Errors() []Definition { return slices.Clone(table) }

func (d definitions) error(code string) *Error {
	i := slices.IndexFunc(d, func(row Definition) bool { return row.Code == code && row.Raised != "" })
	return &Error{Status: d[i].Status, Code: d[i].Code, Description: d[i].Text}
}

// table holds codes, texts and statuses as section 6 picks them.
var table = definitions{
	{"NO_AUTH_FOUND", "Wrong authorization data", http.StatusUnauthorized, "a call without token or webhook", ""},
	{"expired_token", "The access token provided has expired", http.StatusUnauthorized, "a token after its hour", ""},
	{"invalid_token", "Unable to get application by token", http.StatusUnauthorized, "a token that is unknown here", ""},
	{"INVALID_CREDENTIALS", "Invalid request credentials", http.StatusUnauthorized, "a webhook's user and code that don't belong together", ""},
	{"insufficient_scope", "The request requires higher privileges than provided by the access token", http.StatusForbidden, "a method of a scope that token or webhook lack", ""},
	{"user_access_error", "The user does not have access to the application.", http.StatusForbidden, "", "an application is open to all users of its portal"},
	{"authorization_error", "Unable to authorize user", http.StatusUnauthorized, "a token or webhook of a dismissed user", ""},
	{"APPLICATION_NOT_FOUND", "Application not found", http.StatusUnauthorized, "", "an application that is not installed answers NOT_INSTALLED"},
	{"ERROR_OAUTH", "Application not installed", http.StatusUnauthorized, "", "an application that is not installed answers NOT_INSTALLED"},
	{"NOT_INSTALLED", "Application not installed", http.StatusUnauthorized, "a token of an installation that has ended", ""},
	{"PAYMENT_REQUIRED", "Payment required", http.StatusUnauthorized, "a token of an application whose payment has expired", ""},
	{"CONNECTION_ERROR", "Error connecting to authorization server", 0, "", "portal and authorisation server are one program"},
	{"ACCESS_DENIED", "", http.StatusForbidden, "methods that want an application or an administrator", ""},
	{"WRONG_AUTH_TYPE", "Current authorization type is denied for this method", http.StatusForbidden, "a webhook for an application's method", ""},
	{"WRONG_LICENSE", "This feature is not enabled for the current license", http.StatusForbidden, "", "nothing here depends on a plan"},
	{"METHOD_CONFIRM_WAITING", "Waiting for confirmation", http.StatusUnauthorized, "a method that an administrator has yet to confirm", ""},
	{"METHOD_CONFIRM_DENIED", "Method call denied", http.StatusForbidden, "a method that an administrator refused", ""},
	{"INVALID_REQUEST", "Https required.", http.StatusBadRequest, "a webhook over plain http, except in dev", ""},
	{"ERROR_METHOD_NOT_FOUND", "Method not found!", http.StatusNotFound, "a name that is no method", ""},
	{"ERROR_MANIFEST_IS_NOT_AVAILABLE", "Manifest is not available", 0, "", "there are no site templates here"},
	{"ERROR_BATCH_LENGTH_EXCEEDED", "Max batch length exceeded", http.StatusOK, "the commands of a batch after the 50th", ""},
	{"ERROR_BATCH_METHOD_NOT_ALLOWED", "Method is not allowed for batch usage", http.StatusOK, "batch, download and upload as commands of a batch", ""},
	{codeArgument, "", http.StatusBadRequest, "a parameter that is missing, wrong or beyond a limit; 413 where the limit is one of bytes", ""},
	{"ERROR_CORE", "", http.StatusBadRequest, "methods that name no other code; a body that breaks off", ""},
	{"ERROR_NOT_FOUND", "", http.StatusBadRequest, "", "methods here name what they don't find by NOT_FOUND or without a code"},
	{"NOT_FOUND", "", http.StatusBadRequest, "crm.activity.todo.*", ""},
	{"WRONG_ENCODING", "Wrong request encoding", 0, "", "bytes that are no UTF-8 are read as U+FFFD"},
	{"QUERY_LIMIT_EXCEEDED", "Too many requests", http.StatusServiceUnavailable, "a portal with a limit: of calls per source address, or of events", ""},
	{"OVERLOAD_LIMIT", "REST API is blocked due to overload.", http.StatusServiceUnavailable, "nothing can be stored now, or the server ends", ""},
	{"OPERATION_TIME_LIMIT", "Method is blocked due to operation time limit.", http.StatusTooManyRequests, "a portal with a limit, per method and caller", ""},
	{"PORTAL_DELETED", "Portal was deleted", http.StatusForbidden, "", "a host that is no portal's answers 421: no portal is deleted here"},
	{"INTERNAL_SERVER_ERROR", "Internal server error", http.StatusInternalServerError, "a fault of the server, which its log tells", ""},
	{"ERROR_UNEXPECTED_ANSWER", "Server returned an unexpected response", http.StatusInternalServerError, "", "no other server stands behind a method"},
	{"INTERNAL_WRONG_TRANSPORT", "", 0, "", "a path with another suffix is a name that is no method"},
	{"INTERNAL_WRONG_HANDLER_CLASS", "", 0, "", "methods are part of the program"},
	{"100", "", http.StatusBadRequest, "crm.activity.todo.* without a parameter", ""},
}
