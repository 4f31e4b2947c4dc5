package wire

import "strconv"

// AppendForm appends the pairs of one top-level key to dst as PHP's
// http_build_query writes them: nested keys in escaped brackets, lists by index,
// true as 1 and false as 0; null and what is empty leave no pair. An & goes
// between pairs, and before the first one when dst already has text.
// docs/protocol/events.md section 2.1.
//
// Every pair repeats the keys above it, so the result can be far longer than the
// JSON of v: bound it with FormLen when v came from a stranger.
func AppendForm(dst []byte, key string, v Value) []byte {
	w := formWriter{dst: dst, key: make([]byte, 0, 64)}
	w.key = appendEscaped(w.key, validText(key))
	w.pairs(v)
	return w.dst
}

// AppendFormFields appends all top-level keys of v, each as AppendForm does.
func AppendFormFields(dst []byte, v Value) []byte {
	for _, f := range v.Fields() {
		dst = AppendForm(dst, f.Key, f.Value)
	}
	return dst
}

// formWriter writes pairs and holds the escaped key of the place where it is.
type formWriter struct {
	dst []byte
	key []byte
}

func (w *formWriter) pairs(v Value) {
	switch v.kind {
	case KindNull:
	case KindList:
		for i, item := range v.node.items {
			w.below(strconv.Itoa(i), item)
		}
	case KindMap:
		for _, f := range v.node.fields {
			w.below(f.Key, f.Value)
		}
	default:
		w.pair(v.text)
	}
}

func (w *formWriter) below(key string, v Value) {
	above := len(w.key)
	w.key = append(w.key, "%5B"...)
	w.key = appendEscaped(w.key, key)
	w.key = append(w.key, "%5D"...)
	w.pairs(v)
	w.key = w.key[:above]
}

func (w *formWriter) pair(text string) {
	if len(w.dst) > 0 {
		w.dst = append(w.dst, '&')
	}
	w.dst = append(w.dst, w.key...)
	w.dst = append(w.dst, '=')
	w.dst = appendEscaped(w.dst, text)
}

// FormLen returns how many bytes AppendForm would add to an empty dst, without
// writing them.
func FormLen(key string, v Value) int {
	return max(0, pairsLen(escapedLen(validText(key)), v)-1)
}

// pairsLen counts an & for each pair, also for the first.
func pairsLen(keyLen int, v Value) int {
	n := 0
	switch v.kind {
	case KindNull:
	case KindList:
		for i, item := range v.node.items {
			n += pairsLen(keyLen+len("%5B%5D")+len(strconv.Itoa(i)), item)
		}
	case KindMap:
		for _, f := range v.node.fields {
			n += pairsLen(keyLen+len("%5B%5D")+escapedLen(f.Key), f.Value)
		}
	default:
		n = keyLen + len("&=") + escapedLen(v.text)
	}
	return n
}
