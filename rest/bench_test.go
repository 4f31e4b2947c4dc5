package rest_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/internal/testportal"
	"github.com/onevent/onevent/rest"
	"github.com/onevent/onevent/rest/answer"
	"github.com/onevent/onevent/rest/request"
	"github.com/onevent/onevent/wire"
)

// sink is a ResponseWriter that keeps nothing.
type sink struct{ header http.Header }

func (s *sink) Header() http.Header         { return s.header }
func (s *sink) Write(p []byte) (int, error) { return len(p), nil }
func (s *sink) WriteHeader(int)             {}

// BenchmarkDecode reads the parameters of one crm.activity.update.
func BenchmarkDecode(b *testing.B) {
	for name, body := range map[string]struct{ kind, text string }{
		"JSON": {"application/json", `{"id":999,"fields":{"SUBJECT":"Outgoing call","START_TIME":"2026-03-01T12:00:00+02:00","COMPLETED":"N","RESPONSIBLE_ID":1,"DESCRIPTION":"said something"},"auth":"0123456789abcdef0123456789abcdef"}`},
		"form": {"application/x-www-form-urlencoded", `id=999&fields%5BSUBJECT%5D=Outgoing+call&fields%5BSTART_TIME%5D=2026-03-01T12%3A00%3A00%2B02%3A00&fields%5BCOMPLETED%5D=N&fields%5BRESPONSIBLE_ID%5D=1&fields%5BDESCRIPTION%5D=said+something&auth=0123456789abcdef0123456789abcdef`},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			w := &sink{http.Header{}}
			r := httptest.NewRequest(http.MethodPost, testportal.Base+"/rest/crm.activity.update?bx24_request_id=1&bx24_sdk_ver=2", nil)
			r.Header.Set("Content-Type", body.kind)
			for b.Loop() {
				r.Body = io.NopCloser(strings.NewReader(body.text))
				if _, err := request.Params(w, r, wire.Limits{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkCall is the whole way of a call through the frame, without the
// connection: decoding, authorisation, the method, the envelope.
func BenchmarkCall(b *testing.B) {
	p := testportal.Open(b)
	token := p.Token(testportal.Admin)
	server := rest.New(rest.Config{Registry: rest.NewRegistry(p.Methods()...), Authority: p.Authority, Clock: p.Clock, Logger: p.Logger})
	ep := testportal.Addresses{}.Endpoints(p.Row(), testportal.Base)
	for name, call := range map[string]struct{ method, params string }{
		"profile":                  {"profile", ``},
		"batch of 50 server.time":  {"batch", `,"cmd":[` + strings.TrimSuffix(strings.Repeat(`"server.time",`, 50), ",") + `]`},
		"batch with 50 references": {"batch", `,"cmd":{"a":"profile","b":"server.time?` + strings.Repeat("x[]=$result[a][NAME]&", 50) + `"}`},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			w := &sink{http.Header{}}
			r := httptest.NewRequest(http.MethodPost, testportal.Base+"/rest/"+call.method, nil)
			r.Header.Set("Content-Type", "application/json")
			body := `{"auth":"` + token + `"` + call.params + `}`
			for b.Loop() {
				r.Body = io.NopCloser(strings.NewReader(body))
				server.Serve(w, r, p.Row(), testportal.Base, ep, []string{call.method})
			}
		})
	}
}

// BenchmarkEnvelope prints the object `time`, which every answer has.
func BenchmarkEnvelope(b *testing.B) {
	b.ReportAllocs()
	now := onevent.SystemClock{}.Now()
	times := answer.Times{Start: now, Began: now, Finish: now, Zone: now.Location()}
	buffer := make([]byte, 0, 1024)
	for b.Loop() {
		buffer = times.AppendJSON(buffer[:0])
	}
}
