package server_test

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/onevent/onevent/rest"
)

var update = flag.Bool("update", false, "write the list of methods into docs/compatibility.md")

const compatibility = "../docs/compatibility.md"

// absent are the methods that the protocol pages name and this build lacks, with
// the reason.
var absent = map[string]string{
	"crm.activity.configurable.add": "onevent shows no activities, so nothing configures how they look",
	"crm.currency":                  "onevent stores no currencies",
	"crm.deal.update":               "onevent stores no deals; their events are published by the product",
	"crm.lead.add":                  "onevent stores no leads; their events are published by the product",
	"event.offline.clear":           "this build has no pull queue",
	"event.offline.error":           "this build has no pull queue",
	"event.offline.get":             "this build has no pull queue",
	"event.offline.list":            "this build has no pull queue",
	"placement.bind":                "this build has no console, so there is no place for an application's page",
	"placement.info":                "this build has no console",
	"placement.call":                "this build has no console",
	"user.userfield":                "users have no fields of an application's own",
}

// The list of methods in docs/compatibility.md is what the server answers to.
func TestTheDocumentedMethodsAreThoseOfTheServer(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	page, err := os.ReadFile(compatibility)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(page), methodsBegin)
	_, after, closed := strings.Cut(rest, methodsEnd)
	if !found || !closed {
		t.Fatal("the page has no place for the list")
	}
	want := before + methodsBegin + methodList(b.Registry.Methods()) + methodsEnd + after
	if *update {
		if err := os.WriteFile(compatibility, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if want != string(page) {
		t.Error("the list of methods is out of date: go test ./server -run DocumentedMethods -update")
	}
}

const (
	methodsBegin = "<!-- methods: made from the registry -->\n"
	methodsEnd   = "<!-- end of methods -->\n"
)

func methodList(methods []rest.Method) string {
	var out strings.Builder
	out.WriteString("\n| scope | methods |\n|---|---|\n")
	byScope := map[string][]string{}
	for _, m := range methods {
		scope := m.Scope
		if scope == "" {
			scope = "none"
		}
		byScope[scope] = append(byScope[scope], described(m))
	}
	for _, scope := range slices.Sorted(maps.Keys(byScope)) {
		slices.Sort(byScope[scope])
		fmt.Fprintf(&out, "| %s | %s |\n", scope, strings.Join(byScope[scope], ", "))
	}
	out.WriteString("\nNamed in the protocol pages and not here:\n\n| method | why |\n|---|---|\n")
	for _, name := range slices.Sorted(maps.Keys(absent)) {
		fmt.Fprintf(&out, "| `%s` | %s |\n", name, absent[name])
	}
	out.WriteString("\n")
	return out.String()
}

func described(m rest.Method) string {
	name := "`" + m.Name + "`"
	if m.Auth == rest.AppAuth {
		name += " (application)"
	}
	if m.Confirm {
		name += " (confirmed by an administrator)"
	}
	if m.V3 != nil {
		name += " (and REST 3.0)"
	}
	return name
}

// methodName finds what may be a method in the protocol pages, by its first word.
var methodName = regexp.MustCompile(`\b(?:crm|user|event|events|calendar|app|access|feature|method|server|placement|scope|methods|profile|batch|voximplant)(?:\.[a-z]+)+\b`)

// notMethods look like methods in the pages: files, keys, hosts, beginnings of names.
var notMethods = []string{
	"app.example", "app.example.com", "access.md", "events.json", "events.md", "event.call", "event.php", "method.json", "method.xml",
	"calendar.event", "calendar.section", "calendar.section.get", "calendar.section.add", "crm.activity", "crm.activity.todo", "crm.activity.configurable", "crm.enum", "crm.lead", "crm.deal",
	"user.option", "app.option", "event.offline", "calendar.event.get.nearest",
}

// Every method that the protocol pages name is here, or is said not to be here.
func TestEveryMethodOfTheProtocolIsHereOrSaidToBeAbsent(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	pages, err := os.ReadDir("../docs/protocol")
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range pages {
		text, err := os.ReadFile("../docs/protocol/" + page.Name())
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range methodName.FindAllString(string(text), -1) {
			if b.Registry.Lookup(name) == nil && absent[name] == "" && !slices.Contains(notMethods, name) {
				t.Errorf("%s names %s", page.Name(), name)
			}
		}
	}
	for name := range absent {
		if b.Registry.Lookup(name) != nil {
			t.Errorf("%s is here", name)
		}
	}
}
