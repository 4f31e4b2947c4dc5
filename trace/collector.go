package trace

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	spans "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// collector takes spans by OTLP over HTTP. It is the operator's own, at an address
// of his choice, and no stranger: so it is called by an ordinary client. The
// client takes no proxy from the environment and follows no redirect.
type collector struct {
	url    string
	http   *http.Client
	log    *slog.Logger
	silent atomic.Bool // its newest failure is logged
}

// longestUpload bounds one request.
const longestUpload = 10 * time.Second

func newCollector(c Config) *collector {
	return &collector{
		url: tracesURL(c.URL), log: c.Logger,
		http: &http.Client{
			Timeout:       longestUpload,
			Transport:     &http.Transport{IdleConnTimeout: time.Minute, MaxIdleConnsPerHost: 1},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

func tracesURL(raw string) string {
	u, err := url.Parse(raw)
	if err != nil || strings.Trim(u.Path, "/") != "" {
		return raw
	}
	return u.Scheme + "://" + u.Host + "/v1/traces"
}

// Start implements otlptrace.Client.
func (*collector) Start(context.Context) error { return nil }

// Stop implements otlptrace.Client.
func (*collector) Stop(context.Context) error { return nil }

func (c *collector) close() { c.http.CloseIdleConnections() }

// UploadTraces implements otlptrace.Client. What a collector does not take is lost:
// it is not worth memory that events may need. The first failure of several is
// logged.
func (c *collector) UploadTraces(ctx context.Context, batch []*spans.ResourceSpans) error {
	err := c.upload(ctx, batch)
	if was := c.silent.Swap(err != nil); err != nil && !was {
		c.log.Warn("traces can't be sent", "error", err)
	}
	return nil // OpenTelemetry would print an error beside the log
}

// upload posts a batch. TracesData has the wire form of the request that OTLP
// names, without the code of its gRPC service.
func (c *collector) upload(ctx context.Context, batch []*spans.ResourceSpans) error {
	body, err := proto.Marshal(&spans.TracesData{ResourceSpans: batch})
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/x-protobuf")
	answer, err := c.http.Do(r)
	if err != nil {
		return withoutURL(err)
	}
	defer answer.Body.Close()
	io.Copy(io.Discard, io.LimitReader(answer.Body, 1<<20)) // so that the connection can be used again
	if answer.StatusCode/100 != 2 {
		return fmt.Errorf("the collector answers %d", answer.StatusCode)
	}
	return nil
}

// withoutURL keeps the collector's address, which may hold a token, out of the log.
func withoutURL(err error) error {
	var of *url.Error
	if errors.As(err, &of) {
		return of.Err
	}
	return err
}
