package storetest

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/onevent/onevent"
)

var tableCases = []testCase{
	{"Portals", tableCase(onevent.Tx.Portals, onevent.Reader.Portals, portalRows)},
	{"Users", tableCase(onevent.Tx.Users, onevent.Reader.Users, userRows)},
	{"Applications", tableCase(onevent.Tx.Applications, onevent.Reader.Applications, applicationRows)},
	{"Versions", tableCase(onevent.Tx.Versions, onevent.Reader.Versions, versionRows)},
	{"Installations", tableCase(onevent.Tx.Installations, onevent.Reader.Installations, installationRows)},
	{"IncomingWebhooks", tableCase(onevent.Tx.IncomingWebhooks, onevent.Reader.IncomingWebhooks, webhookRows)},
	{"OutgoingWebhooks", tableCase(onevent.Tx.OutgoingWebhooks, onevent.Reader.OutgoingWebhooks, outgoingRows)},
	{"Handlers", tableCase(onevent.Tx.Handlers, onevent.Reader.Handlers, handlerRows)},
	{"Destinations", tableCase(onevent.Tx.Destinations, onevent.Reader.Destinations, destinationRows)},
	{"Outages", tableCase(onevent.Tx.Outages, onevent.Reader.Outages, outageRows)},
	{"Jobs", tableCase(onevent.Tx.Jobs, onevent.Reader.Jobs, jobRows)},
	{"FileSets", tableCase(onevent.Tx.FileSets, onevent.Reader.FileSets, fileSetRows)},
	{"EmptyListsComeBackAsNil", emptyLists},
	{"UniquenessOfPortals", uniquePortals},
	{"UniquenessOfApplicationsAndVersions", uniqueApplications},
	{"UniquenessOfInstallationsWhileTheyStand", uniqueInstallations},
	{"UniquenessOfHandlersWhileTheyStand", uniqueHandlers},
	{"UniquenessOfDestinations", uniqueDestinations},
	{"ADestinationIsFoundByItsOwnerAndURL", destinationOf},
	{"ADestinationStaysWhileAHandlerLeadsThere", removeDestination},
	{"UniquenessOfFileSetsWhileTheyStand", uniqueFileSets},
	{"ARowNamesOnlyWhatIsThere", references},
	{"EachMayWriteToItsOwnTable", eachWrites},
	{"AnErrorOfTheCallbackEndsEach", eachFails},
	{"TextThatCannotBeKeptIsRefused", unkeepable},
}

// odd is text that careless storage changes.
const odd = "\x00 ' \" % _ \\ \u2028 \U0001F600 \xff\xfe end"

// oddText is odd, but valid.
const oddText = "\x00 ' \" % _ \\ <&> \u2028 \U0001F600 end"

var (
	created = start.Add(123 * time.Millisecond)
	long    = strings.Repeat("x", 70_000)
)

// tableCase proves for one kind of row: each row comes back as it was put, in
// the order of identity, also after a restart; a second Put replaces it; Delete
// removes it alone. rows are three, in the order of identity, the first and the
// replacement of the second with everything set.
func tableCase[T any](
	table func(onevent.Tx) onevent.Table[T],
	rows func(onevent.Reader) onevent.Rows[T],
	examples func() (first, second, replaced, third T),
) func(*testing.T, *fixture) {
	return func(t *testing.T, f *fixture) {
		first, second, replaced, third := examples()
		want := func(all ...T) {
			t.Helper()
			f.view(t, func(r onevent.Reader) error {
				wantRows(t, rows(r), all)
				return nil
			})
		}
		f.parents(t)
		f.update(t, func(tx onevent.Tx) error {
			for _, row := range []T{third, first, second} {
				if err := table(tx).Put(row); err != nil {
					return err
				}
			}
			wantRows(t, table(tx), []T{first, second, third})
			return nil
		})
		want(first, second, third)
		f.restart()
		want(first, second, third)
		f.update(t, func(tx onevent.Tx) error { return table(tx).Put(replaced) })
		want(first, replaced, third)
		f.update(t, func(tx onevent.Tx) error {
			if err := table(tx).Delete(first); err != nil {
				return err
			}
			return table(tx).Delete(first)
		})
		want(replaced, third)
	}
}

func wantRows[T any](t *testing.T, rows onevent.Rows[T], want []T) {
	t.Helper()
	var got []T
	err := rows.Each(func(row T) error {
		got = append(got, row)
		return nil
	})
	if err != nil {
		t.Errorf("Each: %v", err)
	}
	// The portals and applications that others refer to are no part of the case.
	if n := len(got) - len(want); n > 0 && n <= parentCount {
		got = got[n:]
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("Each gave\n%+v\nwant\n%+v", got, want)
	}
}

