package page_test

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/onevent/onevent/page"
)

const markup = `"><script>alert(1)</script><style>*{}</style>`

// What the policy does not name a browser leaves out: the page would lose its style.
func TestThePolicyAllowsThePagesOwnStyleAlone(t *testing.T) {
	t.Parallel()
	for name, p := range map[string]interface {
		Write(*httptest.ResponseRecorder)
	}{
		"sign-in": write(func(w *httptest.ResponseRecorder) {
			page.SignIn{Portal: markup, Problem: markup, Email: markup, Users: []page.User{{ID: 1, Name: markup}}}.Write(w, 200)
		}),
		"notice": write(func(w *httptest.ResponseRecorder) {
			page.Notice{Portal: markup, Title: markup, Text: markup, Detail: markup, Code: markup, User: markup}.Write(w, 200)
		}),
	} {
		w := httptest.NewRecorder()
		p.Write(w)
		body := w.Body.String()
		_, style, _ := strings.Cut(body, "<style>")
		style, _, _ = strings.Cut(style, "</style>")
		sum := sha256.Sum256([]byte(style))
		policy := w.Header().Get("Content-Security-Policy")
		if !strings.Contains(policy, "style-src 'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"';") {
			t.Errorf("%s: the policy %s is not that of the style", name, policy)
		}
		for _, bad := range []string{"<script", " style=", "javascript:", "http-equiv", "<link", "<img"} {
			if strings.Contains(body, bad) {
				t.Errorf("%s has %s: %s", name, bad, body)
			}
		}
		if strings.Count(body, "<style>") != 1 || !strings.Contains(body, "&lt;script&gt;") {
			t.Errorf("%s does not escape what it is given: %s", name, body)
		}
	}
}

type write func(*httptest.ResponseRecorder)

func (f write) Write(w *httptest.ResponseRecorder) { f(w) }
