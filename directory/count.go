package directory

// Count is how many rows of a kind there are.
type Count struct {
	Portals  int
	Handlers int // that stand
	Disabled int // of them
}

// Count tells how many portals and handlers there are. It costs nothing, however
// many.
func (d *Directory) Count() Count {
	d.mu.RLock()
	defer d.mu.RUnlock()
	c := d.count
	c.Portals = len(d.portals)
	return c
}
