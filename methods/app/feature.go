package app

import (
	"context"
	"strings"

	"github.com/onevent/onevent/rest"
	"github.com/onevent/onevent/wire"
)

var errNoCode = rest.ErrRequest("CODE_EMPTY", "CODE can't be empty")

// features are those that every portal here has;
// docs/protocol/offline-events.md section 2.
var features = map[string]bool{"rest_offline_extended": true, "rest_auth_connector": true}

// feature tells whether the portal has a feature; one that nobody here knows it
// has not.
func feature(_ context.Context, c *rest.Call) (any, error) {
	code := c.Param("code").Text()
	if code == "" {
		return nil, errNoCode
	}
	value := "N"
	if features[strings.ToLower(code)] {
		value = "Y"
	}
	return wire.Map(wire.F("value", wire.String(value))), nil
}
