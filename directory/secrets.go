package directory

import (
	"encoding/json"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/signature"
)

// What secrets are sealed for: those of one kind can't be passed off as another's.
const (
	sealPurpose         = "installation secrets"
	sealPurposeOutgoing = "outgoing webhook secrets"
)

type storedSecrets struct {
	ApplicationToken, SigningSecret string
	FormerSigningSecret             string    `json:",omitempty"`
	FormerUntil                     time.Time `json:",omitzero"`
}

func (s *storedSecrets) open() onevent.InstallationSecrets {
	return onevent.InstallationSecrets{
		ApplicationToken: onevent.Secret(s.ApplicationToken), SigningSecret: onevent.Secret(s.SigningSecret),
		FormerSigningSecret: onevent.Secret(s.FormerSigningSecret), FormerUntil: s.FormerUntil,
	}
}

func (d *Directory) openInstallation(row onevent.Installation) error {
	secrets, signer, err := d.openSecrets(sealPurpose, row.Sealed, "installation", int64(row.ID))
	if err != nil {
		return err
	}
	d.setInstallation(&Installation{Installation: row, Secrets: secrets, Signer: signer})
	return nil
}

func (d *Directory) openOutgoing(row onevent.OutgoingWebhook) error {
	if !row.Stands() {
		d.setOutgoing(&OutgoingWebhook{OutgoingWebhook: row})
		return nil
	}
	secrets, signer, err := d.openSecrets(sealPurposeOutgoing, row.Sealed, "outgoing webhook", int64(row.ID))
	if err != nil {
		return err
	}
	d.setOutgoing(&OutgoingWebhook{OutgoingWebhook: row, Secrets: secrets, Signer: signer})
	return nil
}

// openSecrets opens what sealSecrets has sealed; owner and id say whose it is.
func (d *Directory) openSecrets(purpose string, sealed []byte, owner string, id int64) (onevent.InstallationSecrets, signature.Signer, error) {
	var s storedSecrets
	plain, err := d.ring.Open(purpose, sealed)
	if err != nil {
		err = onevent.Errorf(onevent.CodeInvalid, "the secrets of %s %d can't be opened: the server's key is another one", owner, id)
	} else {
		err = json.Unmarshal(plain, &s)
	}
	if err != nil {
		return onevent.InstallationSecrets{}, signature.Signer{}, err
	}
	secrets := s.open()
	signer, err := signature.Read(secrets)
	return secrets, signer, err
}

func (d *Directory) sealSecrets(purpose string, s onevent.InstallationSecrets) []byte {
	plain, err := json.Marshal(storedSecrets{
		s.ApplicationToken.Reveal(), s.SigningSecret.Reveal(), s.FormerSigningSecret.Reveal(), s.FormerUntil,
	})
	if err != nil {
		panic(err) // texts and a time of our calendar always marshal
	}
	return d.ring.Seal(purpose, plain)
}
