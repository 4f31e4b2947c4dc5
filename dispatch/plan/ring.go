package plan

// Ring is who waits: groups are served in turn, and within a group its members
// in turn. Its zero value is empty.
type Ring[G comparable, M any] struct {
	turn    []G // groups with members, next first
	members map[G][]M
	size    int
}

// Push lets a member wait at the end of its group; a group that had none gets
// its turn after all others.
func (r *Ring[G, M]) Push(group G, m M) {
	if r.members == nil {
		r.members = map[G][]M{}
	}
	waiting := r.members[group]
	if len(waiting) == 0 {
		r.turn = append(r.turn, group)
	}
	r.members[group] = append(waiting, m)
	r.size++
}

// Pop takes the member whose turn it is.
func (r *Ring[G, M]) Pop() (m M, ok bool) {
	if r.size == 0 {
		return m, false
	}
	group := r.turn[0]
	r.turn = r.turn[1:]
	waiting := r.members[group]
	m = waiting[0]
	if len(waiting) == 1 {
		delete(r.members, group)
	} else {
		var none M
		waiting[0] = none
		r.members[group] = waiting[1:]
		r.turn = append(r.turn, group)
	}
	r.size--
	return m, true
}

// Len is how many wait.
func (r *Ring[G, M]) Len() int { return r.size }
