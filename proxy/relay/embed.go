package relay

import (
	"io"
	"slices"

	"github.com/yallmproxy/yallmproxy/proxy/llm"
	"github.com/yallmproxy/yallmproxy/proxy/protocol"
	"github.com/yallmproxy/yallmproxy/proxy/upstream"
)

// translatedEmbedding makes a request for vectors in the target's dialect.
func (x *exchange) translatedEmbedding(r *upstream.Request) error {
	from, to := protocol.EmbedderFor(x.call.Dialect), protocol.EmbedderFor(x.target.Dialect())
	if x.vectors == nil {
		asked, err := from.DecodeEmbedRequest(x.call.Operation, x.json.Bytes())
		if err != nil {
			return err
		}
		asked.Model, asked.Arrived = x.trace.Record.Model, x.call.Arrived
		x.vectors = asked
	}
	say := *x.vectors
	say.Model = r.Model
	text, dropped, err := to.EncodeEmbedRequest(&say)
	if err != nil {
		return err
	}
	x.dropped = dropped
	r.Path, r.Body = to.EmbedPath(&say), [][]byte{text}
	return nil
}

// translateEmbedding tells the client in its own dialect which vectors came.
func (x *exchange) translateEmbedding(res *upstream.Response) error {
	text, err := io.ReadAll(io.LimitReader(res.Body, maxUnpacked))
	if err != nil {
		return err
	}
	plain := unpack(res.Header, text)
	x.target.ObserveBody(plain, &x.seen)
	if x.seen.Err != nil {
		return x.seen.Err
	}
	answer, err := protocol.EmbedderFor(x.target.Dialect()).DecodeEmbedResponse(plain)
	if err != nil {
		return err
	}
	if len(answer.Vectors) != len(x.vectors.Input) {
		return cutShort("The provider gave another number of vectors than there are inputs.", nil)
	}
	x.seen.Usage = answer.Usage
	out, err := protocol.EmbedderFor(x.call.Dialect).EncodeEmbedResponse(x.call.Operation, answer, x.vectors)
	if err != nil {
		return err
	}
	x.speakFor(res, "application/json")
	return gone(x.head.whole(res.Status, out, slices.Clip(out)))
}

// embeds lists the dialects that know vectors.
func embeds() []llm.Dialect { return []llm.Dialect{llm.OpenAI, llm.Gemini, llm.Ollama} }
