package rest

// PageSize is the number of rows on a page; docs/protocol/rest.md section 7.
const PageSize = 50

// List is the result of a method that answers page by page: `next` and `total`
// stand beside `result`.
type List struct {
	Items any
	Next  int // offset of the next page; 0: this is the last
	Total int // 0 when nobody asked to count
}

// NewList tells the place of the next page by what the call asked for.
func NewList(c *Call, items any, total int) List {
	if c.Start == NoCount {
		return List{Items: items}
	}
	l := List{Items: items, Total: total}
	if next := c.Start + PageSize; next < total {
		l.Next = next
	}
	return l
}

// Offset is where the page begins that the call asks for.
func (c *Call) Offset() int { return max(c.Start, 0) }
