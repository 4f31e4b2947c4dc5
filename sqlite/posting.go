package sqlite

import (
	"encoding/binary"
	"hash/fnv"
	"slices"

	"github.com/onevent/onevent"
)

// The index of the log says which events and deliveries have a property, such as
// a portal, a code or an object. It is written behind the log in parts of some
// thousand rows: an index that is kept up with each row would cost every event a
// tenth of its time, and here the keys of a part are written at once and removed
// at once. docs/decisions/0009-log.md.

// partRows is how many rows a part of the index covers.
const partRows = 4096

// buckets is how many rows a part's keys are spread over, so that a search reads
// one page of a part.
const buckets = 64

// property is what a key is of.
type property byte

const (
	ofPortal property = iota + 1
	ofApplication
	ofHandler
	ofDestination
	ofCode
	ofObject
	ofUnserved
)

// key stands for a property and its value: a hash, so that what is found by it is
// looked at before it counts.
type key uint32

func numberKey(p property, n int64) key {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], uint64(n))
	return bytesKey(p, b[:], nil)
}

// bytesKey is the key of a value in two parts.
func bytesKey(p property, a, b []byte) key {
	h := fnv.New64a()
	h.Write([]byte{byte(p)})
	h.Write(a)
	h.Write([]byte{0})
	h.Write(b)
	sum := h.Sum64()
	return key(sum ^ sum>>32)
}

func objectKey(o onevent.Object) key { return bytesKey(ofObject, []byte(o.Type), []byte(o.ID)) }
func codeKey(code string) key        { return bytesKey(ofCode, []byte(code), nil) }

func (k key) bucket() int64 { return int64(k % buckets) }

// postings are the keys of one part, as they are collected.
type postings struct {
	first  int64
	bucket [buckets][]posting
}

type posting struct {
	key    key
	offset uint64 // of the identity from the first one
}

// add says that a row has a key. Rows come in the order of identity.
func (p *postings) add(id int64, keys ...key) {
	for _, k := range keys {
		b := &p.bucket[k.bucket()]
		*b = append(*b, posting{k, uint64(id - p.first)})
	}
}

// emptied are the buckets for another part.
func (p *postings) emptied() [buckets][]posting {
	for i := range p.bucket {
		p.bucket[i] = p.bucket[i][:0]
	}
	return p.bucket
}

// encode makes the row of a bucket; nil: it has no keys. Of each key: the hash, the
// length of what follows, and the distances from one row to the next.
func (p *postings) encode(bucket int) []byte {
	list := p.bucket[bucket]
	slices.SortStableFunc(list, func(a, b posting) int { return int(int64(a.key) - int64(b.key)) })
	var row, rows []byte
	for len(list) > 0 {
		k, before := list[0].key, uint64(0)
		rows = rows[:0]
		for len(list) > 0 && list[0].key == k {
			rows = binary.AppendUvarint(rows, list[0].offset-before)
			before = list[0].offset
			list = list[1:]
		}
		row = binary.BigEndian.AppendUint32(row, uint32(k))
		row = binary.AppendUvarint(row, uint64(len(rows)))
		row = append(row, rows...)
	}
	return row
}

// postingsOf reads from a bucket's row which rows of the part have a key, in the
// order of identity.
func postingsOf(row []byte, k key, first int64) ([]int64, error) {
	for len(row) > 4 {
		found := key(binary.BigEndian.Uint32(row))
		length, n := binary.Uvarint(row[4:])
		if n <= 0 || length > uint64(len(row)-4-n) {
			return nil, errIndexDamaged
		}
		rows := row[4+n:][:length]
		if found == k {
			return offsets(rows, first)
		}
		row = row[4+n+int(length):]
	}
	if len(row) > 0 {
		return nil, errIndexDamaged
	}
	return nil, nil
}

func offsets(rows []byte, first int64) ([]int64, error) {
	var ids []int64
	for len(rows) > 0 {
		d, n := binary.Uvarint(rows)
		if n <= 0 {
			return nil, errIndexDamaged
		}
		first += int64(d)
		ids = append(ids, first)
		rows = rows[n:]
	}
	return ids, nil
}

var errIndexDamaged = onevent.Errorf(onevent.CodeDamaged, "the store is damaged: the index of its log can't be read")

// intersect keeps what both have; both ascend.
func intersect(a, b []int64) []int64 {
	out := a[:0]
	for _, id := range a {
		for len(b) > 0 && b[0] < id {
			b = b[1:]
		}
		if len(b) > 0 && b[0] == id {
			out = append(out, id)
		}
	}
	return out
}

// without keeps what is not in b; both ascend.
func without(a, b []int64) []int64 {
	out := a[:0]
	for _, id := range a {
		for len(b) > 0 && b[0] < id {
			b = b[1:]
		}
		if len(b) == 0 || b[0] != id {
			out = append(out, id)
		}
	}
	return out
}