// parentCount is how many portals and applications parents stores.
const parentCount = 2

// parents stores what rows of other tables refer to.
func (f *fixture) parents(t *testing.T) {
	t.Helper()
	f.update(t, func(tx onevent.Tx) error {
		for n := 1; n <= parentCount; n++ {
			if err := tx.Portals().Put(portal(n)); err != nil {
				return err
			}
			a := onevent.Application{ID: onevent.ApplicationID(n), ClientID: "parent." + portal(n).MemberID}
			if err := tx.Applications().Put(a); err != nil {
				return err
			}
		}
		return nil
	})
}

func portalRows() (first, second, replaced, third onevent.Portal) {
	first = portal(11)
	first.Domain, first.Language = odd, long
	first.Formerly = []string{"b.example", "a.example", oddText}
	second = onevent.Portal{ID: 12, MemberID: "second"}
	replaced = portal(12)
	replaced.Formerly = []string{"second.example"}
	third = portal(1<<53 - 1)
	return
}

func userRows() (first, second, replaced, third onevent.User) {
	first = onevent.User{
		Portal: 1, ID: 9, Active: true, Admin: true, Email: odd, Name: "Administrator", LastName: "", Gender: "F",
		TimeZone: "Asia/Tokyo", Password: odd, Epoch: 1 << 40, CreatedAt: created,
	}
	second = onevent.User{Portal: 2, ID: 1, Name: "User"}
	replaced = onevent.User{Portal: 2, ID: 1, Active: true, Name: "User", LastName: long, Epoch: 1, CreatedAt: created}
	third = onevent.User{Portal: 2, ID: 2}
	return
}

func applicationRows() (first, second, replaced, third onevent.Application) {
	first = onevent.Application{
		ID: 11, ClientID: odd, SecretHash: []byte{0, 255}, Name: odd, Kind: onevent.KindLocal, UI: true, Static: true,
		RotateToken: onevent.RotateUpdate, Created: created,
		Delivery: onevent.DeliveryOptions{Order: onevent.OrderNone, Retry: "5s,1m", Rate: 2.5, Burst: 10, Concurrency: 16, Timeout: 3, Deadline: 3600},
	}
	second = onevent.Application{ID: 12, ClientID: "b"}
	replaced = onevent.Application{ID: 12, ClientID: "c", Kind: onevent.KindMarket, SecretHash: []byte("s"), Created: created}
	third = onevent.Application{ID: 13, ClientID: "d"}
	return
}

func versionRows() (first, second, replaced, third onevent.Version) {
	first = onevent.Version{
		Application: 1, Ordinal: 3, Text: odd, Scope: []string{"user", "crm", oddText},
		AppURL: odd, InstallURL: "https://i", EventURL: "https://e",
	}
	second = onevent.Version{Application: 2, Ordinal: 1, Text: "1.0.0"}
	replaced = onevent.Version{Application: 2, Ordinal: 1, Text: "1.0.1", Scope: []string{"crm"}, EventURL: long}
	third = onevent.Version{Application: 2, Ordinal: 2, Text: "1.1"}
	return
}

func installationRows() (first, second, replaced, third onevent.Installation) {
	first = onevent.Installation{
		ID: 1, Portal: 2, Application: 1, Version: 7, Scope: []string{"user", "crm"}, Status: "F",
		Installed: true, Expired: true, PaidUntil: created, Language: "de", InstalledBy: 5, Epoch: 6,
		Sealed: []byte{0, 1, 2}, Created: created, Ended: created,
	}
	second = onevent.Installation{ID: 2, Portal: 1, Application: 1}
	replaced = onevent.Installation{ID: 2, Portal: 1, Application: 2, Status: "L", Scope: []string{oddText}, Ended: created}
	third = onevent.Installation{ID: 3, Portal: 1, Application: 2}
	return
}

func webhookRows() (first, second, replaced, third onevent.IncomingWebhook) {
	first = onevent.IncomingWebhook{
		ID: 1, Portal: 1, User: 2, CodeHash: []byte{255, 0}, Scope: []string{"crm"}, Created: created, Ended: created,
	}
	second = onevent.IncomingWebhook{ID: 2, Portal: 1}
	replaced = onevent.IncomingWebhook{ID: 2, Portal: 2, User: 3, CodeHash: []byte("h"), Scope: []string{"a", "b"}}
	third = onevent.IncomingWebhook{ID: 3, Portal: 1}
	return
}

