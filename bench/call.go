package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"
)

// counts are what the server's statistics tell.
type counts struct {
	Waiting   int `json:"waiting"`
	InFlight  int `json:"in_flight"`
	Delivered int `json:"delivered"`
	Failed    int `json:"failed"`
	Cancelled int `json:"cancelled"`
}

func (c counts) settled() int { return c.Delivered + c.Failed + c.Cancelled }

func (s *server) stats() (c counts, err error) {
	err = s.call(http.MethodGet, "/admin/v1/stats", nil, &c)
	return c, err
}

// untilSettled waits until so many deliveries are settled since the server's
// store was made. Others may wait for good.
func (s *server) untilSettled(ctx context.Context, settled int) error {
	return poll(ctx, 5*time.Minute, 5*time.Millisecond, func() (bool, error) {
		c, err := s.stats()
		return c.settled() >= settled, err
	})
}

func poll(ctx context.Context, limit, pause time.Duration, done func() (bool, error)) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	every := time.NewTicker(pause)
	defer every.Stop()
	for {
		if ok, err := done(); ok || err != nil {
			return err
		}
		select {
		case <-every.C:
		case <-ctx.Done():
			return fmt.Errorf("waited in vain: %w", ctx.Err())
		}
	}
}

// call makes a call of the management API.
func (s *server) call(method, path string, in, out any) error {
	var body io.Reader
	if in != nil {
		raw, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(raw)
	}
	req, err := http.NewRequest(method, s.base+path, body)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+s.adminToken)
	return s.b.do(req, out)
}

func (b *bench) do(req *http.Request, out any) error {
	req.Header.Set("Content-Type", "application/json")
	answer, err := b.client.Do(req)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	if answer.StatusCode/100 != 2 {
		return fmt.Errorf("%s %s answered %d: %s", req.Method, req.URL.Path, answer.StatusCode, text)
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(text, out)
}
