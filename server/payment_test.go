package server_test

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/lifecycle"
)

// Nobody need call: a running server notices that the grace is over.
func TestARunningServerExpiresWhatIsPaidForNoMore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t)
		app, _, err := b.Manager.RegisterApplication(t.Context(), lifecycle.ApplicationRequest{Name: "Market", Kind: onevent.KindMarket})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := b.Manager.RegisterVersion(t.Context(), lifecycle.VersionRequest{Application: app, Version: "1"}); err != nil {
			t.Fatal(err)
		}
		path := "/installations/" + app.ClientID
		if code, text := b.admin(http.MethodPut, path, `{"version":"1"}`); code != http.StatusCreated {
			t.Fatal(text)
		}
		now := onevent.SystemClock{}.Now().UTC()
		paid := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, time.UTC).Add(-lifecycle.Grace)
		if code, text := b.admin(http.MethodPost, path+"/payment", `{"paid_until":"`+paid.Format(time.DateOnly)+`"}`); code != http.StatusOK {
			t.Fatal(text)
		}
		over := paid.AddDate(0, 0, 1).Add(lifecycle.Grace)
		expired := func() bool { return b.Directory.Standing(b.Directory.Portals()[0].ID, app.ID).Expired }
		<-time.After(over.Sub(now) - time.Second)
		synctest.Wait()
		if expired() {
			t.Error("it has expired too soon")
		}
		<-time.After(time.Minute + time.Second)
		synctest.Wait()
		if !expired() {
			t.Error("it has not expired")
		}
	})
}
