package rest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"

	"github.com/onevent/onevent/wire"
)

// sign makes the signature of an answer to a call with `state`: the base64 of
// {"state":...,"result":...}, a dot, and the hex HMAC-SHA256 of that base64 with
// the application_token. docs/protocol/rest.md section 3.
func (x *exchange) sign(result wire.Value) string {
	signed := wire.Map(wire.F("state", wire.String(x.state)), wire.F("result", result))
	payload := base64.StdEncoding.EncodeToString(signed.AppendJSON(nil))
	mac := hmac.New(sha256.New, []byte(x.access.Installation.Secrets.ApplicationToken.Reveal()))
	mac.Write([]byte(payload))
	return payload + "." + hex.EncodeToString(mac.Sum(nil))
}
