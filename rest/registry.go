package rest

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/onevent/onevent/catalog"
)

// AuthKind says by which authorisation a method may be called.
type AuthKind int

// The kinds.
const (
	AnyAuth AuthKind = iota
	AppAuth          // an application's token: a webhook is refused with WRONG_AUTH_TYPE
)

// Func does what a method does. It returns a wire.Value, a List, JSON, or
// anything else that json.Marshal writes as `result`. An *Error is answered as it
// is; any other error is a failure of the server.
type Func func(ctx context.Context, c *Call) (any, error)

// Method is one REST method. Aliases are Methods with the same Func.
type Method struct {
	Name   string // lower case
	Scope  string // "": needs none
	Whole  bool   // Scope itself is needed: a smaller one that satisfies it will not do
	Auth   AuthKind
	Signed bool // an answer to a call with `state` carries a `signature`
	Raises bool // events, by Call.Raise: the portal's publishing rate is asked before it runs
	// Confirm: an administrator must allow it, to each token and webhook anew.
	Confirm bool
	Func    Func
	V3      Func // the method in REST 3.0; nil: it has none there
}

// GrantedBy says whether the scopes of a token or webhook let it call the method.
func (m *Method) GrantedBy(scopes []string) bool {
	return catalog.Grants(scopes, m.Scope) && (!m.Whole || slices.Contains(scopes, m.Scope))
}

// Registry knows the methods by name. It never changes.
type Registry struct {
	methods []Method
	byName  map[string]*Method
}

// NewRegistry keeps the methods in the order given. It panics when two have one
// name, which is a mistake of the program.
func NewRegistry(methods ...Method) *Registry {
	r := &Registry{methods: slices.Clone(methods), byName: map[string]*Method{}}
	for i := range r.methods {
		m := &r.methods[i]
		if r.byName[m.Name] != nil {
			panic(fmt.Sprintf("rest: two methods are named %q", m.Name))
		}
		r.byName[m.Name] = m
	}
	return r
}

// Lookup finds a method by its name in any letter case; nil when there is none.
func (r *Registry) Lookup(name string) *Method { return r.byName[strings.ToLower(name)] }

// Methods lists all methods. The slice is a copy.
func (r *Registry) Methods() []Method { return slices.Clone(r.methods) }