func outgoingRows() (first, second, replaced, third onevent.OutgoingWebhook) {
	first = onevent.OutgoingWebhook{
		ID: 1, Portal: 1, User: 2, Name: odd, Sealed: []byte{255, 0}, Created: created, Ended: created,
	}
	second = onevent.OutgoingWebhook{ID: 2, Portal: 1}
	replaced = onevent.OutgoingWebhook{ID: 2, Portal: 2, User: 3, Name: long, Sealed: []byte("s"), Created: created}
	third = onevent.OutgoingWebhook{ID: 1<<53 - 1, Portal: 1}
	return
}

func handlerRows() (first, second, replaced, third onevent.Handler) {
	first = onevent.Handler{
		ID: 1, Portal: 1, Owner: onevent.Owner{Installation: 4}, Event: "ONAPPTEST", URL: odd, User: 3,
		Connector: odd, Offline: true, Platform: true, Destination: 9, Base: "http://127.0.0.1:80",
		Created: created, Disabled: onevent.VerdictGone, Ended: created, EndedBy: onevent.VerdictUnbound,
	}
	second = onevent.Handler{ID: 2, Portal: 1, Owner: onevent.Owner{Webhook: 4}}
	replaced = onevent.Handler{ID: 2, Portal: 2, Owner: onevent.Owner{Webhook: 5}, Event: "E", URL: long, Created: created}
	third = onevent.Handler{ID: 3, Portal: 1, Owner: onevent.Owner{Webhook: 4}, Event: "F"}
	return
}

func destinationRows() (first, second, replaced, third onevent.Destination) {
	first = onevent.Destination{
		ID: 1, Portal: 1, Owner: onevent.Owner{Installation: 4}, URL: odd, Created: created,
		Options: onevent.DeliveryOptions{
			Order: onevent.OrderAll, Retry: onevent.RetryNone, Rate: 0.1, Burst: 3, Concurrency: 256, Timeout: 1.5, Deadline: 60,
		},
	}
	second = onevent.Destination{ID: 2, Portal: 1}
	replaced = onevent.Destination{ID: 2, Portal: 2, Owner: onevent.Owner{Webhook: 1}, URL: long, Created: created}
	third = onevent.Destination{ID: 3, Portal: 1, URL: "u"}
	return
}

func emptyLists(t *testing.T, f *fixture) {
	p := portal(1)
	p.Formerly = []string{}
	f.update(t, func(tx onevent.Tx) error { return tx.Portals().Put(p) })
	f.view(t, func(r onevent.Reader) error {
		return r.Portals().Each(func(got onevent.Portal) error {
			if got.Formerly != nil {
				t.Errorf("an empty list came back as %#v", got.Formerly)
			}
			return nil
		})
	})
}

// wantUnique proves that twin can't stand beside base, neither as a new row nor
// by replacing other, and that free, which differs or has ended, can.
func wantUnique[T any](t *testing.T, f *fixture, table func(onevent.Tx) onevent.Table[T], base, other, twin, otherAsTwin T, free ...T) {
	t.Helper()
	f.update(t, func(tx onevent.Tx) error {
		if err := table(tx).Put(base); err != nil {
			return err
		}
		return table(tx).Put(other)
	})
	for _, row := range []T{twin, otherAsTwin} {
		err := f.store.Update(t.Context(), func(tx onevent.Tx) error { return table(tx).Put(row) })
		wantCode(t, err, onevent.CodeConflict)
	}
	f.update(t, func(tx onevent.Tx) error {
		wantRows(t, table(tx), []T{base, other})
		return nil
	})
	for _, row := range free {
		if err := f.store.Update(t.Context(), func(tx onevent.Tx) error { return table(tx).Put(row) }); err != nil {
			t.Errorf("%+v beside %+v: %v", row, base, err)
		}
	}
}

func uniquePortals(t *testing.T, f *fixture) {
	base, other := portal(1), portal(2)
	twin, otherAsTwin := portal(3), portal(2)
	twin.MemberID, otherAsTwin.Domain = base.MemberID, base.Domain
	upper := portal(3)
	upper.Domain = strings.ToUpper(base.Domain)
	wantUnique(t, f, onevent.Tx.Portals, base, other, twin, otherAsTwin, upper)
}

