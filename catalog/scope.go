package catalog

import (
	"slices"
	"strings"

	"github.com/onevent/onevent"
)

// scopes are the codes that the official SDKs know: an answer with another one
// breaks them. docs/protocol/clients.md section 2 item 14.
var scopes = strings.Fields(`
ai_admin appform baas biconnector bizproc calendar calendarmobile call cashbox catalog catalogmobile
configuration.import contact_center crm delivery department disk documentgenerator entity faceid forum
humanresources.hcmlink iblock im im.import imbot imconnector imopenlines intranet landing landing_cloud lists
log mailservice messageservice mobile notifications pay_system placement pull pull_channel rating rpa sale
salescenter sign.b2e smile socialnetwork sonet_group task tasks tasks_extended tasksmobile telephony timeman
user user.userfield user_basic user_brief userconsent userfieldconfig`)

// eventScopes are further codes, which the SDKs don't know but events need: an
// application that asks for one gets it, no other one sees it.
var eventScopes = []string{"booking"}

// Scopes returns the scope codes that every SDK understands, for the method scope,
// always in the same order.
func Scopes() []string { return slices.Clone(scopes) }

// KnownScope reports whether code is a scope that can be granted: one of Scopes,
// or one that an event needs. BasicScope is none: everybody has it.
func KnownScope(code string) bool {
	return slices.Contains(scopes, code) || slices.Contains(eventScopes, code)
}

// ParseScope splits a comma list into its codes in their order, each once. Spaces
// around a code and empty items are dropped. A code that cannot be granted is an
// error with onevent.CodeInvalid that names it. docs/protocol/events.md section 3.1.
func ParseScope(list string) ([]string, error) {
	var codes []string
	for item := range strings.SplitSeq(list, ",") {
		code := strings.TrimSpace(item)
		if code == "" || slices.Contains(codes, code) {
			continue
		}
		if err := checkScope(code); err != nil {
			return nil, err
		}
		codes = append(codes, code)
	}
	return codes, nil
}

func checkScope(code string) error {
	switch {
	case code == BasicScope:
		return onevent.Errorf(onevent.CodeInvalid, "scope %q cannot be granted, every token has it", code)
	case !KnownScope(code):
		return onevent.Errorf(onevent.CodeInvalid, "unknown scope %q", code)
	}
	return nil
}

// Grants reports whether a token with the scopes have may use what needs need.
// Nothing and BasicScope are always granted, user is satisfied by user_brief and
// user_basic, and tasks is another spelling of task. docs/protocol/rest.md section 4.
func Grants(have []string, need string) bool {
	if need == "" || need == BasicScope {
		return true
	}
	return slices.ContainsFunc(have, func(code string) bool { return satisfies(code, need) })
}

func satisfies(code, need string) bool {
	code, need = spelled(code), spelled(need)
	return code == need || need == "user" && (code == "user_brief" || code == "user_basic")
}

func spelled(code string) string {
	if code == "tasks" {
		return "task"
	}
	return code
}
