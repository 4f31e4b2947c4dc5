package catalog_test

import (
	"strings"
	"testing"

	"github.com/onevent/onevent/catalog"
	"github.com/onevent/onevent/wire"
)

func TestEveryExampleNamesItsObject(t *testing.T) {
	t.Parallel()
	for _, e := range catalog.Events() {
		id, ok := e.ObjectID(e.DataExample)
		if ok != (e.IDPath != "") {
			t.Errorf("%s: id %q, %t, path %q", e.Code, id, ok, e.IDPath)
		}
		fromWire, _ := wire.ParseForm(e.DataWire, wire.Limits{})
		data, _ := fromWire.Get("data")
		if again, _ := e.ObjectID(data); again != id {
			t.Errorf("%s: id %q in the example, %q on the wire", e.Code, id, again)
		}
	}
}

// An object's deliveries keep their order only when add, update and delete name
// it alike.
func TestAddUpdateAndDeleteNameOneType(t *testing.T) {
	t.Parallel()
	types := map[string]string{}
	for _, e := range catalog.Events() {
		stem, ok := stemOf(e.Code)
		if !ok || e.ObjectType == "" {
			continue
		}
		if other, seen := types[stem]; seen && other != e.ObjectType {
			t.Errorf("%s has %s, its siblings %s", e.Code, e.ObjectType, other)
		}
		types[stem] = e.ObjectType
	}
	if len(types) < 40 {
		t.Errorf("only %d families", len(types))
	}
}

// severalObjects are families whose code ends like those of an object though their
// events are about several.
var severalObjects = map[string]bool{"ONIMBOTV2": true, "ONIMBOT": true}

func stemOf(code string) (string, bool) {
	base, entityType, _ := strings.Cut(code, "_")
	for _, verb := range []string{"ADD", "CREATE", "UPDATE", "DELETE"} {
		if stem, ok := strings.CutSuffix(base, verb); ok && !severalObjects[stem] {
			return stem + "_" + entityType, true
		}
	}
	return "", false
}

func TestObjectIDs(t *testing.T) {
	t.Parallel()
	cases := []struct{ name, code, data, want string }{
		{"below FIELDS", "ONCRMACTIVITYADD", `{"FIELDS":{"ID":"999"}}`, "999"},
		{"a number", "ONCRMACTIVITYADD", `{"FIELDS":{"ID":999}}`, "999"},
		{"a code", "ONCRMCURRENCYADD", `{"FIELDS":{"ID":"CHE"}}`, "CHE"},
		{"lower case", "ONCALENDARENTRYADD", `{"id":5}`, "5"},
		{"data itself", "ONIMCONNECTORLINEDELETE", `107`, "107"},
		{"a user", "ONUSERADD", `{"ID":123}`, "123"},
		{"the item of any type", "ONCRMDYNAMICITEMADD", `{"FIELDS":{"ID":21,"ENTITY_TYPE_ID":1032}}`, "1032:21"},
		{"the item of one type", "ONCRMDYNAMICITEMADD_1032", `{"FIELDS":{"ID":21,"ENTITY_TYPE_ID":1032}}`, "1032:21"},
		{"the type from the code", "ONCRMDYNAMICITEMADD_1032", `{"FIELDS":{"ID":21}}`, "1032:21"},
		{"an item without a type", "ONCRMDYNAMICITEMADD", `{"FIELDS":{"ID":21}}`, ""},
		{"a type without an item", "ONCRMDYNAMICITEMADD", `{"FIELDS":{"ENTITY_TYPE_ID":1032}}`, ""},
		{"a comment", "ONTASKCOMMENTADD", `{"FIELDS_AFTER":{"ID":7,"MESSAGE_ID":0}}`, "7"},
		{"a comment in the new card", "ONTASKCOMMENTADD", `{"FIELDS_BEFORE":"undefined","FIELDS_AFTER":{"ID":0,"MESSAGE_ID":4711}}`, "4711"},
		{"its deletion", "ONTASKCOMMENTDELETE", `{"FIELDS_BEFORE":{"ID":"0","MESSAGE_ID":"4711"},"FIELDS_AFTER":"undefined"}`, "4711"},
		{"a task that is deleted", "ONTASKDELETE", `{"FIELDS_BEFORE":{"ID":5},"FIELDS_AFTER":"undefined"}`, "5"},
		{"no id", "ONCRMACTIVITYADD", `{"FIELDS":{}}`, ""},
		{"an empty id", "ONCRMACTIVITYADD", `{"FIELDS":{"ID":""}}`, ""},
		{"an id that is no scalar", "ONCRMACTIVITYADD", `{"FIELDS":{"ID":[5]}}`, ""},
		{"no data", "ONCRMACTIVITYADD", `null`, ""},
		{"an event without an object", "ONAPPTEST", `{"ID":5,"FIELDS":{"ID":5}}`, ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			data, err := wire.ParseJSON([]byte(c.data), wire.Limits{})
			if err != nil {
				t.Fatal(err)
			}
			id, ok := mustLookup(t, c.code).ObjectID(data)
			if id != c.want || ok != (c.want != "") {
				t.Errorf("got %q, %t, want %q", id, ok, c.want)
			}
		})
	}
}