func uniqueApplications(t *testing.T, f *fixture) {
	app := func(id onevent.ApplicationID, client string) onevent.Application {
		return onevent.Application{ID: id, ClientID: client}
	}
	wantUnique(t, f, onevent.Tx.Applications, app(1, "a"), app(2, "b"), app(3, "a"), app(2, "a"), app(3, "A"))
	version := func(a onevent.ApplicationID, ordinal int64, text string) onevent.Version {
		return onevent.Version{Application: a, Ordinal: ordinal, Text: text}
	}
	wantUnique(t, f, onevent.Tx.Versions, version(1, 1, "1"), version(1, 2, "2"),
		version(1, 3, "1"), version(1, 2, "1"), version(1, 3, "1.0"), version(2, 1, "1"))
}

func uniqueInstallations(t *testing.T, f *fixture) {
	f.parents(t)
	row := func(id onevent.InstallationID, p onevent.PortalID, a onevent.ApplicationID, ended time.Time) onevent.Installation {
		return onevent.Installation{ID: id, Portal: p, Application: a, Ended: ended}
	}
	none := time.Time{}
	wantUnique(t, f, onevent.Tx.Installations, row(1, 1, 1, none), row(2, 1, 2, none),
		row(3, 1, 1, none), row(2, 1, 1, none),
		row(3, 1, 1, start), row(4, 1, 1, start), row(5, 2, 1, none), row(1, 1, 1, start), row(6, 1, 1, none))
}

func uniqueHandlers(t *testing.T, f *fixture) {
	f.parents(t)
	base := onevent.Handler{
		ID: 1, Portal: 1, Owner: onevent.Owner{Installation: 1}, Event: "E", URL: "u", User: 1, Connector: "c", Destination: 1,
	}
	with := func(id onevent.HandlerID, change func(*onevent.Handler)) onevent.Handler {
		h := base
		h.ID = id
		change(&h)
		return h
	}
	same := func(*onevent.Handler) {}
	wantUnique(t, f, onevent.Tx.Handlers, base,
		with(2, func(h *onevent.Handler) { h.Event = "F" }), with(3, same), with(2, same),
		with(10, func(h *onevent.Handler) { h.Owner = onevent.Owner{Webhook: 1} }),
		with(11, func(h *onevent.Handler) { h.Owner.Installation = 2 }),
		with(12, func(h *onevent.Handler) { h.URL = "U" }),
		with(13, func(h *onevent.Handler) { h.User = 0 }),
		with(14, func(h *onevent.Handler) { h.Connector = "" }),
		with(15, func(h *onevent.Handler) { h.Offline = true }),
		with(16, func(h *onevent.Handler) { h.Ended = start }),
		with(17, func(h *onevent.Handler) { h.Ended = start }),
		with(1, func(h *onevent.Handler) { h.Ended = start }),
		with(18, same))
}

func jobRows() (first, second, replaced, third onevent.Job) {
	first = onevent.Job{
		ID: 7, Kind: onevent.JobReplay, Search: []byte(`{"Code":"X"}`), State: onevent.JobStopped, Rate: 0.25, Again: true,
		Last: 1 << 52, Upto: 1<<53 - 1, Done: 5, Skipped: map[onevent.Verdict]int64{oddText: 1 << 40}, Created: created, Ended: start,
	}
	second = onevent.Job{ID: 8, Kind: onevent.JobCancel, State: onevent.JobRunning, Created: start}
	replaced = first
	replaced.ID, replaced.State = 8, onevent.JobDone
	third = onevent.Job{ID: 1<<53 - 1}
	return first, second, replaced, third
}

func outageRows() (first, second, replaced, third onevent.Outage) {
	first = onevent.Outage{Destination: 7, Since: created, Attempts: 1 << 40, Open: true, Probes: 9, Several: true}
	second = onevent.Outage{Destination: 8, Since: start, Attempts: 1}
	replaced = onevent.Outage{Destination: 8, Since: created, Attempts: 6, Open: true, Probes: 1, Several: true}
	third = onevent.Outage{Destination: 1<<53 - 1}
	return
}

func fileSetRows() (first, second, replaced, third onevent.FileSet) {
	first = onevent.FileSet{
		ID: 7, Application: 1, Version: 3, State: onevent.FilesWritten, Files: 2000, Bytes: 1 << 40, Digest: []byte{0, 255},
		Installer: true, Time: created,
	}
	second = onevent.FileSet{ID: 8, Application: 1, Version: 3, State: onevent.FilesWritten}
	replaced = onevent.FileSet{ID: 8, Application: 2, Version: 4, State: onevent.FilesStand, Files: 1, Bytes: 5, Digest: []byte("d"), Time: start}
	third = onevent.FileSet{ID: 1<<53 - 1, Application: 2, State: onevent.FilesEnded}
	return
}

