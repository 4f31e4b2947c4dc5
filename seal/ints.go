package seal

import "encoding/binary"

// AppendInts appends numbers to what is to be sealed, small ones in few bytes.
func AppendInts(plain []byte, numbers ...*int64) []byte {
	for _, n := range numbers {
		plain = binary.AppendUvarint(plain, uint64(*n))
	}
	return plain
}

// ReadInts reads what AppendInts appended, and returns what follows; false: it is
// something else.
func ReadInts(plain []byte, numbers ...*int64) (rest []byte, ok bool) {
	for _, to := range numbers {
		v, n := binary.Uvarint(plain)
		if n <= 0 {
			return plain, false
		}
		*to, plain = int64(v), plain[n:]
	}
	return plain, true
}
