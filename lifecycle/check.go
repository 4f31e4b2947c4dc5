package lifecycle

import (
	"cmp"
	"net/mail"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/egress"
)

func invalid(format string, args ...any) error {
	return onevent.Errorf(onevent.CodeInvalid, format, args...)
}

func notFound(format string, args ...any) error {
	return onevent.Errorf(onevent.CodeNotFound, format, args...)
}

const maxName = 255 // characters

func checkName(name string) error {
	if strings.TrimSpace(name) == "" || len([]rune(name)) > maxName {
		return invalid("name must have 1 to %d characters", maxName)
	}
	return nil
}

func checkRotation(value string) error {
	if value != onevent.RotateNever && value != onevent.RotateUpdate {
		return invalid("rotate_application_token must be %s or %s", onevent.RotateNever, onevent.RotateUpdate)
	}
	return nil
}

func (m *Manager) checkSettings(s *onevent.PortalSettings) error {
	if s.RefreshToken != onevent.RefreshTokenDocumented && s.RefreshToken != onevent.RefreshTokenAlways {
		return invalid("events.refresh_token must be %s or %s", onevent.RefreshTokenDocumented, onevent.RefreshTokenAlways)
	}
	return cmp.Or(checkLimits(*s), m.checkConfirmed(s))
}

const maxConfirmed = 100

// checkConfirmed refuses a name that is no method's, which would protect nothing.
func (m *Manager) checkConfirmed(s *onevent.PortalSettings) error {
	if len(s.ConfirmMethods) > maxConfirmed {
		return invalid("rest.confirm_methods must have at most %d names", maxConfirmed)
	}
	var names []string
	for _, name := range s.ConfirmMethods {
		name = strings.ToLower(name)
		if m.IsMethod != nil && !m.IsMethod(name) {
			return invalid("rest.confirm_methods: %q is no method", name)
		}
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	s.ConfirmMethods = names
	return nil
}

// versionText is "digits and dots, up to 20 characters";
// docs/protocol/app-lifecycle.md section 3.1.
var versionText = regexp.MustCompile(`^[0-9]+(\.[0-9]+)*$`)

func checkVersion(text string) error {
	if len(text) > 20 || !versionText.MatchString(text) {
		return invalid("version must be digits and dots, at most 20 characters, such as 2.1.0")
	}
	return nil
}

func checkURL(name, raw string) error {
	if raw == "" {
		return nil
	}
	if err := egress.CheckURL(raw, false); err != nil {
		return onevent.Errorf(onevent.CodeInvalid, "%s: %w", name, err)
	}
	return nil
}

var languageCode = regexp.MustCompile(`^[a-z]{2}$`)

func checkLanguage(code string) error {
	if !languageCode.MatchString(code) {
		return invalid("language must be two lower-case letters, such as en")
	}
	return nil
}

// checkTimeZone refuses "Local", which is another zone on every machine.
func checkTimeZone(name string) error {
	if _, err := time.LoadLocation(name); err != nil || name == "Local" {
		return invalid("time_zone %q is not known: it must be an IANA name, such as Europe/Berlin", name)
	}
	return nil
}

// checkStatus accepts the letters of docs/protocol/events.md section 3.4.
func checkStatus(kind, letter string) error {
	if len(letter) == 1 && strings.Contains("FDTPS", letter) || kind == onevent.KindLocal && letter == "L" {
		return nil
	}
	if letter == "L" {
		return invalid("status L is that of local applications")
	}
	return invalid("status must be one of F, D, T, P, S")
}

func checkEmail(text string) error {
	if text != "" && !ValidEmail(text) {
		return invalid("email is not an address")
	}
	return nil
}

// ValidEmail says whether a text is one bare e-mail address of at most 255
// characters.
func ValidEmail(text string) bool {
	a, err := mail.ParseAddress(text)
	return err == nil && a.Address == text && utf8.RuneCountInString(text) <= maxName
}

// checkUser judges what a person may say of himself.
func checkUser(u *onevent.User) error {
	if utf8.RuneCountInString(u.Name) > maxName || utf8.RuneCountInString(u.LastName) > maxName {
		return invalid("a name must have at most %d characters", maxName)
	}
	return cmp.Or(checkEmail(u.Email), checkTimeZone(u.TimeZone), checkGender(u.Gender))
}

func checkGender(letter string) error {
	switch letter {
	case "", "M", "F":
		return nil
	}
	return invalid("gender must be M, F or empty")
}

// checkPublicURL wants scheme, host and port alone, and the portal's domain as
// the host.
func checkPublicURL(domain, raw string) error {
	u, err := url.Parse(raw)
	if err != nil || egress.CheckURL(raw, false) != nil || u.Scheme+"://"+u.Host != raw {
		return invalid("public_url must be scheme, host and port alone, such as https://portal.example")
	}
	if domain == "" || u.Hostname() != domain {
		return invalid("domain must be the host of public_url")
	}
	if strings.ContainsFunc(domain, func(r rune) bool { return r >= utf8.RuneSelf }) {
		return invalid("domain must be written as requests name it, in ASCII: xn--...")
	}
	return nil
}
