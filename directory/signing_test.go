package directory_test

import (
	"testing"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/directory"
)

func TestTheFormerSigningSecretIsKeptOverARestart(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.seed()
	row := installationRow(1, 1, 1)
	row.Secrets.FormerSigningSecret, row.Secrets.FormerUntil = "whsec_Zm9ybWVy", time.Unix(1727018926, 0).UTC()
	b.update(func(tx onevent.Tx) error { return b.PutInstallation(tx, row) })
	again := b.load(b.newRing(b.key)).Standing(1, 1)
	if b.Standing(1, 1).Secrets != row.Secrets || again.Secrets != row.Secrets {
		t.Errorf("got %v and %v", b.Standing(1, 1).Secrets.FormerUntil, again.Secrets.FormerUntil)
	}
	now := row.Secrets.FormerUntil.Add(-time.Second)
	if one, two := b.Standing(1, 1).Signer.Sign(now, "1", "2", nil), again.Signer.Sign(now, "1", "2", nil); one != two || len(one) != 2*47+1 {
		t.Errorf("it signs %s, and after a restart %s", one, two)
	}
}

// A store from before there were former secrets.
func TestSecretsWithoutAFormerOneAreOpened(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.seed()
	ring := b.newRing(b.key)
	row := installationRow(1, 1, 1).Installation
	row.Sealed = ring.Seal("installation secrets", []byte(`{"ApplicationToken":"old","SigningSecret":"whsec_c2VjcmV0"}`))
	b.update(func(tx onevent.Tx) error { return tx.Installations().Put(row) })
	want := onevent.InstallationSecrets{ApplicationToken: "old", SigningSecret: "whsec_c2VjcmV0"}
	if got := b.load(ring).Standing(1, 1); got == nil || got.Secrets != want {
		t.Errorf("got %+v", got)
	}
}

func TestAMalformedSigningSecretIsRefused(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.seed()
	row := installationRow(1, 1, 1)
	row.Secrets.SigningSecret = "secret"
	err := b.store.Update(t.Context(), func(tx onevent.Tx) error { return b.PutInstallation(tx, row) })
	if onevent.CodeOf(err) != onevent.CodeInvalid || b.Standing(1, 1).Secrets.SigningSecret == "secret" {
		t.Errorf("got %v", err)
	}
}

func TestTheSecretsOfAnOutgoingWebhookAreKeptOverARestart(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.seed()
	row := outgoingRow(1, 1)
	row.Secrets.FormerSigningSecret, row.Secrets.FormerUntil = "whsec_Zm9ybWVy", time.Unix(1727018926, 0).UTC()
	b.update(func(tx onevent.Tx) error { return b.PutOutgoingWebhook(tx, row) })
	now := row.Secrets.FormerUntil.Add(-time.Second)
	one, two := b.OutgoingWebhook(1, 1), b.load(b.newRing(b.key)).OutgoingWebhook(1, 1)
	if one.Secrets != row.Secrets || two.Secrets != row.Secrets || two.Name != row.Name {
		t.Errorf("got %+v and %+v", one.OutgoingWebhook, two.OutgoingWebhook)
	}
	if a, b := one.Signer.Sign(now, "1", "2", nil), two.Signer.Sign(now, "1", "2", nil); a != b || len(a) != 2*47+1 {
		t.Errorf("it signs %s, and after a restart %s", a, b)
	}
}

// What is sealed for an installation is of no use as a webhook's.
func TestSecretsAreSealedForTheirKind(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.seed()
	row := b.OutgoingWebhook(1, 1).OutgoingWebhook
	row.Sealed = b.Standing(1, 1).Sealed
	b.update(func(tx onevent.Tx) error { return tx.OutgoingWebhooks().Put(row) })
	if _, err := directory.Load(t.Context(), b.store, b.newRing(b.key)); onevent.CodeOf(err) != onevent.CodeInvalid {
		t.Errorf("got %v", err)
	}
}

func TestAnOutgoingWebhooksMalformedSigningSecretIsRefused(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.seed()
	row := outgoingRow(1, 1)
	row.Secrets.SigningSecret = "secret"
	err := b.store.Update(t.Context(), func(tx onevent.Tx) error { return b.PutOutgoingWebhook(tx, row) })
	if onevent.CodeOf(err) != onevent.CodeInvalid || b.OutgoingWebhook(1, 1).Secrets.SigningSecret == "secret" {
		t.Errorf("got %v", err)
	}
}

// A key may go once what stands is sealed by another.
func TestAWebhookThatHasEndedKeepsNoSecrets(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.seed()
	for _, row := range b.OutgoingWebhooks(1) {
		ended := *row
		ended.Ended = noon
		b.update(func(tx onevent.Tx) error { return b.PutOutgoingWebhook(tx, ended) })
	}
	again := b.load(b.newRing(b.key)).OutgoingWebhook(1, 1)
	for _, w := range []*directory.OutgoingWebhook{b.OutgoingWebhook(1, 1), again} {
		if w.Secrets != (onevent.InstallationSecrets{}) || w.Sealed != nil || w.Signer.Sign(noon, "1", "2", nil) != "" || w.Name != "Orders" {
			t.Errorf("it is %+v", w)
		}
	}
}
