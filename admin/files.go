package admin

import (
	"encoding/hex"
	"mime"
	"net/http"

	"github.com/onevent/onevent"
	"github.com/onevent/onevent/static"
)

// version is the application and the version that a path names.
func (s *server) version(r *http.Request) (*onevent.Application, *onevent.Version, error) {
	app, err := s.application(r)
	if err != nil {
		return nil, nil, err
	}
	if v := s.Directory.VersionByText(app.ID, r.PathValue("version")); v != nil {
		return app, v, nil
	}
	return nil, nil, notFound("the application has no such version")
}

func (s *server) uploadFiles(w http.ResponseWriter, r *http.Request) error {
	app, version, err := s.version(r)
	if err != nil {
		return err
	}
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != "application/zip" {
		writeError(w, http.StatusUnsupportedMediaType, problem{Code: "unsupported_media_type", Message: "the body must be a zip archive, with the Content-Type application/zip"})
		return nil
	}
	archive, err := readUpTo(w, r, static.MaxArchive)
	if err != nil {
		return err
	}
	set, err := s.Files.Replace(r.Context(), app, version, archive)
	if err != nil {
		return err
	}
	return write(w, http.StatusOK, struct {
		Files  int64  `json:"files"`
		Bytes  int64  `json:"bytes"`
		Digest string `json:"digest"`
	}{set.Files, set.Bytes, hex.EncodeToString(set.Digest)})
}

type fileItem struct {
	Path        string `json:"path"`
	Bytes       int64  `json:"bytes"`
	ContentType string `json:"content_type"`
}

func (s *server) listFiles(w http.ResponseWriter, r *http.Request) error {
	app, version, err := s.version(r)
	if err != nil {
		return err
	}
	set, files, err := s.Files.List(r.Context(), app.ID, version.Ordinal)
	if err != nil {
		return err
	}
	items, digest := []fileItem{}, ""
	for _, f := range files {
		items = append(items, fileItem{f.Path, f.Bytes, static.ContentType(f.Path)})
	}
	if set != nil {
		digest = hex.EncodeToString(set.Digest)
	}
	return write(w, http.StatusOK, map[string]any{"files": items, "digest": digest})
}

func (s *server) deleteFiles(w http.ResponseWriter, r *http.Request) error {
	app, version, err := s.version(r)
	if err != nil {
		return err
	}
	if err := s.Files.Remove(r.Context(), app.ID, version.Ordinal); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
