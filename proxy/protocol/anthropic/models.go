package anthropic

import (
	"encoding/json"
	"time"

	"github.com/yallmproxy/yallmproxy/proxy/llm"
)

type wireModel struct {
	Type        string `json:"type"`
	ID          string `json:"id"`
	DisplayName string `json:"display_name"`
	CreatedAt   string `json:"created_at"`
}

func toWire(m llm.Model) wireModel {
	return wireModel{Type: "model", ID: m.ID, DisplayName: m.ID, CreatedAt: m.Created.UTC().Format(time.RFC3339)}
}

// EncodeModels renders GET /v1/models: always one page.
func (Codec) EncodeModels(models []llm.Model) []byte {
	list := struct {
		Data    []wireModel `json:"data"`
		HasMore bool        `json:"has_more"`
		FirstID *string     `json:"first_id"`
		LastID  *string     `json:"last_id"`
	}{Data: make([]wireModel, 0, len(models))}
	for _, m := range models {
		list.Data = append(list.Data, toWire(m))
	}
	if n := len(list.Data); n > 0 {
		list.FirstID, list.LastID = &list.Data[0].ID, &list.Data[n-1].ID
	}
	out, _ := json.Marshal(list) // plain values always encode
	return out
}

// EncodeModel renders GET /v1/models/{id}.
func (Codec) EncodeModel(m llm.Model) []byte {
	out, _ := json.Marshal(toWire(m)) // plain values always encode
	return out
}
