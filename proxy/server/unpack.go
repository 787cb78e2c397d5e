package server

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"strings"

	"github.com/klauspost/compress/zstd"

	"github.com/yallmproxy/yallmproxy/proxy/llm"
)

// unpacked returns a request's plain body. Codex packs its own with zstd, some
// SDKs can be told to use gzip. The header goes with the packing: what is sent on
// is plain.
func unpacked(h http.Header, packed []byte, limit int64) ([]byte, *llm.Error) {
	var plain io.Reader
	switch coding := strings.ToLower(strings.TrimSpace(h.Get("Content-Encoding"))); coding {
	case "", "identity":
		return packed, nil
	case "gzip", "x-gzip":
		z, err := gzip.NewReader(bytes.NewReader(packed))
		if err != nil {
			return nil, damaged(coding)
		}
		plain = z
	case "zstd":
		const largestWindow = 32 << 20
		z, err := zstd.NewReader(bytes.NewReader(packed), zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(largestWindow))
		if err != nil {
			return nil, damaged(coding)
		}
		defer z.Close()
		plain = z
	default:
		return nil, unsupported("Send the request without Content-Encoding, or packed with gzip or zstd")
	}
	text, err := io.ReadAll(io.LimitReader(plain, limit+1))
	switch {
	case err != nil:
		return nil, damaged(h.Get("Content-Encoding"))
	case int64(len(text)) > limit:
		return nil, tooLarge(limit)
	}
	h.Del("Content-Encoding")
	return text, nil
}

func damaged(coding string) *llm.Error {
	return &llm.Error{
		Kind: llm.KindInvalid, Status: http.StatusBadRequest, Code: "incomplete_body", Source: llm.FromProxy,
		Message: "The request's body cannot be unpacked as " + llm.Clip(coding) + ".",
	}
}
