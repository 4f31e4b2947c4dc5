package wire

// Body is what an online handler receives. docs/protocol/events.md section 2.2.
type Body struct {
	Event     string // code, upper case
	HandlerID int64
	Data      []byte // pairs made by AppendForm with the key "data", or empty
	TS        int64  // unix seconds: the time of the attempt
	Auth      Auth
}

// Append appends the body to dst. It allocates only when dst must grow.
func (b Body) Append(dst []byte) []byte {
	dst = appendText(dst, "event=", b.Event)
	dst = appendInt(dst, "&event_handler_id=", b.HandlerID)
	if len(b.Data) > 0 {
		dst = append(append(dst, '&'), b.Data...)
	}
	dst = appendInt(dst, "&ts=", b.TS)
	return b.Auth.Append(dst)
}
