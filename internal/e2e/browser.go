package e2e

import (
	"context"
	"os/exec"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/onevent/onevent/internal/testkit"
)

// Browser is a headless Chromium that has visited nothing.
type Browser struct {
	ctx context.Context
}

// NewBrowser starts one, which ends with the test.
func NewBrowser(t testing.TB) *Browser {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		testkit.Skip(t, "there is no chromium")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path),
		chromedp.UserDataDir(t.TempDir()),
		chromedp.NoSandbox, // it visits only what the test serves, perhaps as root
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true),
	)
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	b := &Browser{ctx}
	if err := chromedp.Do(ctx); err != nil { // the first one's context must live as long as the browser
		t.Fatal(err)
	}
	return b
}

// Do takes steps one after the other, all within Patience.
func (b *Browser) Do(t testing.TB, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, Patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		text, _ := chromedp.Run(b.ctx, chromedp.Evaluate[string]("document.body.innerText"))
		t.Fatalf("the browser at %s: %v; it shows %q", b.Address(t), err, text)
	}
}

// Address is where it is now.
func (b *Browser) Address(t testing.TB) string {
	t.Helper()
	at, err := chromedp.Run(b.ctx, chromedp.Location())
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// Text is what the first element that a selector of CSS finds shows.
func (b *Browser) Text(t testing.TB, selector string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, Patience)
	defer cancel()
	text, err := chromedp.Run(ctx, chromedp.Text(chromedp.CSS(selector)))
	if err != nil {
		t.Fatal(err)
	}
	return text
}