func uniqueFileSets(t *testing.T, f *fixture) {
	f.parents(t)
	row := func(id onevent.FileSetID, app onevent.ApplicationID, version int64, state string) onevent.FileSet {
		return onevent.FileSet{ID: id, Application: app, Version: version, State: state}
	}
	const stands = onevent.FilesStand
	wantUnique(t, f, onevent.Tx.FileSets, row(1, 1, 1, stands), row(2, 1, 2, stands), row(3, 1, 1, stands), row(2, 1, 1, stands),
		row(4, 2, 1, stands), row(5, 1, 1, onevent.FilesWritten), row(6, 1, 1, onevent.FilesEnded), row(7, 1, 1, onevent.FilesEnded))
}

func uniqueDestinations(t *testing.T, f *fixture) {
	f.parents(t)
	row := func(id onevent.DestinationID, o onevent.Owner, url string) onevent.Destination {
		return onevent.Destination{ID: id, Portal: 1, Owner: o, URL: url}
	}
	mine := onevent.Owner{Installation: 1}
	wantUnique(t, f, onevent.Tx.Destinations, row(1, mine, "u"), row(2, mine, "v"), row(3, mine, "u"), row(2, mine, "u"),
		row(4, onevent.Owner{Installation: 2}, "u"), row(5, onevent.Owner{Webhook: 1}, "u"), row(6, mine, "U"))
}

func destinationOf(t *testing.T, f *fixture) {
	f.parents(t)
	mine, other := onevent.Owner{Installation: 1}, onevent.Owner{Webhook: 1}
	row := onevent.Destination{ID: 7, Portal: 1, Owner: mine, URL: oddText, Options: onevent.DeliveryOptions{Order: onevent.OrderAll}, Created: created}
	f.update(t, func(tx onevent.Tx) error {
		_, err := tx.DestinationOf(mine, oddText)
		wantCode(t, err, onevent.CodeNotFound)
		if err := tx.Destinations().Put(row); err != nil {
			return err
		}
		got, err := tx.DestinationOf(mine, oddText)
		equal(t, "DestinationOf", got, row)
		for _, none := range []struct {
			owner onevent.Owner
			url   string
		}{{other, oddText}, {mine, oddText + "/"}} {
			_, of := tx.DestinationOf(none.owner, none.url)
			wantCode(t, of, onevent.CodeNotFound)
		}
		return err
	})
}

// An ended handler keeps its destination too, one that the same transaction has put
// as well. What is known of an outage goes with it.
func removeDestination(t *testing.T, f *fixture) {
	f.parents(t)
	handler := onevent.Handler{ID: 5, Portal: 1, Destination: 7, Ended: created}
	remove := func(tx onevent.Tx, id onevent.DestinationID, want bool) {
		t.Helper()
		removed, err := tx.RemoveDestination(id)
		if err != nil || removed != want {
			t.Errorf("removing %d: %v, %v", id, removed, err)
		}
	}
	f.update(t, func(tx onevent.Tx) error {
		for id := range onevent.DestinationID(3) {
			row := onevent.Destination{ID: 7 + id, Portal: 1, URL: strings.Repeat("u", 1+int(id))}
			if err := tx.Destinations().Put(row); err != nil {
				return err
			}
			if err := tx.Outages().Put(onevent.Outage{Destination: row.ID, Since: created}); err != nil {
				return err
			}
		}
		if err := tx.Handlers().Put(handler); err != nil {
			return err
		}
		remove(tx, 7, false)
		remove(tx, 8, true)
		remove(tx, 8, false)
		return nil
	})
	f.restart()
	f.update(t, func(tx onevent.Tx) error {
		remove(tx, 7, false)
		if err := tx.Handlers().Delete(handler); err != nil {
			return err
		}
		remove(tx, 7, true)
		return nil
	})
	f.view(t, func(r onevent.Reader) error {
		var left []string
		err := errors.Join(
			r.Destinations().Each(func(d onevent.Destination) error { left = append(left, fmt.Sprint("destination ", d.ID)); return nil }),
			r.Outages().Each(func(o onevent.Outage) error { left = append(left, fmt.Sprint("outage ", o.Destination)); return nil }),
		)
		equal(t, "what is left", strings.Join(left, ", "), "destination 9, outage 9")
		return err
	})
}

