package bench

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
)

// Echo is the least that a server of JSON calls does with net/http and
// encoding/json: it decodes the body and encodes a small answer.
func Echo(w http.ResponseWriter, r *http.Request) {
	var call map[string]any
	if err := json.NewDecoder(r.Body).Decode(&call); err != nil {
		http.Error(w, "no JSON object", http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(map[string]any{"result": len(call)}) // a failure means that the client went away
}

// RunEcho serves Echo as RunReceiver serves the receiver.
func RunEcho(ctx context.Context, out io.Writer) error {
	return serve(ctx, out, http.HandlerFunc(Echo))
}
