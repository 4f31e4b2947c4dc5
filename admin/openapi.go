package admin

import (
	_ "embed"
	"net/http"
)

//go:embed openapi.json
var openAPIFile []byte

func (s *server) openAPI(w http.ResponseWriter, _ *http.Request) error {
	writeBody(w, http.StatusOK, openAPIFile)
	return nil
}
