package devportal

import (
	"context"
	"fmt"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/client"
)

// Confirm allows a method that waits for an administrator, or refuses it. Without a
// method's name the only one that waits is meant; several are listed, and nothing is
// decided. With a name a decision that was made before can be changed.
func (l Life) Confirm(ctx context.Context, method string, deny bool) error {
	api, err := l.Creds.Client()
	if err != nil {
		return err
	}
	all, err := api.Confirmations(ctx, l.Creds.MemberID)
	if err != nil {
		return fromClient(err)
	}
	meant := l.meant(all, method)
	switch {
	case len(meant) == 0 && method != "":
		return onevent.Errorf(onevent.CodeNotFound, "%s has not called %s, or needs no confirmation for it", l.clientID(), method)
	case len(meant) == 0:
		return onevent.Errorf(onevent.CodeNotFound, "no method waits for a confirmation to %s", l.clientID())
	case len(meant) > 1 && method == "":
		return l.list(meant)
	}
	for _, c := range meant {
		if err := l.decide(ctx, api, c, !deny); err != nil {
			return err
		}
	}
	return nil
}

// meant are the confirmations that wait, or else those of the method.
func (l Life) meant(all []client.Confirmation, method string) []client.Confirmation {
	var waiting, decided []client.Confirmation
	for _, c := range all {
		switch {
		case c.ClientID != l.clientID() || method != "" && c.Method != method:
		case c.State == "waiting":
			waiting = append(waiting, c)
		default:
			decided = append(decided, c)
		}
	}
	if len(waiting) == 0 && method != "" {
		return decided
	}
	return waiting
}

func (l Life) list(waiting []client.Confirmation) error {
	for _, c := range waiting {
		if _, err := fmt.Fprintf(l.Out, "%s waits for user %d, since %s\n", c.Method, c.UserID, c.Asked); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintln(l.Out, "nothing was decided: --method says which")
	return err
}

func (l Life) decide(ctx context.Context, api *client.Client, c client.Confirmation, confirmed bool) error {
	done, err := api.Confirm(ctx, l.Creds.MemberID, c.ID, confirmed)
	if err != nil {
		return fromClient(err)
	}
	_, err = fmt.Fprintf(l.Out, "%s is %s for user %d of %s\n", done.Method, done.State, done.UserID, l.clientID())
	return err
}
