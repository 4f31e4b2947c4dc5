package dispatch

import (
	"strings"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/egress"
)

// tokens are those that an attempt sent, and the secret in the data of its event;
// empty: it sent none.
type tokens struct{ access, refresh, application, data string }

// telling is from how many characters on the beginning of a token is kept from the
// log: an answer may end within one.
const telling = 8

// kept is what the log keeps of how an answer begins. The tokens that the handler
// was sent may come back in it, and are struck out before it is shortened.
func kept(answer egress.Response, sent tokens) string {
	text, most := sent.strike(answer.Beginning), onevent.AnswerBytes
	if answer.Status/100 == 2 {
		most = onevent.AnswerBytesOfSuccess
	}
	return text[:min(len(text), most)]
}

// strike puts "***" in the place of each token, and of each beginning of one. Tokens
// are letters and digits, which look the same in forms, JSON and HTML.
func (t tokens) strike(text string) string {
	var out strings.Builder
	from := 0
	for i := 0; i+telling <= len(text); {
		n := max(begins(text[i:], t.access), begins(text[i:], t.refresh), begins(text[i:], t.application), begins(text[i:], t.data))
		if n < telling {
			i++
			continue
		}
		out.WriteString(text[from:i] + "***")
		i += n
		from = i
	}
	if from == 0 {
		return text
	}
	return out.String() + text[from:]
}

// begins is how many characters of a token the text begins with.
func begins(text, token string) int {
	n := 0
	for n < min(len(text), len(token)) && text[n] == token[n] {
		n++
	}
	return n
}
