package client_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/onevent/onevent/client"
)

// answer makes a server that answers everything alike, and a client of it.
func answer(t *testing.T, status int, body string, saw func(*http.Request, string)) *client.Client {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		saw(r, string(text))
		w.WriteHeader(status)
		io.WriteString(w, body)
	}))
	t.Cleanup(server.Close)
	return client.New(server.URL+"/", "the-token", server.Client())
}

func TestPublishSendsEventsAsTheyAre(t *testing.T) {
	t.Parallel()
	var method, path, auth, key, body string
	c := answer(t, http.StatusAccepted, `{"events":[{"id":"7","deliveries":2}]}`, func(r *http.Request, text string) {
		method, path, auth, key, body = r.Method, r.URL.Path, r.Header.Get("Authorization"), r.Header.Get("Idempotency-Key"), text
	})
	list, err := c.Publish(t.Context(), "m", "k", client.Event{Event: "ONCRMDEALADD", UserID: 1, Data: json.RawMessage(`{"Z":1.50,"A":"b"}`)})
	if err != nil || len(list) != 1 || list[0] != (client.Published{ID: "7", Deliveries: 2}) {
		t.Errorf("got %+v, %v", list, err)
	}
	if method != "POST" || path != "/admin/v1/portals/m/events" || auth != "Bearer the-token" || key != "k" {
		t.Errorf("sent %s %s with %q and key %q", method, path, auth, key)
	}
	if want := `[{"event":"ONCRMDEALADD","user_id":1,"data":{"Z":1.50,"A":"b"}}]`; body != want {
		t.Errorf("sent %s, want %s", body, want)
	}
}

// A proxy or another server in between does not speak the API's language.
func TestAnswersOfOtherServersAreErrors(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status int
		body   string
		isAPI  bool
	}{
		{http.StatusBadGateway, "<html>bad gateway</html>", true},
		{http.StatusNotFound, `{"message":"no"}`, true},
		{http.StatusOK, "<html>welcome</html>", false},
	} {
		_, err := answer(t, c.status, c.body, func(*http.Request, string) {}).Stats(t.Context())
		var e *client.Error
		if err == nil || errors.As(err, &e) != c.isAPI {
			t.Errorf("%d %q: got %v", c.status, c.body, err)
		}
		if c.isAPI && (e.Status != c.status || e.Code != "unknown" || e.Index != -1) {
			t.Errorf("%d %q: got %+v", c.status, c.body, e)
		}
	}
}

func TestErrorsNameTheOffendingEvent(t *testing.T) {
	t.Parallel()
	c := answer(t, http.StatusBadRequest, `{"error":{"code":"invalid","message":"event 0: bad","index":0}}`, func(*http.Request, string) {})
	_, err := c.Publish(t.Context(), "m", "")
	var e *client.Error
	if !errors.As(err, &e) || e.Index != 0 || e.Code != "invalid" || e.Error() != "event 0: bad (invalid, HTTP 400)" {
		t.Errorf("got %#v", err)
	}
}
