package wire_test

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/onevent/onevent/wire"
)

// Every entry is encoded as its data_wire says; there is no exception.
func TestTheCatalogueIsEncodedAsItSays(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../catalog/events.json")
	if err != nil {
		t.Fatal(err)
	}
	var entries []struct {
		Event string     `json:"event"`
		Data  wire.Value `json:"data_example"`
		Wire  string     `json:"data_wire"`
	}
	if err := json.Unmarshal(text, &entries); err != nil || len(entries) == 0 {
		t.Fatalf("%d entries, %v", len(entries), err)
	}
	for _, e := range entries {
		if got := string(wire.AppendForm(nil, "data", e.Data)); got != e.Wire {
			t.Errorf("%s:\ngot  %s\nwant %s", e.Event, got, e.Wire)
		}
		if back := string(wire.AppendFormFields(nil, mustForm(t, e.Wire))); back != e.Wire {
			t.Errorf("%s is read and written again as\n%s", e.Event, back)
		}
	}
}
