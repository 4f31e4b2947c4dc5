package rest

import (
	"context"
	"slices"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/wire"
)

// runBatchV3 is batch in REST 3.0: the first failure is that of the whole call;
// docs/protocol/rest.md section 8.
func runBatchV3(ctx context.Context, c *Call) (any, error) {
	b := batchV3{batch: batchOf(c)}
	entries := entriesOf(c.Params)
	if len(entries) > batchLength {
		return nil, errV3BatchLength
	}
	ctx, done := onevent.ShareViews(ctx)
	defer done()
	for _, entry := range entries {
		if failure := b.add(ctx, entry); failure != nil {
			return nil, failure
		}
	}
	return wire.List(b.results...), nil
}

// entriesOf passes over what is no entry, such as the `auth` of an object.
func entriesOf(params wire.Value) []wire.Value {
	return slices.DeleteFunc(slices.Clone(params.Values()), func(v wire.Value) bool { return !v.IsMap() })
}

type batchV3 struct {
	batch
	results []wire.Value
	byAlias []wire.Field
}

func (b *batchV3) add(ctx context.Context, entry wire.Value) *Error {
	b.exchange.tally.commands++
	if ctx.Err() != nil {
		return errOverload
	}
	name, _ := entry.Get("method")
	query, _ := entry.Get("query")
	params, failure := b.substitute(wire.Merge(wire.Map(), query))
	if failure != nil {
		return failure
	}
	if notInBatch(name.Text()) {
		return errV3BatchMethod
	}
	done, failure := b.call(ctx, name.Text(), params)
	if failure != nil {
		return failure
	}
	b.results = append(b.results, done.result())
	if alias, _ := entry.Get("as"); alias.Text() != "" {
		b.byAlias = append(b.byAlias, wire.F(alias.Text(), done.result()))
	}
	return nil
}
