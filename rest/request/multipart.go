package request

import (
	"bytes"
	"io"
	"mime/multipart"
	"net/url"
	"strings"

	"github.com/onevent/onevent/wire"
)

// parseMultipart reads the fields of a form; files are passed over. What comes
// after a damaged part is not read.
func parseMultipart(body []byte, boundary string, lim wire.Limits) (wire.Value, error) {
	if boundary == "" {
		return wire.Map(), nil
	}
	var form strings.Builder
	reader := multipart.NewReader(bytes.NewReader(body), boundary)
	for {
		part, err := reader.NextRawPart()
		if err != nil {
			break
		}
		if part.FormName() != "" && part.FileName() == "" {
			addField(&form, part)
		}
	}
	return wire.ParseForm(form.String(), escapedLimits(lim))
}

func addField(form *strings.Builder, part *multipart.Part) {
	text, err := io.ReadAll(part)
	if err != nil {
		return
	}
	form.WriteString(url.QueryEscape(part.FormName()) + "=" + url.QueryEscape(string(text)) + "&")
}

// escapedLimits makes room for the escapes of a body that was within its limit:
// a byte becomes three, and names are short beside the headers they came in.
func escapedLimits(lim wire.Limits) wire.Limits {
	if lim.Bytes <= 0 {
		lim.Bytes = wire.DefaultLimits.Bytes
	}
	lim.Bytes = 3*lim.Bytes + len("=&")
	return lim
}
