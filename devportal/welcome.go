package devportal

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/onevent/onevent/terminal"
)

// show prints what a person needs, in about ten lines.
func (d *running) show(c Creds, bound int) {
	hook := cmp.Or(c.WebhookURL, c.TLSWebhookURL)
	lines := [][2]string{
		{"portal", addresses(c.PortalURL, c.TLSPortalURL)},
		{"webhook", hook},
		{"application", c.ClientID + " (secret and tokens are in the file below)"},
		{"handler", d.handlerLine(bound)},
		{"echo", cmp.Or(d.at, "off")},
		{"programs read", d.Creds},
		{"try", curl(c) + " '" + hook + call(c)},
		{"or", `onevent emit ONCRMACTIVITYUPDATE --data '{"FIELDS":{"ID":"999"}}'` + d.credsFlag()},
	}
	if ahead := d.clock.Ahead(); ahead > 0 {
		lines = append(lines, [2]string{"clock", ahead.Round(time.Second).String() + " ahead of the machine's"})
	}
	if d.Operator != "" {
		lines = append(lines, [2]string{"operator", terminal.URL(d.Operator) + ", signed with operator_secret of " + d.folder.secretsFile()})
	}
	var b strings.Builder
	fmt.Fprintf(&b, "onevent dev: a portal in %s\n", d.Data)
	for _, line := range lines {
		fmt.Fprintf(&b, "  %-14s %s\n", line[0], line[1])
	}
	b.WriteString("Ready; Ctrl-C ends it. Attempts to deliver events are shown here:")
	fmt.Fprintln(d.Out, b.String())
}

func (d *running) handlerLine(bound int) string {
	if d.Handler == "" {
		return "none: --handler URL binds one to every event, event.bind to single ones"
	}
	return fmt.Sprintf("%s gets %d events", terminal.URL(d.Handler), bound)
}

// credsFlag is what a command needs that is run where this one was.
func (d *running) credsFlag() string {
	if d.Creds == DefaultCreds {
		return ""
	}
	return " --creds " + d.Creds
}

func addresses(list ...string) string {
	var on []string
	for _, a := range list {
		if a != "" {
			on = append(on, a)
		}
	}
	return strings.Join(on, "  ")
}

// call is a method with its parameters that the webhook may call: one that
// raises an event where its scope has any.
func call(c Creds) string {
	if strings.Contains(","+c.Scope+",", ",calendar,") {
		return "calendar.event.add' -d 'type=user&ownerId=1&name=Call&from=2030-01-01&to=2030-01-01'"
	}
	return "profile'"
}

func curl(c Creds) string {
	if c.WebhookURL == "" {
		return "curl --cacert " + c.CAFile
	}
	return "curl"
}
