// Package wire translates nested values between the three shapes they have on
// the wire: JSON, the bracket form of PHP (a[b][c]=1) and Go. It also writes the
// body of an event, with its auth block (docs/protocol/events.md sections 2 and 3).
//
// Nothing outside this package knows about brackets.
package wire