// Rows of a portal or of an application need it, and it can't go before them.
func references(t *testing.T, f *fixture) {
	for what, put := range map[string]func(onevent.Tx) error{
		"user":         func(tx onevent.Tx) error { return tx.Users().Put(onevent.User{Portal: 8, ID: 1}) },
		"version":      func(tx onevent.Tx) error { return tx.Versions().Put(onevent.Version{Application: 8, Ordinal: 1}) },
		"file set":     func(tx onevent.Tx) error { return tx.FileSets().Put(onevent.FileSet{ID: 1, Application: 8}) },
		"installation": func(tx onevent.Tx) error { return tx.Installations().Put(onevent.Installation{ID: 1, Portal: 8}) },
		"webhook":      func(tx onevent.Tx) error { return tx.IncomingWebhooks().Put(onevent.IncomingWebhook{ID: 1, Portal: 8}) },
		"outgoing":     func(tx onevent.Tx) error { return tx.OutgoingWebhooks().Put(onevent.OutgoingWebhook{ID: 1, Portal: 8}) },
		"handler":      func(tx onevent.Tx) error { return tx.Handlers().Put(onevent.Handler{ID: 1, Portal: 8}) },
		"destination":  func(tx onevent.Tx) error { return tx.Destinations().Put(onevent.Destination{ID: 1, Portal: 8}) },
	} {
		if got := onevent.CodeOf(f.store.Update(t.Context(), put)); got != onevent.CodeInvalid {
			t.Errorf("a %s of nothing: code %q", what, got)
		}
	}
	f.parents(t)
	f.update(t, func(tx onevent.Tx) error {
		if err := tx.Users().Put(onevent.User{Portal: 1, ID: 1}); err != nil {
			return err
		}
		wantCode(t, tx.Portals().Delete(portal(1)), onevent.CodeInvalid)
		if err := tx.Users().Delete(onevent.User{Portal: 1, ID: 1}); err != nil {
			return err
		}
		return tx.Portals().Delete(portal(1))
	})
}

func eachWrites(t *testing.T, f *fixture) {
	f.parents(t)
	f.update(t, func(tx onevent.Tx) error {
		return tx.Portals().Each(func(p onevent.Portal) error {
			p.Language = "en"
			if err := tx.Portals().Put(p); err != nil {
				return err
			}
			n := 0
			return tx.Portals().Each(func(onevent.Portal) error {
				n++
				if n > parentCount {
					t.Error("Each within Each gave more rows than there are")
				}
				return nil
			})
		})
	})
	f.view(t, func(r onevent.Reader) error {
		return r.Portals().Each(func(p onevent.Portal) error {
			equal(t, "language", p.Language, "en")
			return nil
		})
	})
}

func eachFails(t *testing.T, f *fixture) {
	f.parents(t)
	f.view(t, func(r onevent.Reader) error {
		calls := 0
		err := r.Portals().Each(func(onevent.Portal) error {
			calls++
			return errBoom
		})
		equal(t, "Each", err, errBoom)
		equal(t, "calls", calls, 1)
		return nil
	})
}

// Lists and options may be kept as JSON, which can't hold every text.
func unkeepable(t *testing.T, f *fixture) {
	f.parents(t)
	bad := []string{"\xff"}
	for what, put := range map[string]func(onevent.Tx) error{
		"scope": func(tx onevent.Tx) error { return tx.Versions().Put(onevent.Version{Application: 1, Scope: bad}) },
		"options": func(tx onevent.Tx) error {
			return tx.Destinations().Put(onevent.Destination{ID: 1, Portal: 1, Options: onevent.DeliveryOptions{Order: "\xff"}})
		},
		"delivery": func(tx onevent.Tx) error {
			return tx.Applications().Put(onevent.Application{ID: 12, ClientID: "b", Delivery: onevent.DeliveryOptions{Retry: "\xff"}})
		},
		"former domain": func(tx onevent.Tx) error {
			p := portal(1)
			p.Formerly = bad
			return tx.Portals().Put(p)
		},
		"settings": func(tx onevent.Tx) error {
			p := portal(1)
			p.Settings.RefreshToken = "\xff"
			return tx.Portals().Put(p)
		},
	} {
		if got := onevent.CodeOf(f.store.Update(t.Context(), put)); got != onevent.CodeInvalid {
			t.Errorf("%s that is not UTF-8: code %q", what, got)
		}
	}
}
