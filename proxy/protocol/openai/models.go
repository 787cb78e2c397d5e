package openai

import (
	"encoding/json"

	"github.com/yallmproxy/yallmproxy/proxy/llm"
)

type wireModel struct {
	ID      string `json:"id"`
	Object  string `json:"object"`
	Created int64  `json:"created"`
	OwnedBy string `json:"owned_by"`
}

func toWire(m llm.Model) wireModel {
	return wireModel{ID: m.ID, Object: "model", Created: m.Created.Unix(), OwnedBy: m.Owner}
}

// EncodeModels renders GET /v1/models.
func (Codec) EncodeModels(models []llm.Model) []byte {
	list := struct {
		Object string      `json:"object"`
		Data   []wireModel `json:"data"`
	}{"list", make([]wireModel, 0, len(models))}
	for _, m := range models {
		list.Data = append(list.Data, toWire(m))
	}
	out, _ := json.Marshal(list) // plain values always encode
	return out
}

// EncodeModel renders GET /v1/models/{id}.
func (Codec) EncodeModel(m llm.Model) []byte {
	out, _ := json.Marshal(toWire(m)) // plain values always encode
	return out
}
