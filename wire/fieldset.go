package wire

import "hash/maphash"

// Up to scanLimit fields, comparing keys one by one is cheapest; up to slotLimit,
// a small table of places; beyond, a map.
const (
	scanLimit = 8
	slotCount = 128 // a power of two, so that a hash is cut to a place by its low bits
	slotLimit = 96
)

var hashSeed = maphash.MakeSeed()

// fieldSet collects fields under distinct keys in the order in which they first
// came, at a constant price a field.
type fieldSet struct {
	fields []Field
	slots  *[slotCount]uint8 // 1 + the place in fields, at the hash of the key or after it
	index  map[string]int
}

func newFieldSet(capacity int) *fieldSet {
	return &fieldSet{fields: make([]Field, 0, capacity)}
}

// put sets the value of key: in its place when it has one, else at the end.
func (s *fieldSet) put(key string, v Value) {
	if i := s.find(key); i >= 0 {
		s.fields[i].Value = v
		return
	}
	s.fields = append(s.fields, Field{Key: key, Value: v})
	switch {
	case s.index != nil:
		s.index[key] = len(s.fields) - 1
	case s.slots != nil:
		s.setSlot(len(s.fields) - 1)
	}
}

func (s *fieldSet) find(key string) int {
	switch {
	case len(s.fields) <= scanLimit:
		return position(s.fields, key)
	case len(s.fields) <= slotLimit:
		return s.findSlot(key)
	}
	if s.index == nil {
		s.buildIndex()
	}
	if i, ok := s.index[key]; ok {
		return i
	}
	return -1
}

func (s *fieldSet) findSlot(key string) int {
	if s.slots == nil {
		s.slots = new([slotCount]uint8)
		for i := range s.fields {
			s.setSlot(i)
		}
	}
	for at := maphash.String(hashSeed, key); ; at++ {
		i := int(s.slots[at%slotCount]) - 1
		if i < 0 || s.fields[i].Key == key {
			return i
		}
	}
}

func (s *fieldSet) setSlot(i int) {
	at := maphash.String(hashSeed, s.fields[i].Key)
	for s.slots[at%slotCount] != 0 {
		at++
	}
	s.slots[at%slotCount] = uint8(i + 1)
}

func (s *fieldSet) buildIndex() {
	s.index = make(map[string]int, 2*len(s.fields))
	for i, f := range s.fields {
		s.index[f.Key] = i
	}
}

func position(fields []Field, key string) int {
	for i := range fields {
		if fields[i].Key == key {
			return i
		}
	}
	return -1
}
