package devportal

import (
	"context"
	"fmt"

	"github.com/onevent/onevent/client"
)

// Pay says how it stands with the payment of a market application; until nil leaves the
// day as it was, "" says that there is nothing to pay.
func (l Life) Pay(ctx context.Context, status string, until *string) error {
	api, err := l.Creds.Client()
	if err != nil {
		return err
	}
	paid, err := api.Pay(ctx, l.Creds.MemberID, l.clientID(), client.PaymentChange{Status: status, PaidUntil: until})
	if err != nil {
		return fromClient(err)
	}
	_, err = fmt.Fprintf(l.Out, "%s has status %s, %s\n", l.clientID(), paid.Status, stateOf(paid.Payment))
	return err
}

func stateOf(p client.Payment) string {
	switch {
	case p.Days == nil:
		return "and there is nothing to pay"
	case p.Expired:
		return "and its payment until " + p.PaidUntil + " has expired: it gets no events and REST refuses it"
	}
	return fmt.Sprintf("paid until %s, days left: %d", p.PaidUntil, *p.Days)
}
