package crm_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/internal/testportal"
	"github.com/onevent/onevent/methods/crm"
	"github.com/onevent/onevent/rest"
	"github.com/onevent/onevent/wire"
)

// tenConditions has conditions of every kind of field.
const tenConditions = `{"filter":{">ID":100,"<=ID":"5000","TYPE_ID":[1,2,4],"!COMPLETED":"Y","%SUBJECT":"call","=%DESCRIPTION":"%order%",
	">=START_TIME":"2026-01-01T00:00:00+02:00","<START_TIME":"2026-02-01","@RESPONSIBLE_ID":["1","2","3"],"!RESULT_SUM":""},"order":{"ID":"ASC"}}`

func BenchmarkFilter(b *testing.B) {
	p := testportal.Open(b)
	params, err := wire.ParseJSON([]byte(tenConditions), wire.DefaultLimits)
	if err != nil {
		b.Fatal(err)
	}
	c := &rest.Call{Portal: p.Row(), User: p.Directory.User(p.ID, testportal.User), Params: params}
	b.ReportAllocs()
	for b.Loop() {
		if q, err := crm.ReadQuery(c); err != nil || len(q.Where) != 10 {
			b.Fatal(len(q.Where), err)
		}
	}
}

// pageOf gives a page of records as the store keeps them.
func pageOf(b *testing.B, p *testportal.Portal, h http.Handler) []onevent.Record {
	b.Helper()
	admin := testportal.As(h, p.Token(testportal.Admin))
	for range rest.PageSize {
		if a := admin.Call("crm.activity.add", `{"fields":{`+call+`,"DESCRIPTION":"What we talked of, in \"some\" words","SETTINGS":{"a":[1,{"b":"c"}]}}}`); a.Status != 200 {
			b.Fatal(a.Text)
		}
	}
	var page onevent.Page
	err := p.Store.View(b.Context(), func(r onevent.Reader) (err error) {
		page, err = r.Query(onevent.Query{Portal: p.ID, Kind: crm.ObjectType, Limit: rest.PageSize})
		return err
	})
	if err != nil || len(page.Records) != rest.PageSize {
		b.Fatal(len(page.Records), err)
	}
	return page.Records
}

func BenchmarkShowPage(b *testing.B) {
	p := testportal.Open(b)
	records := pageOf(b, p, p.Handler(p.Methods()...))
	zone, _ := time.LoadLocation("Europe/Riga")
	b.ReportAllocs()
	for b.Loop() {
		if text := crm.ShownPage(records, zone); len(text) < 40_000 {
			b.Fatal(len(text))
		}
	}
}

func BenchmarkGet(b *testing.B) {
	benchmarkCall(b, "crm.activity.get", `{"id":7}`)
}

func BenchmarkBatchOfGets(b *testing.B) {
	var commands []string
	for id := range rest.PageSize {
		commands = append(commands, fmt.Sprintf(`"crm.activity.get?id=%d"`, id+1))
	}
	benchmarkCall(b, "batch", `{"cmd":[`+strings.Join(commands, ",")+`]}`)
}

func BenchmarkList(b *testing.B) {
	benchmarkCall(b, "crm.activity.list", `{"order":{"ID":"ASC"},"filter":{">ID":0},"start":-1}`)
}

func benchmarkCall(b *testing.B, method, params string) {
	p := testportal.Open(b)
	h := p.Handler(p.Methods()...)
	pageOf(b, p, h)
	token := p.Token(testportal.Admin)
	b.ReportAllocs()
	for b.Loop() {
		r := httptest.NewRequest(http.MethodPost, testportal.Base+"/rest/"+method, strings.NewReader(params))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Authorization", "Bearer "+token)
		w := httptest.NewRecorder()
		if h.ServeHTTP(w, r); w.Code != http.StatusOK {
			b.Fatal(w.Body)
		}
	}
}
