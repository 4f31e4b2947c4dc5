package signature_test

import (
	"encoding/base64"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	webhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/signature"
)

func parsed(t *testing.T, secret onevent.Secret) signature.Key {
	t.Helper()
	k, err := signature.Parse(secret)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// The example that Standard Webhooks itself gives.
func TestASignatureIsThatOfTheStandardsExample(t *testing.T) {
	t.Parallel()
	key := parsed(t, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	got := signature.Header([]signature.Key{key}, "msg_p5jXN8AQM9LWM0D4loKWxJek", time.Unix(1614265330, 0), []byte(`{"test": 2432232314}`))
	if want := "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestWhoeverKnowsOneOfTheSecretsCanVerify(t *testing.T) {
	t.Parallel()
	first, second, other := signature.NewSecret(), signature.NewSecret(), signature.NewSecret()
	now := time.Now()
	header := signature.Header([]signature.Key{parsed(t, first), parsed(t, second)}, "17", now, []byte("body"))
	headers := map[string][]string{"Webhook-Id": {"17"}, "Webhook-Timestamp": {fmt.Sprint(now.Unix())}, "Webhook-Signature": {header}}
	for secret, want := range map[onevent.Secret]bool{first: true, second: true, other: false} {
		wh, err := webhooks.NewWebhook(secret.Reveal())
		if err != nil {
			t.Fatal(err)
		}
		if err := wh.Verify([]byte("body"), headers); (err == nil) != want {
			t.Errorf("verified: %v, want %t", err, want)
		}
		if err := wh.Verify([]byte("another body"), headers); err == nil {
			t.Error("another body is verified")
		}
	}
}

func TestWhatIsNoSecretIsRefusedAndNotShown(t *testing.T) {
	t.Parallel()
	long := base64.StdEncoding.EncodeToString(make([]byte, 65))
	for _, text := range []string{"", "whsec_", "whsec_c2VjcmV0", "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0", "whsec_-_-_c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0", "whsec_" + long} {
		_, err := signature.Parse(onevent.Secret(text))
		if onevent.CodeOf(err) != onevent.CodeInvalid || len(text) > 6 && strings.Contains(err.Error(), text[6:]) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestAKeyIsNotPrinted(t *testing.T) {
	t.Parallel()
	key := parsed(t, signature.NewSecret())
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x"} {
		if got := fmt.Sprintf(verb, key); got != "***" {
			t.Errorf("%s prints %s", verb, got)
		}
	}
	if got := slog.Any("key", key).Value.Resolve().String(); got != "***" {
		t.Errorf("a log shows %s", got)
	}
}
