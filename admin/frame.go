package admin

import (
	"encoding/json"
	"net/http"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/frame"
	"github.com/onevent/onevent/wire"
)

// openFrame tells what the browser of a user would post into the frame of an
// application, with tokens of his.
func (s *server) openFrame(w http.ResponseWriter, r *http.Request) error {
	portal, app, err := s.place(r)
	if err != nil {
		return err
	}
	body, err := decode[struct {
		UserID    onevent.UserID  `json:"user_id"`
		Placement string          `json:"placement"`
		Options   json.RawMessage `json:"placement_options"`
	}](w, r)
	if err != nil {
		return err
	}
	v := frame.Visit{Installation: s.Directory.Standing(portal.ID, app.ID), User: s.Directory.User(portal.ID, body.UserID), Placement: body.Placement}
	if v.Installation == nil {
		return errNotInstalled
	}
	if v.User == nil {
		return notFound("the portal has no such user")
	}
	if v.Options, err = placementOptions(body.Options); err != nil {
		return err
	}
	opener := frame.Opener{Directory: s.Directory, Authority: s.Manager.Authority}
	post, err := opener.Open(v)
	if err != nil {
		return err
	}
	return write(w, http.StatusCreated, frameItemOf(post))
}

func placementOptions(raw json.RawMessage) (wire.Value, error) {
	if raw == nil {
		return wire.Null(), nil
	}
	v, err := wire.ParseJSON(raw, eventLimits)
	if err != nil || v.IsScalar() && !v.IsNull() {
		return v, invalid("placement_options must be an object or a list")
	}
	return v, nil
}

type frameItem struct {
	Method string       `json:"method"`
	URL    string       `json:"url"`
	Fields []frameField `json:"fields"`
	Body   string       `json:"body"`
}

type frameField struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

func frameItemOf(p frame.Post) frameItem {
	item := frameItem{Method: p.Method, URL: p.URL, Fields: []frameField{}, Body: p.Body()}
	for _, f := range p.Fields {
		item.Fields = append(item.Fields, frameField{f.Key, f.Value.Text()})
	}
	return item
}
