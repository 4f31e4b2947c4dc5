package request

import (
	"bytes"
	"io"
	"iter"
	"mime/multipart"

	"github.com/onevent/onevent/wire"
)

// parseMultipart reads the fields of a form; files are passed over, but each part
// counts as a key. What comes after a damaged part is not read.
func parseMultipart(body []byte, boundary string, lim wire.Limits) (wire.Value, error) {
	if boundary == "" {
		return wire.Map(), nil
	}
	return wire.ParsePairs(fields(multipart.NewReader(bytes.NewReader(body), boundary)), lim)
}

// fields are the parts in their order, with an empty key for what is no field.
func fields(reader *multipart.Reader) iter.Seq2[string, string] {
	return func(yield func(name, text string) bool) {
		for {
			part, err := reader.NextRawPart()
			if err != nil || !yield(field(part)) {
				return
			}
		}
	}
}

func field(part *multipart.Part) (name, text string) {
	if part.FormName() == "" || part.FileName() != "" {
		return "", ""
	}
	content, err := io.ReadAll(part)
	if err != nil {
		return "", ""
	}
	return part.FormName(), string(content)
}
