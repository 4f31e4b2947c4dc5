package sqlite

// Unsynced is a store that loses what it answered when the power fails.
func (c Config) Unsynced() Config {
	c.unsynced = true
	return c
}

// WriteBackAt is a store that writes its log back at so many pages.
func (c Config) WriteBackAt(pages int64) Config {
	c.backPages = pages
	return c
}

// LimitLogAt is a store that ends old views at so many bytes of log.
func (c Config) LimitLogAt(bytes int64) Config {
	c.logLimit = bytes
	return c
}

// IndexedInParts is a store that indexes its log in parts of so many rows, and
// whose searches look at so many for a page.
func (c Config) IndexedInParts(rows, budget int) Config {
	c.partRows, c.budget = rows, budget
	return c
}
