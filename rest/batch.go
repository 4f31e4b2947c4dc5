package rest

import (
	"context"
	"strconv"
	"strings"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/rest/request"
	"github.com/onevent/onevent/wire"
)

const (
	batchName = "batch"
	// batchLength is how many commands a batch runs; docs/protocol/rest.md section 9.
	batchLength = 50
	// batchKeyBytes bounds the keys of the commands together: the answer repeats
	// each in up to four maps, and a byte of it may be printed as six.
	batchKeyBytes = 1 << 20
)

var errBatchKeys = ErrTooLarge("", "the keys of cmd exceed the limit of "+strconv.Itoa(batchKeyBytes)+" bytes")

// Batch is the method that runs others; docs/protocol/rest.md section 8.
func Batch() Method { return Method{Name: batchName, Func: runBatch, V3: runBatchV3} }

// runBatch is one call for the rate; scope, run time and bounds are judged for
// each command. What the commands answer is at most as long as a request may be:
// the command that exceeds this has an error instead of its answer, and no
// further one is run.
func runBatch(ctx context.Context, c *Call) (any, error) {
	b := batchOf(c)
	halt, commands := c.Param("halt").PHPTrue(), c.Param("cmd").Fields()
	if keysTooLong(commands) {
		return nil, errBatchKeys
	}
	ctx, done := onevent.ShareViews(ctx)
	defer done()
	for i, command := range commands {
		if command.Value.Kind() != wire.KindString {
			continue
		}
		if ok := b.add(ctx, i, command.Key, command.Value.Text()); !ok && halt {
			break
		}
	}
	return &b.answers, nil
}

func keysTooLong(commands []wire.Field) bool {
	length := 0
	for _, command := range commands {
		length += len(command.Key)
	}
	return length > batchKeyBytes
}

// batch is a batch while it runs.
type batch struct {
	exchange *exchange
	answers
	room     int    // bytes that further answers may take
	inserted int    // bytes that references have led to
	text     []byte // of results that came as values
}

func batchOf(c *Call) batch { return batch{exchange: c.exchange, room: c.exchange.server.Limits.Bytes} }

// add runs one command and keeps what it answered; it says whether it succeeded.
func (b *batch) add(ctx context.Context, index int, key, command string) bool {
	done, failure := b.run(ctx, index, command)
	b.exchange.tally.commands++
	if failure != nil {
		b.exchange.tally.failed++
		b.errors = append(b.errors, wire.F(key, itemError(failure)))
		return false
	}
	b.done = append(b.done, answered{key, done})
	return true
}

func (b *batch) run(ctx context.Context, index int, command string) (outcome, *Error) {
	switch {
	case index >= batchLength:
		return outcome{}, errBatchLength
	case b.room < 0:
		return outcome{}, b.errRoom()
	case ctx.Err() != nil:
		return outcome{}, errOverload
	}
	name, query := splitCommand(command)
	params, failure := b.params(query)
	if failure != nil {
		return outcome{}, failure
	}
	if notInBatch(name) {
		return outcome{}, errBatchMethod
	}
	return b.call(ctx, name, params)
}

// call calls a method and writes its result.
func (b *batch) call(ctx context.Context, name string, params wire.Value) (outcome, *Error) {
	method := b.exchange.server.Registry.Lookup(name)
	if failure := permit(b.exchange.access, nil, method); failure != nil {
		return outcome{}, failure
	}
	done, failure := b.exchange.call(ctx, method, params)
	if failure == nil {
		failure = b.write(&done)
	}
	return done, failure
}

// splitCommand takes a command apart as a URL: a # ends it.
func splitCommand(command string) (name, query string) {
	command, _, _ = strings.Cut(command, "#")
	name, query, _ = strings.Cut(command, "?")
	return name, query
}

func notInBatch(name string) bool {
	switch strings.ToLower(name) {
	case batchName, "download", "upload":
		return true
	}
	return false
}

func (b *batch) params(query string) (wire.Value, *Error) {
	params, err := wire.ParseForm(query, b.exchange.server.Limits)
	if err != nil {
		return params, errorOfRequest(err)
	}
	if strings.Contains(query, "%00") {
		params = request.WithoutNUL(params)
	}
	if !strings.Contains(query, "$") && !strings.Contains(query, "%24") {
		return params, nil
	}
	params, err = b.substitute(params)
	if err != nil {
		return params, errorOfRequest(err)
	}
	return params, nil
}

// write writes a result, which tells how long it is.
func (b *batch) write(done *outcome) *Error {
	if done.text == nil {
		start := len(b.text)
		b.text = done.appendResult(b.text)
		done.text = JSON(b.text[start:])
	}
	if b.room -= len(done.text); b.room < 0 {
		return b.errRoom()
	}
	return nil
}

func (b *batch) errRoom() *Error {
	return ErrArgument("", "the answers of the batch exceed the limit of "+strconv.Itoa(b.exchange.server.Limits.Bytes)+" bytes")
}

// itemError is how an error stands in result_error.
func itemError(e *Error) wire.Value {
	text := e.Description
	if e.Code == errScopeOfToken.Code {
		text = ""
	}
	return wire.Map(wire.F("error", wire.String(e.Code)), wire.F("error_description", wire.String(text)))
}
