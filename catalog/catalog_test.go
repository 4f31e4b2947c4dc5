package catalog_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/onevent/onevent/catalog"
	"github.com/onevent/onevent/wire"
)

func TestTheCatalogueHasTheEventsOfEveryScope(t *testing.T) {
	t.Parallel()
	want := map[string]int{
		"basic": 9, "booking": 12, "calendar": 9, "catalog": 15, "crm": 102, "humanresources.hcmlink": 5, "im": 5, "imbot": 15,
		"imconnector": 7, "imopenlines": 5, "log": 3, "sale": 10, "sign.b2e": 3, "sonet_group": 6, "task": 6, "telephony": 5, "user": 1,
	}
	got, total := map[string]int{}, 0
	for _, e := range catalog.Events() {
		got[e.Scope]++
		total++
	}
	for scope, n := range want {
		if got[scope] != n {
			t.Errorf("scope %s has %d events, want %d", scope, got[scope], n)
		}
	}
	if len(got) != len(want) || total != 218 {
		t.Errorf("%d scopes and %d events, want %d and 218", len(got), total, len(want))
	}
}

func TestGlobalEventsComeFirstThenScopeByScope(t *testing.T) {
	t.Parallel()
	codes := codesOf(catalog.Events())
	want := strings.Fields(`ONAPPUNINSTALL ONAPPINSTALL ONAPPUPDATE ONAPPPAYMENT ONSUBSCRIPTIONRENEW
		ONAPPTEST ONAPPMETHODCONFIRM ONAPPUSERREADY ONOFFLINEEVENT ONUSERADD`)
	if !slices.Equal(codes[:len(want)], want) {
		t.Errorf("got %v", codes[:len(want)])
	}
	if rest, inFile := codes[len(want):], fileOrder(t, want); !slices.Equal(rest, inFile) {
		t.Error("the events of scopes are not in the order of the file")
	}
	scopes := []string{}
	for _, e := range catalog.Events()[len(want):] {
		scopes = append(scopes, e.Scope)
	}
	if runs := slices.Compact(scopes); len(runs) != 15 {
		t.Errorf("the scopes alternate: %v", runs)
	}
}

func fileOrder(t *testing.T, without []string) []string {
	t.Helper()
	text, err := os.ReadFile("events.json")
	if err != nil {
		t.Fatal(err)
	}
	entries, err := wire.ParseJSON(text, wire.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	var codes []string
	for _, entry := range entries.Items() {
		code, _ := entry.Get("event")
		if !slices.Contains(without, code.Text()) {
			codes = append(codes, code.Text())
		}
	}
	return codes
}

func codesOf(events []*catalog.Event) []string {
	codes := make([]string, len(events))
	for i, e := range events {
		codes[i] = e.Code
	}
	return codes
}

func TestEveryEntryIsComplete(t *testing.T) {
	t.Parallel()
	audiences := []string{"any-subscriber", "own-app", "own-bot", "subscribed-user"}
	states := []string{"current", "outdated", "mentioned-only", "undocumented"}
	for _, e := range catalog.Events() {
		if e.Code != strings.ToUpper(e.Code) || strings.ToUpper(e.Name) != e.Code || e.Title == "" || e.Trigger == "" || e.Category == "" {
			t.Errorf("%s: %+v", e.Code, e)
		}
		if !slices.Contains(audiences, e.Audience) || !slices.Contains(states, e.Status) {
			t.Errorf("%s: audience %q, status %q", e.Code, e.Audience, e.Status)
		}
		if !e.Global() && !catalog.KnownScope(e.Scope) {
			t.Errorf("%s: unknown scope %s", e.Code, e.Scope)
		}
		if (e.IDPath == "") != (e.ObjectType == "") || (e.Doc == "") != (e.Status == "undocumented") {
			t.Errorf("%s: id_path %q, object_type %q, doc %q, status %s", e.Code, e.IDPath, e.ObjectType, e.Doc, e.Status)
		}
		if got := string(wire.AppendForm(nil, "data", e.DataExample)); got != e.DataWire {
			t.Errorf("%s: its example is encoded as %s", e.Code, got)
		}
	}
}

func TestTokensAreThoseOfTheMatrix(t *testing.T) {
	t.Parallel()
	count := map[catalog.Tokens]int{}
	for _, e := range catalog.Events() {
		count[e.Tokens]++
	}
	if count[catalog.TokensNone] != 7 || count[catalog.TokensAccess] != 193 || count[catalog.TokensRefresh] != 18 {
		t.Errorf("got %v", count)
	}
	cases := map[string]catalog.Tokens{
		"ONAPPINSTALL": catalog.TokensRefresh, "ONAPPUNINSTALL": catalog.TokensNone, "ONAPPMETHODCONFIRM": catalog.TokensNone,
		"ONOFFLINEEVENT": catalog.TokensRefresh, "ONCALENDARENTRYUPDATE": catalog.TokensRefresh, "ONCRMACTIVITYADD": catalog.TokensAccess,
	}
	for code, want := range cases {
		if got := mustLookup(t, code).Tokens; got != want {
			t.Errorf("%s: %d, want %d", code, got, want)
		}
	}
}

func TestOnlyTheOfflineNotificationCannotBeBoundOffline(t *testing.T) {
	t.Parallel()
	for _, e := range catalog.Events() {
		if e.OfflineAllowed != (e.Code != "ONOFFLINEEVENT") {
			t.Errorf("%s: %t", e.Code, e.OfflineAllowed)
		}
	}
}

func TestLookupInAnyLetterCase(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"ONCRMACTIVITYUPDATE", "onCrmActivityUpdate", "oncrmactivityupdate"} {
		if e := mustLookup(t, code); e.Code != "ONCRMACTIVITYUPDATE" || e.EntityTypeID != "" {
			t.Errorf("%s is %s", code, e.Code)
		}
	}
	if e := mustLookup(t, "Catalog.Product.On.Add"); e.Code != "CATALOG.PRODUCT.ON.ADD" {
		t.Errorf("got %s", e.Code)
	}
	for _, code := range []string{"", "X", " ONCRMDEALADD", "ONCRMDEALADD ", "ONCRMDEALADD\n", "ONCRMDEALADD_5", "ONCRMDEALADÐ", "oncrmdynamıcıtemadd", "ONUſERADD"} {
		if e, ok := catalog.Lookup(code); ok || e != nil {
			t.Errorf("%q is %s", code, e.Code)
		}
	}
}

