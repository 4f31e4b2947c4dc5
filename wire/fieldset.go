package wire

// scanLimit is the number of fields up to which comparing keys one by one is
// cheaper than a map of them.
const scanLimit = 8

// fieldSet collects fields under distinct keys in the order in which they first
// came, at a constant price a field.
type fieldSet struct {
	fields []Field
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
	if s.index != nil {
		s.index[key] = len(s.fields) - 1
	}
}

func (s *fieldSet) find(key string) int {
	if len(s.fields) <= scanLimit {
		return position(s.fields, key)
	}
	if s.index == nil {
		s.buildIndex()
	}
	if i, ok := s.index[key]; ok {
		return i
	}
	return -1
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
