package bench

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// connection posts one after the other until the run is over. A call that has
// begun is ended, so that every event sent is also answered.
func (l Load) connection(ctx context.Context, post poster, index int, began time.Time, calls, number *atomic.Int64) error {
	for turn := 0; ; turn++ {
		if l.Rate > 0 && !l.await(ctx, began, turn*l.Connections+index) {
			return nil
		}
		if ctx.Err() != nil {
			return nil
		}
		events := int64(max(l.Array, 1))
		if err := post(int(number.Add(events) - events)); err != nil {
			return err
		}
		calls.Add(1)
	}
}

// await waits for a call's moment, unless that lies behind the end of the run.
func (l Load) await(ctx context.Context, began time.Time, call int) bool {
	at := began.Add(time.Duration(float64(call) / l.Rate * float64(time.Second)))
	if end, ok := ctx.Deadline(); ok && at.After(end) {
		return false
	}
	t := time.NewTimer(time.Until(at))
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

func (l Load) post(client *http.Client, number int) error {
	body := l.bodyOf(number)
	req, err := http.NewRequest(http.MethodPost, l.urlOf(number), bytes.NewReader(body))
	if err != nil {
		return err
	}
	for k, v := range l.Header {
		req.Header.Set(k, v)
	}
	if len(l.Body) > 0 {
		req.Header.Set("Webhook-Id", strconv.Itoa(number))
	}
	req.Host = l.Host
	answer, err := client.Do(req)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode/100 != 2 {
		err = fmt.Errorf("answered %d: %s", answer.StatusCode, text)
	}
	return err
}

func (l Load) bodyOf(number int) []byte {
	if len(l.Body) > 0 {
		return l.stamped(l.Body)
	}
	if l.Array == 0 {
		return []byte(l.event(number))
	}
	events := make([]string, l.Array)
	for i := range events {
		events[i] = l.event(number + i)
	}
	return []byte("[" + strings.Join(events, ",") + "]")
}

// codeUsual is the code of events unless a load names others.
const codeUsual = "ONCRMACTIVITYUPDATE"

func (l Load) event(number int) string {
	stamp := int64(0)
	if l.Stamp {
		stamp = time.Now().UnixNano()
	}
	pad := ""
	if l.Pad > 0 {
		pad = `,"TEXT":"` + strings.Repeat("x", l.Pad) + `"`
	}
	return fmt.Sprintf(`{"event":"%s","user_id":1,"data":{"FIELDS":{"ID":"%d","STAMP":"%019d"%s}}}`, l.codeOf(number), number, stamp, pad)
}

func (l Load) urlOf(number int) string {
	if len(l.URLs) == 0 {
		return l.URL
	}
	return l.URLs[number/max(l.Array, 1)%len(l.URLs)]
}

func (l Load) codeOf(number int) string {
	if len(l.Codes) == 0 {
		return codeUsual
	}
	return l.Codes[number/max(len(l.URLs), 1)%len(l.Codes)]
}

// stamped puts the present moment into a bare body, in place of the server's.
func (l Load) stamped(body []byte) []byte {
	i := bytes.Index(body, stampKey)
	if !l.Stamp || i < 0 {
		return body
	}
	i += len(stampKey)
	out := bytes.Clone(body)
	copy(out[i:], fmt.Sprintf("%019d", time.Now().UnixNano()))
	return out
}
