package main

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/client"
	"github.com/onevent/onevent/devportal"
	"github.com/onevent/onevent/terminal"
)

// accessFlags name a running server.
type accessFlags struct {
	Creds     string         `help:"File that onevent dev wrote (${creds} unless --url is given); it comes before --url." placeholder:"FILE"`
	URL       string         `name:"url" help:"Address of a server, such as http://127.0.0.1:8080." env:"ONEVENT_URL" placeholder:"URL"`
	Token     onevent.Secret `help:"Its admin token." env:"ONEVENT_ADMIN_TOKEN" placeholder:"TOKEN"`
	TokenFile string         `name:"token-file" help:"File that has the token." placeholder:"FILE"`
}

// connect gives the server, and the portal that is meant: the one named, else that
// of the dev portal.
func (f accessFlags) connect(portal string) (*client.Client, string, error) {
	api, member, err := devportal.Connect(devportal.Access(f))
	if portal == "" {
		portal = member
	}
	return api, portal, err
}

// filterFlags are those of what is looked for.
type filterFlags struct {
	Event   string   `help:"Code of the event." placeholder:"CODE"`
	Portal  string   `help:"member_id of the portal; the dev portal unless named." placeholder:"M"`
	App     string   `help:"client_id of the application." placeholder:"CLIENT_ID"`
	Handler string   `help:"Id of the handler." placeholder:"ID"`
	Object  string   `help:"Object, such as crm.activity:999." placeholder:"TYPE:ID"`
	State   []string `help:"waiting, delivered, failed or cancelled; several with commas." placeholder:"STATE"`
}

func (f filterFlags) named() bool {
	return f.Event+f.Portal+f.App+f.Handler+f.Object != "" || len(f.State) > 0
}

// printJSON prints one value a line.
func printJSON(out io.Writer, v any) error {
	raw, err := json.Marshal(v)
	if err == nil {
		_, err = fmt.Fprintf(out, "%s\n", terminal.JSON(raw))
	}
	return err
}
