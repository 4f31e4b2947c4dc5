package bench

import (
	"context"
	"errors"
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
	echo, echoURL, err := startServing(ctx, b.verb("echo"))
	if err != nil {
		return err
	}
	defer echo.end()
	p, err := b.found(ctx, REST)
	if err != nil {
		return err
	}
	defer p.drop()
	if err := errors.Join(p.addActivities(), p.tryBatch()); err != nil {
		return err
	}
	var got restRuns
	byEcho := func(context.Context) (run, error) { return b.answered(echo, p.echoLoad(echoURL)) }
	if err := b.rounds(ctx, p.restSteps(&got, byEcho)); err != nil {
		return err
	}
	got.echo = slices.Concat(got.echoByProfile, got.echoByUpdate)
	b.reportREST(got)
	return nil
}

func (p *portal) restSteps(got *restRuns, echo func(context.Context) (run, error)) []step {
	return []step{
		{&got.echoByProfile, echo},
		{&got.profile, p.answering(p.profileLoad(), restConnections)},
		{&got.echoByUpdate, echo},
		{&got.update, p.b.publishing(published{"update", p.server, p.updateLoad(), 1})},
		{&got.get, p.answering(p.getLoad(), restConnections)},
		{&got.batch, p.answering(p.batchLoad(), restConnections)},
		{&got.getAlone, p.answering(p.getLoad(), 1)},
		{&got.batchAlone, p.answering(p.batchLoad(), 1)},
	}
}

func (p *portal) answering(l Load, connections int) func(context.Context) (run, error) {
	l.Connections = connections
	return func(context.Context) (run, error) { return p.b.answered(p.process, l) }
}

// addActivities makes the rows. No handler is bound to their events.
func (p *portal) addActivities() error {
	fields := p.params(map[string]any{"fields": map[string]any{
		"TYPE_ID": 2, "OWNER_TYPE_ID": 3, "OWNER_ID": 1, "SUBJECT": "Call", "DESCRIPTION": "Ask for the date of the next delivery",
		"COMMUNICATIONS": []any{map[string]any{"VALUE": "+4930123456", "TYPE": "PHONE"}},
	}})
	for range activities {
		var added struct {
			Result int `json:"result"`
		}
		if err := p.rest("crm.activity.add", fields, &added); err != nil {
			return err
		}
		p.activities = append(p.activities, added.Result)
	}
	return nil
}

// answered measures calls that are over when they are answered, and the CPU of
// the process that answers them.
func (b *bench) answered(by *process, l Load) (run, error) {
	cpu := by.cpu()
	posted, err := b.runLoad(b.load, l)
	return runOf(posted, by.cpu()-cpu), err
}

// tryBatch makes one batch and looks at its answer.
func (p *portal) tryBatch() error {
	var answer struct {
		Result struct {
			Result []struct{ ID string } `json:"result"`
		} `json:"result"`
	}
	if err := p.rest("batch", p.batchLoad().Calls[0], &answer); err != nil {
		return err
	}
	if n := len(answer.Result.Result); n != batchSize {
		return fmt.Errorf("a batch of %d commands had %d results", batchSize, n)
	}
	return nil
}
