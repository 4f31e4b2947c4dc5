package client

import (
	"context"
	"io"
	"net/http"
	"net/url"
)

// Upload is what an archive brought.
type Upload struct {
	Files  int64  `json:"files"`
	Bytes  int64  `json:"bytes"`  // unpacked
	Digest string `json:"digest"` // the same for the same files
}

// File is one file of a version.
type File struct {
	Path        string `json:"path"` // from the root of the archive
	Bytes       int64  `json:"bytes"`
	ContentType string `json:"content_type"` // as it is served
}

// UploadFiles makes the files of a zip archive those of a version of a static
// application, in the place of the ones before. The archive is read into memory.
func (c *Client) UploadFiles(ctx context.Context, clientID, version string, archive io.Reader) (Upload, error) {
	var out Upload
	body, err := io.ReadAll(archive)
	if err != nil {
		return out, err
	}
	err = c.send(ctx, http.MethodPut, filesPath(clientID, version), http.Header{"Content-Type": {"application/zip"}}, body, &out)
	return out, err
}

// ListFiles lists the files of a version in the order of their paths, with their
// digest; none and "" where none were uploaded.
func (c *Client) ListFiles(ctx context.Context, clientID, version string) (files []File, digest string, err error) {
	var out struct {
		Files  []File
		Digest string
	}
	err = c.call(ctx, http.MethodGet, filesPath(clientID, version), nil, &out)
	return out.Files, out.Digest, err
}

// DeleteFiles removes the files of a version.
func (c *Client) DeleteFiles(ctx context.Context, clientID, version string) error {
	return c.call(ctx, http.MethodDelete, filesPath(clientID, version), nil, nil)
}

func filesPath(clientID, version string) string {
	return applicationPath(clientID) + "/versions/" + url.PathEscape(version) + "/files"
}
