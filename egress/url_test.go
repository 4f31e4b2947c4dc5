package egress_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/onevent/onevent/egress"
)

func TestCheckURLFollowsRows8And9(t *testing.T) {
	t.Parallel()
	long := "https://a.example/" + strings.Repeat("x", egress.MaxURL-len("https://a.example/"))
	for raw, want := range map[string]error{
		"https://app.example.com/handler.php":      nil,
		"http://app.example.com":                   nil,
		"http://app.example.com?x=1":               nil,
		"http://APP.Example.com:8080/a%2Fb/?q=%7e": nil,
		"http://user:p%40ss@app.example.com/":      nil,
		"http://app.example.com//x#part":           nil,
		"http://app.example.com/100%":              nil,
		"http://app.example.com/a{b}|\"^":          nil,
		"http://пример.рф/привет":                  nil,
		"http://localhost./":                       nil,
		"http://a_b.example/":                      nil,
		"http://127.0.0.1/":                        nil,
		"http://[::1]:8055/":                       nil,
		"http://[fe80::1%25eth0]/":                 nil,
		"http://app.example.com:/":                 nil,
		"http://app.example.com:65535/":            nil,
		long:                                       nil,

		"":                                   egress.ErrWrongURL,
		"handler.php":                        egress.ErrWrongURL,
		"app.example.com/handler":            egress.ErrWrongURL,
		"mailto:user@example.com":            egress.ErrWrongURL,
		"app.example.com//b.example/":        egress.ErrWrongURL,
		"http:///handler":                    egress.ErrWrongURL,
		"http://:80/":                        egress.ErrWrongURL,
		"http://localhost/handler":           egress.ErrWrongURL,
		"ftp://localhost/handler":            egress.ErrWrongURL,
		"http://.example.com/":               egress.ErrWrongURL,
		"http://./":                          egress.ErrWrongURL,
		"http://app.example.com:0/":          egress.ErrWrongURL,
		"http://app.example.com:65536/":      egress.ErrWrongURL,
		"http://app.example.com:http/":       egress.ErrWrongURL,
		"http://app.example.com\\@10.0.0.1/": egress.ErrWrongURL,
		"http://app.exa%20mple.com/":         egress.ErrWrongURL,
		"http://app.exa;mple.com/":           egress.ErrWrongURL,
		"http://[::1/":                       egress.ErrWrongURL,
		"http://app.example.com/a b":         egress.ErrWrongURL,
		" http://app.example.com/":           egress.ErrWrongURL,
		"http://app.example.com/\r\nX: y":    egress.ErrWrongURL,
		"http://app.example.com/\x00":        egress.ErrWrongURL,
		"http://app.example.com/\x7f":        egress.ErrWrongURL,
		"http://app.example.com/\u0085":      egress.ErrWrongURL,
		"http://app.example.com/\xff":        egress.ErrWrongURL,
		long + "x":                           egress.ErrWrongURL,

		"HTTP://app.example.com/":      egress.ErrScheme,
		"Https://app.example.com/":     egress.ErrScheme,
		"ftp://app.example.com/":       egress.ErrScheme,
		"javascript://app.example.com": egress.ErrScheme,
		"//app.example.com/":           egress.ErrScheme,
	} {
		if got := egress.CheckURL(raw, true); !errors.Is(got, want) {
			t.Errorf("%q: got %v, want %v", raw, got, want)
		}
	}
}

func TestCheckURLWithoutRequiringADotStillRefusesADotFirst(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]error{
		"http://localhost:3000/handler": nil,
		"http://app:3000/":              nil,
		"http://.localhost/":            egress.ErrWrongURL,
		"ftp://localhost/":              egress.ErrScheme,
		"http:///":                      egress.ErrWrongURL,
	} {
		if got := egress.CheckURL(raw, false); !errors.Is(got, want) {
			t.Errorf("%q: got %v, want %v", raw, got, want)
		}
	}
}

// What CheckURL lets pass never fails as a request that can't be sent.
func FuzzWhatCheckURLAcceptsCanBeSent(f *testing.F) {
	for _, seed := range []string{"http://h.example//a{%zz?%", "https://u:p@[::1]:1/\"", "http://a.b?#", "http://x.рф/é"} {
		f.Add(seed)
	}
	client := egress.New(egress.Config{})
	canceled, cancel := context.WithCancel(context.Background())
	cancel()
	f.Fuzz(func(t *testing.T, raw string) {
		if egress.CheckURL(raw, false) != nil {
			t.Skip()
		}
		_, err := client.Post(canceled, egress.Request{URL: raw})
		var e *egress.Error
		if !errors.As(err, &e) || e.Reason != egress.ReasonCanceled {
			t.Errorf("%q: got %v, want a canceled request", raw, err)
		}
	})
}