func TestLookupOfASmartProcessType(t *testing.T) {
	t.Parallel()
	known := map[string]string{
		"ONCRMDYNAMICITEMADD_147": "147", "ONCRMDYNAMICITEMUPDATE_1032": "1032", "onCrmDynamicItemDelete_2": "2", "ONCRMDYNAMICITEMADD_1": "1",
		"ONCRMDYNAMICITEMADD_9223372036854775807": "9223372036854775807",
	}
	for code, id := range known {
		e := mustLookup(t, code)
		if e.Code != strings.ToUpper(code) || e.EntityTypeID != id || !e.Dynamic || e.ObjectType != "crm.dynamicitem" || !strings.EqualFold(e.Name, code) {
			t.Errorf("%s is %s of the type %s, named %s", code, e.Code, e.EntityTypeID, e.Name)
		}
	}
	for _, end := range []string{"", "0", "-1", "+1", "147x", "x147", "1_2", "007", " 1", "1 ", "1.0", "١", "9223372036854775808", strings.Repeat("1", 30)} {
		for _, verb := range []string{"ADD", "UPDATE", "DELETE"} {
			if e, ok := catalog.Lookup("ONCRMDYNAMICITEM" + verb + "_" + end); ok {
				t.Errorf("type %q is %s", end, e.Code)
			}
		}
	}
	if example := mustLookup(t, "ONCRMDYNAMICITEMADD_147"); example.EntityTypeID != "147" {
		t.Errorf("the example was changed: %s", example.EntityTypeID)
	}
}

func TestLookupOfAnUpperCaseCodeDoesNotAllocate(t *testing.T) {
	mustLookup(t, "ONCRMDEALADD")
	if n := testing.AllocsPerRun(100, func() { catalog.Lookup("ONCRMDEALADD") }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestWhatScopesMayBind(t *testing.T) {
	t.Parallel()
	none := codesOf(catalog.Available(nil))
	if len(none) != 9 || none[0] != "ONAPPUNINSTALL" || slices.Contains(none, "ONUSERADD") {
		t.Errorf("without a scope: %v", none)
	}
	for _, scopes := range [][]string{{"user"}, {"user_basic"}, {"user_brief"}, {"user", "user_basic", "user_brief"}} {
		got := codesOf(catalog.Available(scopes))
		if len(got) != 10 || got[9] != "ONUSERADD" {
			t.Errorf("%v: %v", scopes, got)
		}
	}
	cases := []struct {
		scopes []string
		want   int
	}{
		{[]string{"crm"}, 9 + 102 - 3}, {[]string{"tasks"}, 9 + 6}, {[]string{"task", "tasks"}, 9 + 6},
		{[]string{"user.userfield", "disk", "unknown", ""}, 9}, {catalog.Scopes(), 218 - 3 - 12}, {append(catalog.Scopes(), "booking"), 218 - 3},
	}
	for _, c := range cases {
		got := codesOf(catalog.Available(c.scopes))
		if len(got) != c.want || len(got) != len(unique(got)) {
			t.Errorf("%v: %d events, want %d", c.scopes, len(got), c.want)
		}
	}
	if slices.Contains(codesOf(catalog.Available([]string{"crm"})), "ONCRMDYNAMICITEMADD_147") {
		t.Error("the example of a smart process type is on offer")
	}
}

func unique(codes []string) []string {
	sorted := slices.Clone(codes)
	slices.Sort(sorted)
	return slices.Compact(sorted)
}

func TestATypeOfSmartProcessIsAllowedByItsScope(t *testing.T) {
	t.Parallel()
	e := mustLookup(t, "ONCRMDYNAMICITEMADD_1032")
	if !e.AllowedBy([]string{"user", "crm"}) || e.AllowedBy([]string{"user"}) || e.AllowedBy(nil) || e.Global() {
		t.Error("it is not allowed by crm alone")
	}
	if !mustLookup(t, "ONAPPTEST").AllowedBy(nil) {
		t.Error("a global event needs a scope")
	}
}

func mustLookup(t testing.TB, code string) *catalog.Event {
	t.Helper()
	e, ok := catalog.Lookup(code)
	if !ok {
		t.Fatalf("%s is unknown", code)
	}
	return e
}
