package seal

import "encoding/base64"

// SealText is Seal for a text that stands among others, in letters, digits, - and _.
func (r *Ring) SealText(purpose, plain string) string {
	return base64.RawURLEncoding.EncodeToString(r.Seal(purpose, []byte(plain)))
}

// OpenText opens what SealText made for this purpose.
func (r *Ring) OpenText(purpose, sealed string) (string, error) {
	raw, err := base64.RawURLEncoding.DecodeString(sealed)
	if err != nil {
		return "", errSealed
	}
	plain, err := r.Open(purpose, raw)
	return string(plain), err
}
