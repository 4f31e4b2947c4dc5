package crm_test

import (
	"slices"
	"testing"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/internal/testportal"
	"github.com/onevent/onevent/methods/crm"
	"github.com/onevent/onevent/rest"
	"github.com/onevent/onevent/wire"
)

// FuzzFilter gives any values as filter, order and select: the call is answered,
// and what is asked of the store is within bounds.
func FuzzFilter(f *testing.F) {
	for _, seed := range [][3]string{
		{`{">ID":1,"@PRIORITY":[1,2],"%SUBJECT":"a","BINDINGS":[{"OWNER_TYPE_ID":2,"OWNER_ID":1}]}`, `{"ID":"DESC"}`, `["*","COMMUNICATIONS"]`},
		{`{"!BINDINGS":{"OWNER_ID":1},"!%=SUBJECT":"%\\","START_TIME":"2024-02-30","RESULT_SUM":1e400}`, `{"START_TIME":"up"}`, `["ID",1,null]`},
		{"filter[>ID]=1&filter[!ORIGIN_ID]=&filter[ID][]=2", "order[ID]=ASC", "select[]=ID"},
		{`{"%ID":1,"!=%RESULT_SUM":"1_","!%PRIORITY":[3]}`, `{"priority":"asc","ID":"DESC"}`, `["id"]`},
		{`{"><ID":[1]}`, `[]`, `"x"`},
		{`{"COMPLETED":{"a":{}},"=%LOCATION":["\u0000",true]}`, `null`, `{}`},
	} {
		f.Add(seed[0], seed[1], seed[2])
	}
	p := testportal.Open(f)
	h := p.Handler(p.Methods()...)
	token := p.Token(testportal.User)
	testportal.As(h, token).Call("crm.activity.add", `{"fields":{`+call+`}}`)
	f.Fuzz(func(t *testing.T, filter, order, selected string) {
		params := wire.Map(wire.F("filter", anyValue(filter)), wire.F("order", anyValue(order)), wire.F("select", anyValue(selected)))
		for _, user := range []onevent.UserID{testportal.Admin, testportal.User} {
			q, err := crm.ReadQuery(&rest.Call{Portal: p.Row(), User: p.Directory.User(p.ID, user), Params: params})
			if err == nil {
				checkBounds(t, q)
			}
		}
		if a := testportal.As(h, token).Call("crm.activity.list", string(params.AppendJSON(nil))); a.Status >= 500 || a.Body == nil {
			t.Errorf("%d %s", a.Status, a.Text)
		}
	})
}

// anyValue reads JSON, or a form with one key, or takes the text itself.
func anyValue(text string) wire.Value {
	limits := wire.Limits{Keys: 1000, Bytes: 1 << 16}
	if v, err := wire.ParseJSON([]byte(text), limits); err == nil {
		return v
	}
	if form, err := wire.ParseForm(text, limits); err == nil && form.Len() == 1 {
		return form.Fields()[0].Value
	}
	return wire.String(text)
}

func checkBounds(t *testing.T, q onevent.Query) {
	t.Helper()
	if len(q.Where) > 100 || len(q.AnyOf) > 200 || len(q.Order) == 0 || len(q.Order) > 44 || q.Limit != rest.PageSize || q.Offset < 0 {
		t.Errorf("%d conditions, %d alternatives, %d orders, limit %d, offset %d", len(q.Where), len(q.AnyOf), len(q.Order), q.Limit, q.Offset)
	}
	conds, patterns := q.Where, 0
	for _, group := range q.AnyOf {
		conds = append(conds, group...)
	}
	for _, c := range conds {
		list := c.Op == onevent.OpIn || c.Op == onevent.OpNotIn
		if !list && len(c.Values) != 1 || len(c.Values) > 1000 || c.Field == "" || !slices.Contains(knownOps, c.Op) {
			t.Errorf("condition %+v", c)
		}
		if c.Field != "BINDING_KEYS" && slices.Contains(patternOps, c.Op) {
			patterns += len(c.Values[0])
			if c.Number {
				t.Errorf("pattern %+v", c)
			}
		}
	}
	if patterns > 1024 {
		t.Errorf("%d bytes of patterns", patterns)
	}
}

var patternOps = []onevent.Op{onevent.OpContains, onevent.OpNotContains, onevent.OpLike, onevent.OpNotLike}

var knownOps = []onevent.Op{onevent.OpEqual, onevent.OpNotEqual, onevent.OpLess, onevent.OpLessEqual, onevent.OpGreater, onevent.OpGreaterEqual,
	onevent.OpIn, onevent.OpNotIn, onevent.OpContains, onevent.OpNotContains, onevent.OpLike, onevent.OpNotLike}

// FuzzRow keeps any value in a row and shows the row: it is cut where the value
// ends, so that this one and the next are told as they were kept.
func FuzzRow(f *testing.F) {
	for _, seed := range []string{
		`"a \"quoted\" \\"`, `{"}":[1,"]",{"\\":"\""}],"":null}`, `[[],{},"[{"]`, `-1.50e+3`, `true`, `null`, `"\u2028,:"`, "a[b]=1&a[c][]=}",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		kept := anyValue(text)
		row := wire.Map(wire.F("SUBJECT", kept), wire.F("DESCRIPTION", wire.List(kept, kept)), wire.F("LOCATION", wire.String("next")))
		shown := crm.ShownPage([]onevent.Record{{ID: 7, Fields: row.AppendJSON(nil)}}, time.UTC)
		page, err := wire.ParseJSON(shown, wire.Limits{})
		if err != nil {
			t.Fatalf("%s: %v", shown, err)
		}
		for _, want := range append(row.Fields(), wire.F(onevent.FieldID, wire.String("7")), wire.F("PRIORITY", wire.Null())) {
			if got, _ := page.Path("0", want.Key); !got.Equal(want.Value) {
				t.Errorf("%s is shown as %s, want %s", want.Key, got.AppendJSON(nil), want.Value.AppendJSON(nil))
			}
		}
	})
}
