package dispatch_test

import (
	"strings"
	"testing"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/catalog"
	"github.com/onevent/onevent/dispatch"
	"github.com/onevent/onevent/egress"
	"github.com/onevent/onevent/publish"
	"github.com/onevent/onevent/wire"
)

// The handler alone is told the secret in an event's data, on every attempt and after
// a restart: it is neither stored, nor shown, nor kept when it comes back.
func TestTheSecretOfAnEventIsToldToItsHandlerAlone(t *testing.T) {
	t.Parallel()
	b := newBed(t, dispatch.Limits{})
	const secret = "fkp963yuv1ggkfbs5z3f5hy8lilm0iw6"
	b.bind("ONAPPMETHODCONFIRM", url1, 0, noOptions)
	entry, _ := catalog.Lookup("ONAPPMETHODCONFIRM")
	data := wire.Map(wire.F("TOKEN", wire.String(secret)), wire.F("METHOD", wire.String("voximplant.user.get")))
	var raised publish.Result
	b.update(func(tx onevent.Tx) (err error) {
		raised, err = b.pub.Raise(tx, publish.Raised{Portal: b.dir.Portal(b.portal), Event: entry, Data: data})
		return err
	})
	for range 2 {
		c := b.next()
		if got := c.form(t).Get("data[TOKEN]"); got != secret {
			t.Errorf("it was told %q", got)
		}
		if !strings.Contains(string(c.Body), "&data%5BTOKEN%5D="+secret+"&data%5BMETHOD%5D=voximplant.user.get&ts=") {
			t.Errorf("the body is %s", c.Body)
		}
		c.answer <- answer{Response: egress.Response{Status: 500, Beginning: "what is " + secret + "?"}}
		b.idle()
		b.restart()
		b.clock.Advance(time.Minute)
	}
	for _, a := range b.attempts(raised.ID) {
		if a.Answer != "what is ***?" {
			t.Errorf("kept is %q", a.Answer)
		}
	}
	var event onevent.Event
	b.view(func(r onevent.Reader) (err error) { event, err = r.Event(raised.ID); return err })
	if strings.Contains(string(event.Data), secret) {
		t.Errorf("stored is %s", event.Data)
	}
	d := b.delivery(raised.ID)
	shown, ok := b.engine.Preview(&event, &d, b.time().Now())
	if !ok || !strings.Contains(string(shown.Body), "data%5BTOKEN%5D=***&data%5BMETHOD%5D=voximplant.user.get&ts=") {
		t.Errorf("shown is %s", shown.Body)
	}
}
