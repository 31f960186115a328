package mfaweb

import (
	"embed"
	"net/http"
	"strconv"
)

//go:embed assets
var assetFiles embed.FS

// serveAsset serves an embedded file under exactly one type.
func serveAsset(w http.ResponseWriter, r *http.Request, name, contentType string) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	data, err := assetFiles.ReadFile("assets/" + name)
	if err != nil {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Set("Content-Length", strconv.Itoa(len(data)))
	h.Set("Cache-Control", "public, max-age=300")
	if r.Method == http.MethodGet {
		w.Write(data) //nolint:errcheck // the reader is gone
	}
}
