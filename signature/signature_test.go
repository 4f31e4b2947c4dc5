package signature_test

import (
	"encoding/base64"
	"net/http"
	"strings"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/signature"
)

func signer(t testing.TB, s onevent.InstallationSecrets) signature.Signer {
	t.Helper()
	out, err := signature.Read(s)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// verify has the official library judge one signature header.
func verify(t *testing.T, secret onevent.Secret, signatures string, body []byte) error {
	t.Helper()
	w, err := standardwebhooks.NewWebhook(secret.Reveal())
	if err != nil {
		t.Fatal(err)
	}
	return w.VerifyIgnoringTimestamp(body, http.Header{
		"Webhook-Id": {"17"}, "Webhook-Timestamp": {"1727018926"}, "Webhook-Signature": {signatures},
	})
}

// The example of the specification.
func TestASignatureIsThatOfTheSpecification(t *testing.T) {
	t.Parallel()
	s := signer(t, onevent.InstallationSecrets{SigningSecret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"})
	got := s.Sign(time.Unix(1614265330, 0), "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", []byte(`{"test": 2432232314}`))
	if want := "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestBothSecretsSignUntilTheFormerOneEnds(t *testing.T) {
	t.Parallel()
	until := time.Unix(1727018926, 0)
	secrets := onevent.InstallationSecrets{SigningSecret: signature.New(), FormerSigningSecret: signature.New(), FormerUntil: until}
	s, body := signer(t, secrets), []byte("a=b")
	for at, former := range map[time.Time]bool{until.Add(-time.Millisecond): true, until: false, until.Add(time.Hour): false} {
		got := s.Sign(at, "17", "1727018926", body)
		if err := verify(t, secrets.SigningSecret, got, body); err != nil {
			t.Errorf("%v: the new secret: %v", at, err)
		}
		if err := verify(t, secrets.FormerSigningSecret, got, body); (err == nil) != former {
			t.Errorf("%v: the former secret: %v, want %v", at, err, former)
		}
		if verify(t, secrets.SigningSecret, got, []byte("a=c")) == nil {
			t.Error("another body verifies")
		}
	}
}

func TestASecretHas32RandomBytes(t *testing.T) {
	t.Parallel()
	one, two := signature.New().Reveal(), signature.New().Reveal()
	for _, s := range []string{one, two} {
		key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(s, "whsec_"))
		if err != nil || len(key) != 32 || !strings.HasPrefix(s, "whsec_") {
			t.Errorf("got %s: %d bytes, %v", s, len(key), err)
		}
	}
	if one == two {
		t.Error("two secrets are the same")
	}
}

func TestWhatIsNoSecretIsRefusedAndNotShown(t *testing.T) {
	t.Parallel()
	for _, s := range []onevent.Secret{"MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_", "whsec_!!!!"} {
		for _, secrets := range []onevent.InstallationSecrets{{SigningSecret: s}, {FormerSigningSecret: s}} {
			_, err := signature.Read(secrets)
			if onevent.CodeOf(err) != onevent.CodeInvalid || strings.Contains(err.Error(), s.Reveal()[6:]) && len(s) > 6 {
				t.Errorf("%s: got %v", s.Reveal(), err)
			}
		}
	}
	none := signer(t, onevent.InstallationSecrets{})
	if got := none.Sign(time.Unix(1, 0), "1", "1", nil); got != "" {
		t.Errorf("without a secret: %s", got)
	}
}

// BenchmarkSign signs a body of the usual size.
func BenchmarkSign(b *testing.B) {
	s, body, now := signer(b, onevent.InstallationSecrets{SigningSecret: signature.New()}), make([]byte, 800), time.Unix(1727018926, 0)
	b.ReportAllocs()
	for b.Loop() {
		s.Sign(now, "123456", "1727018926", body)
	}
}

func TestASecretThatIsTooWeakIsRefusedAndNotShown(t *testing.T) {
	t.Parallel()
	long := base64.StdEncoding.EncodeToString(make([]byte, 65))
	for _, text := range []string{"", "whsec_", "whsec_c2VjcmV0", "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0", "whsec_-_-_c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0", "whsec_" + long} {
		_, err := signature.Parse(onevent.Secret(text))
		if onevent.CodeOf(err) != onevent.CodeInvalid || len(text) > 6 && strings.Contains(err.Error(), text[6:]) {
			t.Errorf("%q: %v", text, err)
		}
	}
	if _, err := signature.Parse(signature.New()); err != nil {
		t.Error(err)
	}
}
