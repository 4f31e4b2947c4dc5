package devportal

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/client"
	"github.com/onevent/onevent/terminal"
)

// How often a delivery is looked at: soon at first, since most are answered in
// milliseconds.
const (
	firstLook = 20 * time.Millisecond
	lastLook  = 500 * time.Millisecond
)

// Emit publishes one event on the portal and prints every attempt to deliver
// it, until all its deliveries are answered with 2xx. It is an error when one
// of them ends otherwise, or ctx ends before.
func Emit(ctx context.Context, c Creds, event client.Event, out io.Writer) error {
	api, err := c.Client()
	if err != nil {
		return err
	}
	published, err := api.Publish(ctx, c.MemberID, "", event)
	if err != nil {
		return fromClient(err)
	}
	fmt.Fprintf(out, "event %s: %d deliveries\n", published[0].ID, published[0].Deliveries)
	if published[0].Deliveries == 0 {
		fmt.Fprintln(out, "no handler is bound to it that may have it: nothing to wait for")
		return nil
	}
	w := &watch{api: api, event: published[0].ID, out: out, seen: map[string]int{}}
	return w.untilAnswered(ctx)
}

// watch follows the deliveries of one event.
type watch struct {
	api   *client.Client
	event string
	out   io.Writer
	seen  map[string]int // attempts printed, by delivery
}

func (w *watch) untilAnswered(ctx context.Context) error {
	for pause := firstLook; ; pause = min(2*pause, lastLook) {
		waiting, failed, err := w.look(ctx)
		switch {
		case ctx.Err() != nil:
			return errors.New("not all of its deliveries were answered with 2xx in time")
		case err != nil:
			return fromClient(err)
		case waiting == 0 && failed > 0:
			return fmt.Errorf("%d of its deliveries ended without success", failed)
		case waiting == 0:
			return nil
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
}

func (w *watch) look(ctx context.Context) (waiting, failed int, err error) {
	list, err := w.api.Deliveries(ctx, w.event)
	for _, d := range list {
		w.print(d)
		switch d.State {
		case onevent.StateWaiting.String():
			waiting++
		case onevent.StateDelivered.String():
		default:
			failed++
		}
	}
	return waiting, failed, err
}

// print tells what is new about a delivery. One that ends without an attempt
// has only its verdict.
func (w *watch) print(d client.Delivery) {
	for n := w.seen[d.ID]; n < len(d.Attempts); n++ {
		a := d.Attempts[n]
		answer := cmp.Or(a.Error, "no answer")
		if a.Status != 0 {
			answer = fmt.Sprint(a.Status)
		}
		fmt.Fprintf(w.out, "delivery %s -> %s: attempt %d: %s in %d ms\n", d.ID, terminal.URL(d.URL), n+1, answer, a.MS)
	}
	w.seen[d.ID] = len(d.Attempts)
	if d.Verdict != "" && d.State != onevent.StateWaiting.String() {
		fmt.Fprintf(w.out, "delivery %s -> %s: %s (%s)\n", d.ID, terminal.URL(d.URL), d.State, d.Verdict)
	}
}

// fromClient gives an error of the management API the code by which the command
// line tells a wrong flag from a failure.
func fromClient(err error) error {
	var answer *client.Error
	if !errors.As(err, &answer) {
		return onevent.Errorf(onevent.CodeUnavailable, "the portal does not answer: %w", err)
	}
	return onevent.Errorf(onevent.Code(answer.Code), "%s", answer.Message)
}
