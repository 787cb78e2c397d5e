package gemini

import (
	"encoding/base64"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"path"
	"strings"

	"github.com/yallmproxy/yallmproxy/proxy/llm"
)

// filesAPI is where files live that were uploaded to Google.
const filesAPI = "https://generativelanguage.googleapis.com/"

// kindOf names the kind of media of a MIME type.
func kindOf(mimeType string) llm.MediaKind {
	switch main, _, _ := strings.Cut(mimeType, "/"); main {
	case "image":
		return llm.Image
	case "audio":
		return llm.Audio
	case "video":
		return llm.Video
	}
	return llm.Document
}

// youtube reports whether an address is a video that Google plays itself.
func youtube(address string) bool {
	u, err := url.Parse(address)
	if err != nil || address == "" {
		return false
	}
	switch strings.TrimPrefix(u.Hostname(), "www.") {
	case "youtube.com", "youtu.be", "m.youtube.com":
		return true
	}
	return false
}

// source says where the content of media is, in the API's terms: data in
// base64, or the address of a file.
type source struct{ mimeType, data, uri string }

// locate finds what the API can read of m. generation is that of the model.
func locate(m *llm.Media, generation int) (source, error) {
	switch {
	case m.Data != "":
		return source{mimeType: typeOf(m), data: m.Data}, nil
	case m.Text != "":
		return source{mimeType: "text/plain", data: base64.StdEncoding.EncodeToString([]byte(m.Text))}, nil
	case m.FileID != "":
		if !strings.HasPrefix(m.FileID, "gs://") && !strings.HasPrefix(m.FileID, filesAPI) {
			return source{}, fmt.Errorf("the file %q was uploaded to another provider; Gemini reads files of its own Files API, "+
				"of Google Cloud Storage (gs://…), or content that is sent along", llm.Clip(m.FileID))
		}
		return source{mimeType: m.MIME, uri: m.FileID}, nil
	case strings.HasPrefix(m.URL, "data:"):
		return inline(m)
	case strings.HasPrefix(m.URL, "gs://"), youtube(m.URL):
		return source{mimeType: m.MIME, uri: m.URL}, nil
	case strings.HasPrefix(m.URL, "https://"):
		// File input methods, "External HTTP / Signed URLs": not for the 2.0
		// family and what came before.
		if generation > unnamed && generation < generation25 {
			return source{}, fmt.Errorf("this model does not fetch a %s by its URL; send the content itself, as base64", m.Kind)
		}
		return source{mimeType: typeOf(m), uri: m.URL}, nil
	case m.URL != "":
		return source{}, fmt.Errorf("Gemini fetches a %s only from an https:// address; send the content itself, as base64", m.Kind) //nolint:staticcheck // a name begins it
	}
	return source{}, fmt.Errorf("a %s has no content: give its data or its URL", m.Kind)
}

// inline reads a data: URL (RFC 2397).
func inline(m *llm.Media) (source, error) {
	head, data, ok := strings.Cut(strings.TrimPrefix(m.URL, "data:"), ",")
	head, isBase64 := strings.CutSuffix(head, ";base64")
	if !ok {
		return source{}, fmt.Errorf("a %s has a data: URL without data", m.Kind)
	}
	if !isBase64 {
		plain, err := url.PathUnescape(data)
		if err != nil {
			return source{}, fmt.Errorf("a %s has a data: URL that is not well formed", m.Kind)
		}
		data = base64.StdEncoding.EncodeToString([]byte(plain))
	}
	copied := *m
	copied.Data = data
	if t, _, err := mime.ParseMediaType(head); err == nil {
		copied.MIME = t
	}
	return source{mimeType: typeOf(&copied), data: data}, nil
}

// typeOf gives media its MIME type, which the API wants to know: the one
// named, or what the name or the first bytes give away, or the usual one.
func typeOf(m *llm.Media) string {
	switch {
	case m.MIME == "image/jpg": // no such type, and refused, but common
		return "image/jpeg"
	case m.MIME != "" && !strings.HasSuffix(m.MIME, "/*"):
		return m.MIME
	}
	for _, name := range []string{m.URL, m.Name} {
		if u, err := url.Parse(name); err == nil {
			if t := byExtension(path.Ext(u.Path)); t != "" {
				return t
			}
		}
	}
	if m.Data != "" {
		head := m.Data[:min(len(m.Data), 512)]
		plain, _ := base64.StdEncoding.DecodeString(head[:len(head)&^3]) // a broken rest tells nothing
		if t, _, _ := strings.Cut(http.DetectContentType(plain), ";"); t != "application/octet-stream" && t != "text/plain" {
			return t
		}
	}
	switch m.Kind {
	case llm.Image:
		return "image/jpeg"
	case llm.Audio:
		return "audio/mpeg"
	case llm.Video:
		return "video/mp4"
	}
	return "application/pdf"
}

// byExtension knows the types that the API documents. The machine's own table
// would answer differently on each machine.
func byExtension(ext string) string {
	switch strings.ToLower(ext) {
	case ".png":
		return "image/png"
	case ".jpg", ".jpeg":
		return "image/jpeg"
	case ".webp":
		return "image/webp"
	case ".gif":
		return "image/gif"
	case ".heic":
		return "image/heic"
	case ".pdf":
		return "application/pdf"
	case ".wav":
		return "audio/wav"
	case ".mp3":
		return "audio/mpeg"
	case ".flac":
		return "audio/flac"
	case ".ogg":
		return "audio/ogg"
	case ".mp4":
		return "video/mp4"
	case ".webm":
		return "video/webm"
	case ".mov":
		return "video/quicktime"
	case ".txt", ".md":
		return "text/plain"
	case ".csv":
		return "text/csv"
	case ".html":
		return "text/html"
	}
	return ""
}

// writeMedia writes media where locate has found it. name and resolution are
// for those who asked in this dialect.
func writeMedia(w *writer, s source, name, resolution string) {
	w.open('{')
	if s.uri != "" {
		w.object("fileData")
		w.some("mimeType", s.mimeType)
		w.string("fileUri", s.uri)
	} else {
		w.object("inlineData")
		w.some("mimeType", s.mimeType)
		w.string("data", s.data)
	}
	w.some("displayName", name)
	w.close('}')
	if resolution != "" && resolution != "auto" {
		w.object("mediaResolution")
		w.string("level", "MEDIA_RESOLUTION_"+strings.ToUpper(resolution))
		w.close('}')
	}
	w.close('}')
}
