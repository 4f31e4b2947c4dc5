package catalog

import "github.com/onevent/onevent/wire"

// SecretPurpose is that for which the secret of an event is sealed while it is stored.
const SecretPurpose = "secret of an event"

// secretKeys are the keys below data whose value is a secret that its handlers alone
// are told; docs/protocol/app-lifecycle.md section 3.5.
var secretKeys = map[string]string{"ONAPPMETHODCONFIRM": "TOKEN"}

// WithSecret returns data in which its secret, if the event has one, is what f makes
// of it. The secret is sealed by the time the event is stored, opened when an attempt
// is rendered, and struck out wherever else the event is shown.
func (e *Event) WithSecret(data wire.Value, f func(secret string) string) wire.Value {
	key, has := secretKeys[e.Code]
	if !has {
		return data
	}
	secret, _ := data.Get(key)
	if secret.Text() == "" {
		return data
	}
	return data.With(key, wire.String(f(secret.Text())))
}
