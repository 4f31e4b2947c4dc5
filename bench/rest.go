package bench

import (
	"context"
	"fmt"
	"slices"
)

// How the REST protocol is called.
const (
	restConnections = 64
	activities      = 250 // that are changed and read in turn
	batchSize       = 50  // docs/protocol/rest.md section 8
)

// restRuns are the measurements of REST calls. Each kind is set beside the echo
// that ran just before.
type restRuns struct {
	echoByProfile, profile []run
	echoByUpdate, update   []run
	get, batch             []run
	getAlone, batchAlone   []run // on one connection
	echo                   []run // all of them
}

func (b *bench) measureREST(ctx context.Context) error {
	if err := b.addActivities(); err != nil {
		return err
	}
	var got restRuns
	echo := func(context.Context) (run, error) { return b.answered(b.echo, b.echoLoad()) }
	steps := []step{
		{&got.echoByProfile, echo},
		{&got.profile, b.byServer(b.profileLoad(), restConnections)},
		{&got.echoByUpdate, echo},
		{&got.update, func(ctx context.Context) (run, error) { return b.publish(ctx, b.updateLoad()) }},
		{&got.get, b.byServer(b.getLoad(), restConnections)},
		{&got.batch, b.byServer(b.batchLoad(), restConnections)},
		{&got.getAlone, b.byServer(b.getLoad(), 1)},
		{&got.batchAlone, b.byServer(b.batchLoad(), 1)},
	}
	if err := b.tryBatch(); err != nil {
		return err
	}
	if err := b.rounds(ctx, steps); err != nil {
		return err
	}
	got.echo = slices.Concat(got.echoByProfile, got.echoByUpdate)
	b.printREST(got)
	return nil
}

func (b *bench) byServer(l Load, connections int) func(context.Context) (run, error) {
	l.Connections = connections
	return func(context.Context) (run, error) { return b.answered(b.server, l) }
}

// addActivities makes the rows. No handler is bound to their events.
func (b *bench) addActivities() error {
	fields := b.params(map[string]any{"fields": map[string]any{
		"TYPE_ID": 2, "OWNER_TYPE_ID": 3, "OWNER_ID": 1, "SUBJECT": "Call", "DESCRIPTION": "Ask for the date of the next delivery",
		"COMMUNICATIONS": []any{map[string]any{"VALUE": "+4930123456", "TYPE": "PHONE"}},
	}})
	for range activities {
		var added struct {
			Result int `json:"result"`
		}
		if err := b.rest("crm.activity.add", fields, &added); err != nil {
			return err
		}
		b.portal.activities = append(b.portal.activities, added.Result)
	}
	return nil
}

// answered measures calls that are over when they are answered, and the CPU of
// the process that answers them.
func (b *bench) answered(by *process, l Load) (run, error) {
	cpu := by.cpu()
	p, err := b.runLoad(l)
	return runOf(p, by.cpu()-cpu), err
}

func (b *bench) echoLoad() Load {
	l := b.profileLoad()
	l.URL, l.Host, l.Want = b.echoURL, "", `"result":1`
	return l
}

func (b *bench) profileLoad() Load {
	return b.restLoad("profile", `"result":{"ID":"1"`, b.params(nil))
}

func (b *bench) updateLoad() Load {
	return b.restLoad("crm.activity.update", `"result":true`, b.perActivity(func(id int) []byte {
		return b.params(map[string]any{"id": id, "fields": map[string]any{"SUBJECT": "Call back", "PRIORITY": 2}})
	})...)
}

func (b *bench) getLoad() Load {
	return b.restLoad("crm.activity.get", `"result":{"ID":`, b.perActivity(func(id int) []byte {
		return b.params(map[string]any{"id": id})
	})...)
}

func (b *bench) batchLoad() Load {
	var bodies [][]byte
	for ids := range slices.Chunk(b.portal.activities, batchSize) {
		bodies = append(bodies, b.params(map[string]any{"halt": 0, "cmd": commands(ids)}))
	}
	l := b.restLoad("batch", `"result_error":[]`, bodies...)
	l.Array = batchSize
	return l
}

func commands(ids []int) (cmd []string) {
	for _, id := range ids {
		cmd = append(cmd, fmt.Sprintf("crm.activity.get?id=%d", id))
	}
	return cmd
}

// tryBatch makes one batch and looks at its answer.
func (b *bench) tryBatch() error {
	var answer struct {
		Result struct {
			Result []struct{ ID string } `json:"result"`
		} `json:"result"`
	}
	if err := b.rest("batch", b.batchLoad().Calls[0], &answer); err != nil {
		return err
	}
	if n := len(answer.Result.Result); n != batchSize {
		return fmt.Errorf("a batch of %d commands had %d results", batchSize, n)
	}
	return nil
}

func (b *bench) restLoad(method, want string, calls ...[]byte) Load {
	return Load{
		URL: b.restURL(method), Host: domain, Header: map[string]string{"Content-Type": "application/json"},
		Connections: restConnections, For: b.For, Calls: calls, Want: want,
	}
}

func (b *bench) perActivity(body func(id int) []byte) (all [][]byte) {
	for _, id := range b.portal.activities {
		all = append(all, body(id))
	}
	return all
}
